package ring

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os/exec"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
)

func TestProcessesHandOverUnderLoadWithoutLossOrRepetition(t *testing.T) {
	const generations = 6
	o := &Options{Dir: t.TempDir(), Capacity: 64 << 10}
	if err := Create("r", o); err != nil {
		t.Fatal(err)
	}
	numbers := make(chan []byte, generations) // one chunk a consumer, in order
	type child struct {
		cmd *exec.Cmd
		out chan []byte
	}
	read := func(cmd *exec.Cmd, out io.Reader) child {
		c := child{cmd, make(chan []byte, 1)}
		go func() { b, _ := io.ReadAll(out); c.out <- b }()
		return c
	}
	sits := func(seat int, c child) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			info, err := region.Stat("r", &region.Options{Dir: o.Dir})
			if err == nil && info.Seats[seat].Holder.PID == c.cmd.Process.Pid {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%+v, %v", info, err)
			}
		}
	}
	moves := func(before Info) {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
			i, err := Inspect("r", o)
			if err == nil && i.Consumer.Stats.Records > before.Consumer.Stats.Records+1000 {
				return
			}
			if time.Now().After(end) {
				t.Fatalf("%+v, %v", i, err)
			}
		}
	}
	var consumers, producers []child
	for g := range generations {
		producers = append(producers, read(start(t, "produce", o.Dir)))
		consumers = append(consumers, read(start(t, "consume", o.Dir)))
		if g > 0 { // those before must end by themselves, and in order
			wait(t, producers[g-1].cmd)
			numbers <- <-consumers[g-1].out
			wait(t, consumers[g-1].cmd)
		}
		sits(producerSeat, producers[g])
		sits(consumerSeat, consumers[g])
		before, err := Inspect("r", o)
		if err != nil {
			t.Fatal(err)
		}
		moves(before)
	}
	last, err := OpenProducer("r", &Options{Dir: o.Dir, TakeOver: true})
	if err != nil {
		t.Fatal(err)
	}
	sent := last.Stats().Records
	if err := last.Close(); err != nil {
		t.Fatal(err)
	}
	numbers <- <-consumers[generations-1].out
	close(numbers)
	var next uint64
	for chunk := range numbers {
		for ; len(chunk) >= 8; chunk = chunk[8:] {
			if got := binary.LittleEndian.Uint64(chunk); got != next {
				t.Fatalf("record %d where %d belongs", got, next)
			}
			next++
		}
	}
	if next != sent {
		t.Fatalf("%d records arrived of %d", next, sent)
	}
	t.Logf("%d records through %d producers and %d consumers", next, generations, generations)
}

func wait(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestASleepingSideHandsOver(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Create: true, TakeOver: true}
	first, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { _, err := first.Next(context.Background()); ended <- err }()
	for first.Stats().Waits == 0 {
		time.Sleep(time.Millisecond)
	}
	second, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.Is(err, ErrTakenOver) {
		t.Fatal(err)
	}
	if _, err := first.TryReceive(nil); !errors.Is(err, ErrTakenOver) {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.TrySend([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if !p.Stats().PeerPresent {
		t.Fatal("the first consumer's Close closed the second one")
	}
	if got, err := second.Receive(context.Background(), nil); err != nil || string(got) != "x" {
		t.Fatal(got, err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestNobodyTakesOverFromASideThatDoesNothing(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Create: true, TakeOver: true, TakeOverWait: 20 * time.Millisecond}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := OpenProducer("r", o); !errors.Is(err, ErrBusy) {
		t.Fatal(err)
	}
	if err := p.TrySend([]byte("the challenger has given up")); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(nil); err != nil {
		t.Fatal(err)
	}
}

func TestReleasedAndUnreadRecordsGoToTheSuccessorOnce(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Create: true}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	first, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		if err := p.TrySend([]byte{byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	if rec, err := first.Next(ctx); err != nil || rec[0] != 0 {
		t.Fatal(rec, err)
	}
	got := make(chan *Consumer)
	go func() {
		second, err := OpenConsumer("r", &Options{Dir: o.Dir, TakeOver: true})
		if err != nil {
			t.Error(err)
		}
		got <- second
	}()
	for load32(first.request) == first.answered {
		time.Sleep(time.Millisecond)
	}
	first.Release() // answers
	if rec, err := first.Next(ctx); !errors.Is(err, ErrTakenOver) {
		t.Fatal(rec, err)
	}
	second := <-got
	if rec, err := second.Next(ctx); err != nil || rec[0] != 1 {
		t.Fatal(rec, err)
	}
	if err := errors.Join(first.Close(), second.Close()); err != nil {
		t.Fatal(err)
	}
}
