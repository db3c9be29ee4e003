package ring

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

func init() { roles["sleep"], roles["sit"] = sleepForARecord, sitForGood }

// sitForGood holds the consumer's seat and does nothing.
func sitForGood(o *Options) error {
	if _, err := OpenConsumer("r", o); err != nil {
		return err
	}
	select {}
}

// sleepForARecord waits for a record that nobody sends.
func sleepForARecord(o *Options) error {
	c, err := OpenConsumer("r", o)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = c.Next(context.Background())
	}
	return err
}

// onlyTold has sleepers ask after the other side once in an hour, so that they know
// only what the system tells.
func onlyTold(t *testing.T) *Options {
	t.Helper()
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: minCapacity}
	r, err := region.Create("probe", 1, &region.Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stop, err := r.NotifyRelease(func() {})
	if errors.Is(err, errors.ErrUnsupported) || !futex.Joint() {
		t.Skip("platform: nobody is told of ends, or none sleeps on two words")
	}
	if err != nil {
		t.Fatal(err)
	}
	stop()
	oldNear, oldCalmly := nearFor, calmly
	nearFor, calmly = 20*time.Millisecond, time.Hour
	t.Cleanup(func() { nearFor, calmly = oldNear, oldCalmly })
	return o
}

// asleep is a side that waits in the kernel; its wait's error comes.
func asleep(t *testing.T, s *side, wait func() error) <-chan error {
	t.Helper()
	end := make(chan error, 1)
	go func() { end <- wait() }()
	for begun := time.Now(); load32(s.mine.park)&1 == 0; time.Sleep(time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("does not sleep")
		}
	}
	time.Sleep(3 * nearFor) // it asks no more
	return end
}

func ended(t *testing.T, end <-chan error, want error) {
	t.Helper()
	select {
	case err := <-end:
		if !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	case <-time.After(20 * time.Second):
		t.Errorf("still asleep, want %v", want)
	}
}

// A producer that sleeps is told when its consumer was killed.
func TestADeathIsToldToASleeper(t *testing.T) {
	for name, ctx := range map[string]context.Context{"context": t.Context(), "none": context.Background()} {
		t.Run(name, func(t *testing.T) {
			o := onlyTold(t)
			p, err := OpenProducer("r", o)
			if err != nil {
				t.Fatal(err)
			}
			defer p.Close()
			cmd, _ := start(t, "sit", o.Dir)
			for load32(p.other.state) != stateOpen {
				time.Sleep(time.Millisecond)
			}
			end := asleep(t, &p.side, func() error {
				var err error
				for err == nil {
					err = p.Send(ctx, make([]byte, 1000))
				}
				return err
			})
			_ = cmd.Process.Kill()
			ended(t, end, ErrPeerDead)
			_ = cmd.Wait()
		})
	}
}

