//go:build darwin || freebsd || netbsd || openbsd || dragonfly || (linux && shmfifo)

package futex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// hung makes words with bells, each as two processes see it: one sleeps at the
// first address, the other wakes at the second.
func hung(t *testing.T, n int) (sleeper, waker []*uint32) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "words")
	if err := os.WriteFile(path, make([]byte, n*4096), 0o640); err != nil {
		t.Fatal(err)
	}
	for i := range n {
		for _, list := range []*[]*uint32{&sleeper, &waker} {
			w := mapWord(t, path, int64(i)*4096, true)
			SetBell(w, path, fmt.Sprint(i))
			*list = append(*list, w)
		}
	}
	t.Cleanup(func() {
		for i := range n {
			ClearBell(waker[i], false)
			ClearBell(sleeper[i], true)
		}
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
		for _, w := range append(waker, sleeper...) {
			if bellOf(w) != nil {
				t.Error("a bell still hangs")
			}
		}
	})
	return sleeper, waker
}

// onlyBells has sleepers look at their words once in an hour, so that what passes
// was woken by the bell.
func onlyBells(t *testing.T) { t.Cleanup(SetTick(time.Hour)) }

func TestABellEndsASleep(t *testing.T) {
	onlyBells(t)
	s, w := hung(t, 1)
	for _, ctx := range []context.Context{context.Background(), t.Context()} {
		for i := range uint32(100) {
			done := moved(ctx, s)
			if i%2 == 0 {
				time.Sleep(time.Millisecond)
			}
			atomic.AddUint32(w[0], 1)
			Wake(w[0], 1)
			receive(t, done, nil)
		}
	}
	if bellOf(s[0]).deaf.Load() {
		t.Error("a ring was missed")
	}
}

// moved waits in a goroutine until one of the words moves from what it is now.
func moved(ctx context.Context, s []*uint32) <-chan error {
	list := make([]Waiter, len(s))
	for i := range s {
		list[i] = Waiter{s[i], atomic.LoadUint32(s[i])}
	}
	done := make(chan error, 1)
	go func() {
		for {
			if i, err := WaitAny(ctx, list, 0); err != nil || i >= 0 {
				done <- err
				return
			}
		}
	}()
	return done
}

// Two sides hand a token to and fro, each asleep on a word of its own.
func TestNoRingIsLost(t *testing.T) {
	onlyBells(t)
	s, w := hung(t, 2)
	const rounds = 3000
	done := make(chan error, 2)
	for side := range 2 {
		go func() {
			for i := range uint32(rounds) {
				if side == 1 || i > 0 {
					want := i + uint32(side) // the other has said that much
					for v := atomic.LoadUint32(s[1-side]); v < want; v = atomic.LoadUint32(s[1-side]) {
						if err := Wait(t.Context(), s[1-side], v, 0); err != nil {
							done <- err
							return
						}
					}
				}
				atomic.AddUint32(w[side], 1)
				Wake(w[side], All)
			}
			done <- nil
		}()
	}
	receive(t, done, nil)
	receive(t, done, nil)
}

func TestAnyOfManyBellsEndsASleep(t *testing.T) {
	onlyBells(t)
	const n = 200
	s, w := hung(t, n)
	for i := range n {
		done := moved(t.Context(), s)
		if i%2 == 0 {
			time.Sleep(100 * time.Microsecond)
		}
		atomic.AddUint32(w[i], 1)
		Wake(w[i], 1)
		receive(t, done, nil)
	}
}

// Words that share a list with bells and have none are looked at.
func TestAWordWithoutABellIsLookedAt(t *testing.T) {
	onlyBells(t)
	s, _ := hung(t, 2)
	s = append(s, new(uint32))
	done := moved(t.Context(), s)
	time.Sleep(5 * time.Millisecond)
	atomic.AddUint32(s[2], 1)
	receive(t, done, nil)
}

// Whoever does not know of the bell is noticed all the same, and the sleeper relies
// on its bell no more until it hears it.
func TestAMissedRingIsNoticed(t *testing.T) {
	for _, n := range []int{1, 3} {
		s, w := hung(t, n)
		b := bellOf(s[n-1])
		for range 3 {
			done := moved(t.Context(), s)
			for !b.sleeping.Load() {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Millisecond)
			atomic.AddUint32(w[n-1], 1)
			receive(t, done, nil)
		}
		if !b.deaf.Load() || b.tick() != longNap {
			t.Fatalf("%d words: the bell is still relied on", n)
		}
		Wake(w[n-1], 1)
		list := make([]Waiter, n)
		for i := range s {
			list[i] = Waiter{s[i], atomic.LoadUint32(s[i])}
		}
		if _, err := WaitAny(t.Context(), list, patience); err != nil {
			t.Fatal(err)
		}
		if b.deaf.Load() {
			t.Fatalf("%d words: a ring was heard, and the bell is not relied on", n)
		}
	}
}

