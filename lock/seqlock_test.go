package lock

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sample is a value whose words must agree.
type sample struct {
	A [7]uint64
	B uint32
	C uint16
	D [2]byte
}

func newSample(n uint64) sample {
	s := sample{B: uint32(n), C: uint16(n), D: [2]byte{byte(n), byte(n)}}
	for i := range s.A {
		s.A[i] = n
	}
	return s
}

func (s sample) torn() bool { return s != newSample(s.A[0]) }

func init() {
	roles["publish"] = func(path string, _ []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		q, err := SeqlockAt[sample](s.mem)
		if err != nil {
			return err
		}
		say("ready")
		for n := q.Version() + 1; ; n++ {
			q.Store(newSample(n))
		}
	}
	roles["observe"] = func(path string, args []string) error {
		s, err := attach(path)
		if err != nil {
			return err
		}
		q, err := SeqlockAt[sample](s.mem)
		if err != nil {
			return err
		}
		return observe(q, number(args, 0))
	}
}

// observe reads n values and checks them.
func observe(q *Seqlock[sample], n int) error {
	last := uint64(0)
	for range n {
		v, err := q.Load(context.Background())
		switch {
		case err != nil:
			return err
		case v.torn():
			return errTorn
		case v.A[0] < last:
			return errBack
		}
		last = v.A[0]
	}
	return nil
}

var (
	errTorn = errors.New("a torn value")
	errBack = errors.New("time goes back")
)

func TestSeqlockReadersSeeNoTornValue(t *testing.T) {
	q, err := SeqlockAt[sample](make([]byte, SeqlockSize[sample]()))
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := uint64(1); !stop.Load(); n++ {
			q.Store(newSample(n))
		}
	})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			if err := observe(q, 20_000); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	stop.Store(true)
	wg.Wait()
}

// TestSeqlockAcrossProcesses kills the writer over and over while other
// processes read, and replaces it.
func TestSeqlockAcrossProcesses(t *testing.T) {
	reads := 1_000_000
	if soak {
		reads = 30_000_000
	}
	path := newFile(t)
	if SeqlockSize[sample]() > os.Getpagesize() {
		t.Fatal("the value does not fit")
	}
	readers := [2]*child{}
	for i := range readers {
		readers[i] = spawn(t, "observe", path, strconv.Itoa(reads))
	}
	done := make(chan error)
	go func() { done <- errors.Join(readers[0].end(), readers[1].end()) }()
	for writers := 0; ; writers++ {
		w := spawn(t, "publish", path)
		w.hears(t, "ready")
		select {
		case err := <-done:
			t.Logf("%d writers were killed", writers)
			w.killed(t)
			if err != nil {
				t.Fatal(err)
			}
			return
		case <-time.After(20 * time.Millisecond):
			w.killed(t)
		}
	}
}

func TestSeqlockKeepsEverySize(t *testing.T) {
	check(t, [3]byte{1, 2, 3})
	check(t, uint8(7))
	check(t, 1.5)
	check(t, [9]uint16{1, 2, 3, 4, 5, 6, 7, 8, 9})
	check(t, struct{}{})
	check(t, newSample(99))
}

func check[T comparable](t *testing.T, v T) {
	t.Helper()
	q, err := SeqlockAt[T](make([]byte, SeqlockSize[T]()))
	if err != nil {
		t.Fatal(err)
	}
	var zero T
	if got, ok := q.TryLoad(); !ok || got != zero {
		t.Errorf("fresh memory holds %v, %v", got, ok)
	}
	for n := range uint64(9) {
		q.Store(v)
		if got, err := q.Load(t.Context()); err != nil || got != v || q.Version() != n+1 {
			t.Errorf("got %v, %v, want %v", got, err, v)
		}
	}
}

func TestSeqlockRefusesWhatCannotBeShared(t *testing.T) {
	refused[*int](t)
	refused[string](t)
	refused[int](t)
	refused[[]byte](t)
	refused[struct{ A, B any }](t)
	refused[[4]struct{ M map[int]int }](t)
	refused[struct {
		A uint8
		B uint32
	}](t)
	refused[struct {
		A uint32
		B uint8
	}](t)
	if _, err := SeqlockAt[uint64](make([]byte, 39)); err == nil {
		t.Error("too little memory is no error")
	}
	if _, err := SeqlockAt[uint64](make([]byte, 48)[4:]); err == nil {
		t.Error("unaligned memory is no error")
	}
}

func refused[T any](t *testing.T) {
	t.Helper()
	if _, err := SeqlockAt[T](make([]byte, 1024)); err == nil {
		var v T
		t.Errorf("%T is accepted", v)
	} else {
		t.Log(err)
	}
}