// What happened before a side listens is asked about.
func TestADeathBeforeTheFirstSleepIsNoticed(t *testing.T) {
	o := onlyTold(t)
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	cmd, _ := start(t, "sleep", o.Dir)
	for load32(p.other.park)&1 == 0 {
		time.Sleep(time.Millisecond)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	end := make(chan error, 1)
	go func() {
		var err error
		for err == nil {
			err = p.Send(context.Background(), make([]byte, 1000))
		}
		end <- err
	}()
	ended(t, end, ErrPeerDead)
}

func TestTheEndOfTheNameIsToldToASleeper(t *testing.T) {
	o := onlyTold(t)
	r, err := region.Create("r", dataOffset+minCapacity, o.mustRegion(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	c, err := NewConsumer(r, o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	end := asleep(t, &c.side, func() error { _, err := c.Next(context.Background()); return err })
	if err := os.Remove(r.Path()); err != nil {
		t.Fatal(err)
	}
	ended(t, end, ErrUnlinked)
}

// Close ends a sleep that waits to be told, and leaves nobody to tell.
func TestCloseEndsASleepThatIsTold(t *testing.T) {
	o := onlyTold(t)
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	end := asleep(t, &c.side, func() error { _, err := c.Next(context.Background()); return err })
	if !toldOf(&c.side) {
		t.Error("nobody tells this side")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	ended(t, end, ErrClosed)
	if toldOf(&c.side) {
		t.Error("somebody tells a closed side")
	}
}

func toldOf(s *side) bool {
	s.exit.Lock()
	defer s.exit.Unlock()
	return s.obits.stop != nil
}

func (o *Options) mustRegion(t *testing.T) *region.Options {
	t.Helper()
	opts, err := o.resolve()
	if err != nil {
		t.Fatal(err)
	}
	return opts.region()
}

// A seat that is given up without a word, and without a descriptor that is closed.
func TestAFailedTakeOverIsToldToASleeper(t *testing.T) {
	o := onlyTold(t)
	r, err := region.Create("r", dataOffset+minCapacity, o.mustRegion(t))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, err := NewProducer(r, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	end := asleep(t, &c.side, func() error { _, err := c.Next(context.Background()); return err })
	answered := make(chan struct{})
	go func() { // the holder answers, as between two turns of a wait
		defer close(answered)
		for !p.gone.Load() {
			_ = p.guarded(func() error { return p.succeeded(nil) })
			time.Sleep(time.Millisecond)
		}
	}()
	again, err := region.Open("r", &region.Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	unfit := *o
	unfit.TakeOver, unfit.Full = true, FullOverwrite
	if _, err := NewProducer(again, &unfit); err == nil {
		t.Fatal("took a seat that it is not fit for")
	}
	<-answered
	ended(t, end, ErrPeerDead)
}

func TestATruncationIsToldToASleeper(t *testing.T) {
	o := onlyTold(t)
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	end := asleep(t, &c.side, func() error { _, err := c.Next(context.Background()); return err })
	if err := os.Truncate(c.path, 0); err != nil {
		t.Fatal(err)
	}
	ended(t, end, sigbus.ErrFault)
}

// Close may come between the last look and the sleep.
func TestForgettingEndsASleepThatHasNotBegun(t *testing.T) {
	if !futex.Joint() {
		t.Skip("platform: nobody sleeps on two words")
	}
	for _, before := range []bool{true, false} {
		word := new(uint32)
		e := obits{tells: true, told: new(uint32), stop: func() {}}
		end := make(chan error, 1)
		if before {
			e.forget()
		}
		go func() { end <- e.sleep(context.Background(), word, 0, time.Hour) }()
		if !before {
			time.Sleep(5 * time.Millisecond)
			e.forget()
		}
		ended(t, end, nil)
	}
}

// A record that ends a long sleep is no reason to ask, now or in the next wait.
func TestARecordIsNoEnd(t *testing.T) {
	e := obits{tells: true, told: new(uint32), woken: true}
	now := time.Now()
	e.begin(now)
	e.looked(now)
	if e.due(now.Add(checkEvery / 2)) {
		t.Error("asks at once")
	}
	e.woken = true // for nothing
	e.looked(now)
	if !e.due(now) {
		t.Error("does not ask though it was woken for nothing")
	}
}

// What a side asks after an event, and when.
func TestASideAsksSoonAndNotTooOften(t *testing.T) {
	start := time.Now()
	asks := func(span time.Duration, events ...time.Duration) (at []time.Duration) {
		e := obits{tells: true, told: new(uint32)}
		e.begin(start)
		for d := time.Duration(0); d < span; d += 100 * time.Microsecond {
			for len(events) > 0 && events[0] <= d {
				*e.told++
				events = events[1:]
			}
			if e.due(start.Add(d)) {
				at = append(at, d)
			}
		}
		return at
	}
	const ms = time.Millisecond
	within := func(at []time.Duration, from, to time.Duration) bool {
		return slices.ContainsFunc(at, func(d time.Duration) bool { return from <= d && d < to })
	}
	if at := asks(20*time.Second, time.Second); !within(at, time.Second, 1002*ms) || len(at) > 16 {
		t.Errorf("one event: %v", at)
	}
	// A lock that is released late, at whatever time, is asked for within 100 ms or
	// as long again as it took.
	for _, late := range []time.Duration{0, ms, 10 * ms, 49 * ms, 99 * ms, 199 * ms} {
		for _, earlier := range []time.Duration{0, 10 * ms, 49 * ms, 51 * ms, 190 * ms, 201 * ms} {
			at := asks(3*time.Second, time.Second-earlier, time.Second)
			if !within(at, time.Second+late, time.Second+late+max(100*ms, late+ms)) {
				t.Errorf("an event, another %v later, the lock released after %v: %v", earlier, late, at)
			}
		}
	}
	var busy []time.Duration
	for d := time.Duration(0); d < 10*time.Second; d += 100 * ms {
		busy = append(busy, d)
	}
	if at := asks(10*time.Second, busy...); len(at) > 10*len(busy) {
		t.Errorf("%d asks after %d events", len(at), len(busy))
	}
}