func TestContextsAndTimeoutsEndSleepsAtBells(t *testing.T) {
	onlyBells(t)
	for _, n := range []int{1, 3} {
		s, _ := hung(t, n)
		ctx, cancel := context.WithCancel(context.Background())
		done := moved(ctx, s)
		time.Sleep(2 * time.Millisecond)
		cancel()
		receive(t, done, context.Canceled)
		list := make([]Waiter, n)
		for i := range s {
			list[i].Addr = s[i]
		}
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			if _, err := WaitAny(ctx, list, 5*time.Millisecond); !errors.Is(err, ErrTimeout) {
				t.Fatalf("%d words: %v", n, err)
			}
		}
	}
}

func TestClearingEndsASleep(t *testing.T) {
	onlyBells(t)
	s, _ := hung(t, 1)
	done := make(chan error, 1)
	b := bellOf(s[0])
	go func() { done <- Wait(context.Background(), s[0], 0, 0) }()
	for !b.sleeping.Load() {
		time.Sleep(time.Millisecond)
	}
	ClearBell(s[0], true)
	receive(t, done, nil)
}

// A second sleeper has no bell, and looks.
func TestASecondSleeperIsNotForgotten(t *testing.T) {
	onlyBells(t)
	s, w := hung(t, 1)
	first, second := moved(t.Context(), s), moved(t.Context(), s)
	time.Sleep(5 * time.Millisecond)
	atomic.AddUint32(w[0], 1)
	Wake(w[0], All)
	receive(t, first, nil)
	receive(t, second, nil)
}

// A sleeper is killed: its bell is deaf, who rings it is none the worse, and a
// successor takes it over.
func TestTheBellOfAKilledSleeper(t *testing.T) {
	if path := os.Getenv("FUTEX_SLEEPER"); path != "" {
		w := mapWord(t, path, 0, true)
		SetBell(w, path, "0")
		go func() {
			for !bellOf(w).sleeping.Load() {
				time.Sleep(time.Millisecond)
			}
			fmt.Println("asleep")
		}()
		for {
			_ = Wait(context.Background(), w, 0, 0)
		}
	}
	onlyBells(t)
	s, w := hung(t, 1)
	b := bellOf(w[0])
	for range 3 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestTheBellOfAKilledSleeper$")
		cmd.Env = append(os.Environ(), "FUTEX_SLEEPER="+filepath.Join(filepath.Dir(b.path), "words"))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, 7)); err != nil {
			t.Fatal(err)
		}
		Wake(w[0], 1)
		if Deaf(b.path) {
			t.Error("the bell of a sleeper is deaf")
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if !Deaf(b.path) {
			t.Error("the bell of a dead sleeper is not deaf")
		}
		Wake(w[0], 1)
	}
	if err := os.Remove(b.path); err != nil { // as Reap does
		t.Fatal(err)
	}
	Wake(w[0], 1)
	done := moved(t.Context(), s)
	for ear := bellOf(s[0]); !ear.sleeping.Load(); {
		time.Sleep(time.Millisecond)
	}
	atomic.AddUint32(w[0], 1)
	Wake(w[0], 1)
	receive(t, done, nil)
}

// What has the bell's name and is no FIFO is left alone.
func TestWhatIsNoBellIsLeftAlone(t *testing.T) {
	s, w := hung(t, 1)
	path := bellOf(s[0]).path
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if Deaf(path) {
		t.Error("a file is deaf")
	}
	done := moved(t.Context(), s)
	time.Sleep(5 * time.Millisecond)
	atomic.AddUint32(w[0], 1)
	Wake(w[0], 1)
	receive(t, done, nil)
	if got, err := os.ReadFile(path); string(got) != "mine" {
		t.Errorf("the file is %q now, %v", got, err)
	}
}

// A sleeper that has gone while its word is still another's leaves no reader behind:
// who wakes would go on to ring at it.
func TestARingReachesTheSuccessor(t *testing.T) {
	onlyBells(t)
	s, w := hung(t, 1)
	path := filepath.Join(filepath.Dir(bellOf(s[0]).path), "words")
	SetBell(s[0], path, "0") // the other side, in the same mapping
	sleep := func(at *uint32) {
		t.Helper()
		done := moved(t.Context(), []*uint32{at})
		for b := bellOf(at); !b.sleeping.Load(); {
			time.Sleep(time.Millisecond)
		}
		atomic.AddUint32(w[0], 1)
		Wake(w[0], 1)
		receive(t, done, nil)
	}
	sleep(s[0])
	ClearBell(s[0], true)
	next := mapWord(t, path, 0, true)
	SetBell(next, path, "0")
	defer ClearBell(next, true)
	sleep(next)
	sleep(next)
	if bellOf(next).deaf.Load() {
		t.Error("a ring was missed")
	}
}
