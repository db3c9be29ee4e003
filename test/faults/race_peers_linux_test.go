package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
)

// allowed lets errors pass that an operation may end with when it meets Close,
// or a file that is cut off.
func allowed(what string, err error, expected ...error) error {
	for _, e := range append(expected, fs.ErrClosed, sigbus.ErrFault) {
		if errors.Is(err, e) {
			return errDone
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// harmed cuts a file off and lets it grow again, except under the race detector.
func harmed(path string, size int64, r *rand.Rand) error {
	time.Sleep(time.Duration(r.IntN(300)) * time.Microsecond)
	if detecting {
		return nil
	}
	return errors.Join(os.Truncate(path, r.Int64N(size)), os.Truncate(path, size))
}

// races repeats the life of something that is closed while others work on it.
func races(t *testing.T, life func(dir string, r *rand.Rand) error) {
	t.Helper()
	dir := privateDir(t)
	before, err := held()
	must(t, err)
	r := rand.New(rand.NewPCG(6, 7))
	lives := 0
	for end := time.Now().Add(duration(time.Second/2, time.Minute)); time.Now().Before(end); lives++ {
		must(t, life(dir, r))
		entries, err := os.ReadDir(dir)
		must(t, err)
		for _, e := range entries {
			must(t, os.Remove(filepath.Join(dir, e.Name())))
		}
	}
	t.Logf("%d lives", lives)
	if err := before.leaked(dir); err != nil {
		t.Error(err)
	}
}

func TestCloseRacesWithEverybodyAtARing(t *testing.T) {
	for _, cut := range []bool{false, true} {
		t.Run(fmt.Sprint("truncated ", cut), func(t *testing.T) {
			races(t, func(dir string, r *rand.Rand) error { return ringLife(dir, r, cut) })
		})
	}
}

// ringLife closes both sides of a ring while eight goroutines work on it.
func ringLife(dir string, r *rand.Rand, cut bool) error {
	o := &ring.Options{Dir: dir, Capacity: 1 << 16}
	if err := ring.Create("ring", o); err != nil {
		return err
	}
	path := filepath.Join(dir, "ring")
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	p, err := ring.OpenProducer("ring", o)
	if err != nil {
		return err
	}
	c, err := ring.OpenConsumer("ring", o)
	if err != nil {
		return errors.Join(err, p.Close())
	}
	tap, err := ring.OpenTap("ring", o)
	if err != nil {
		return errors.Join(err, p.Close(), c.Close())
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	g := newGang()
	broken := []error{ring.ErrClosed, ring.ErrCorrupt, io.EOF, ring.ErrVersion}
	sent, buf := 0, []byte(nil)
	g.add(func() error {
		sent++
		return allowed("send", p.Send(ctx, record(sent)), broken...)
	})
	g.add(func() (err error) {
		buf, err = c.Receive(ctx, buf)
		return allowed("receive", err, broken...)
	})
	own := rand.New(rand.NewPCG(r.Uint64(), 0))
	g.add(func() error { _ = p.Stats(); return nil })
	g.add(func() error { _ = c.Stats(); return nil })
	g.add(func() error {
		_, _, err := tap.TryRead(nil)
		if errors.Is(err, ring.ErrEmpty) {
			return nil
		}
		return allowed("tap", err, broken...)
	})
	for range 2 {
		g.add(func() error {
			_, err := ring.Inspect("ring", o)
			if cut && err != nil {
				return nil // what is there is no ring
			}
			return allowed("inspect", err, broken...)
		})
	}
	g.add(func() error {
		if !cut {
			return errDone
		}
		return harmed(path, info.Size(), own)
	})
	sides := []func() error{p.Close, c.Close}
	r.Shuffle(len(sides), func(i, k int) { sides[i], sides[k] = sides[k], sides[i] })
	for _, end := range sides {
		time.Sleep(time.Duration(r.IntN(2000)) * time.Microsecond)
		if cerr := allowed("close", end(), broken...); !errors.Is(cerr, errDone) {
			err = errors.Join(err, cerr)
		}
	}
	return errors.Join(err, g.end(), tap.Close())
}

func TestCloseRacesWithEverybodyAtARegion(t *testing.T) {
	races(t, regionLife)
}

// regionLife closes a region while eight goroutines ask it for things. Its bytes
// are nobody's after Close.
func regionLife(dir string, r *rand.Rand) error {
	shared, err := region.Create("region", 1<<16, &region.Options{Dir: dir})
	if err != nil {
		return err
	}
	peer, err := region.Open("region", &region.Options{Dir: dir})
	if err != nil {
		return errors.Join(err, shared.Close())
	}
	g := newGang()
	asks := map[string]func(i int) error{
		"info":   func(int) error { _ = shared.Info(); return nil },
		"linked": func(int) error { return shared.CheckLinked() },
		"sync":   func(int) error { return shared.Sync() },
		"held":   func(i int) error { _, err := shared.SeatHeld(i); return err },
		"save":   func(int) error { return shared.SaveTo(filepath.Join(dir, "saved")) },
		"seat": func(i int) error {
			if err := shared.TakeSeat(i); err != nil {
				return err
			}
			return shared.LeaveSeat(i)
		},
		"open": func(int) error {
			other, err := region.Open("region", &region.Options{Dir: dir})
			if err != nil {
				return err
			}
			return other.Close()
		},
		"list": func(int) error { _, err := region.List(&region.Options{Dir: dir}); return err },
	}
	seat := 0
	for what, ask := range asks {
		own := seat
		g.add(func() error { return allowed(what, ask(own)) })
		seat++
	}
	time.Sleep(time.Duration(r.IntN(3000)) * time.Microsecond)
	err = shared.Close()
	for range 1000 { // the peer's memory is as it was
		if _, cerr := sigbus.Copy(peer.Bytes(), []byte("still here")); cerr != nil {
			err = errors.Join(err, cerr)
		}
	}
	return errors.Join(err, g.end(), peer.Close())
}
