package faults

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

func init() {
	roles["producer"] = producerRole
	roles["consumer"] = consumerRole
}

// passed is what one side of a ring tells its parent.
type passed struct {
	Records int
	End     string // the error that ended it; empty: the parent
	Wrong   string // a record that nobody sent
}

// record is the ith record: its number, then bytes that follow from it.
func record(i int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(i))
	for k := range i % 500 {
		b = append(b, byte(i+k))
	}
	return b
}

// ending describes the errors a side may end with; any other is a failure.
func ending(o order, err error) (string, error) {
	var fault *sigbus.FaultError
	switch {
	case err == nil:
		return "", nil
	case errors.As(err, &fault) && fault.Name != filepath.Join(o.Dir, "ring"):
		return "", fmt.Errorf("a fault does not name the ring's file: %w", err)
	case errors.Is(err, ring.ErrCorrupt) && !strings.Contains(err.Error(), filepath.Join(o.Dir, "ring")):
		return "", fmt.Errorf("corruption does not name the ring's file: %w", err)
	case errors.Is(err, io.EOF):
		return "EOF", nil
	case errors.Is(err, sigbus.ErrFault), errors.Is(err, ring.ErrCorrupt), errors.Is(err, ring.ErrPeerDead):
		return err.Error(), nil
	default:
		return "", fmt.Errorf("no error a peer's harm should cause: %w", err)
	}
}

func producerRole(o order) (any, error) {
	stop := told()
	before, err := held()
	if err != nil {
		return nil, err
	}
	p, err := ring.OpenProducer("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g, err := watchRing(o, p.Stats)
	if err != nil {
		return nil, err
	}
	g.add(func() error { <-stop; cancel(); return errDone })
	ready()
	var result passed
	for ; ; result.Records++ {
		if err = p.Send(ctx, record(result.Records)); err != nil || ctx.Err() != nil {
			break
		}
	}
	if err == nil {
		result.Records++
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	if result.End, err = ending(o, err); err != nil {
		return nil, err
	}
	<-stop
	_, err = ending(o, p.Close())
	return result, errors.Join(err, g.end(), before.leaked(o.Dir))
}

func consumerRole(o order) (any, error) {
	stop := told()
	before, err := held()
	if err != nil {
		return nil, err
	}
	c, err := ring.OpenConsumer("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	g, err := watchRing(o, c.Stats)
	if err != nil {
		return nil, err
	}
	g.add(func() error { // the producer is stopped first: what it sent is still to come
		<-stop
		select {
		case <-g.quit:
		case <-time.After(5 * time.Second):
			cancel()
		}
		return errDone
	})
	var result passed
	var buf []byte
	for {
		if result.Records == 1 {
			ready()
		}
		buf, err = c.Receive(ctx, buf[:0])
		if err != nil {
			break
		}
		if want := record(result.Records); string(buf) != string(want) {
			result.Wrong = fmt.Sprintf("number %d, %d bytes: %.20x", result.Records, len(buf), buf)
			break
		}
		result.Records++
	}
	if result.End, err = ending(o, err); err != nil {
		return nil, err
	}
	<-stop
	_, err = ending(o, c.Close())
	return result, errors.Join(err, g.end(), before.leaked(o.Dir))
}

// watchRing starts three goroutines that look at the ring while it works: they
// read along, inspect it by name, and ask one side's handle for its counters.
func watchRing(o order, stats func() ring.Stats) (*gang, error) {
	tap, err := ring.OpenTap("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	g := newGang()
	var buf []byte
	g.add(func() error {
		rec, _, err := tap.TryRead(buf)
		if errors.Is(err, ring.ErrEmpty) {
			time.Sleep(time.Millisecond)
			return nil
		}
		if err == nil {
			buf = rec
			return nil
		}
		_, err = ending(o, err)
		return errors.Join(err, pause())
	})
	g.add(func() error {
		_, err := ring.Inspect("ring", &ring.Options{Dir: o.Dir})
		if err != nil && !strings.Contains(err.Error(), o.Dir) {
			return fmt.Errorf("the error does not name the file: %w", err)
		}
		switch {
		case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, region.ErrNotRegion), errors.Is(err, region.ErrCorrupt):
			return pause()
		}
		_, err = ending(o, err)
		return errors.Join(err, pause())
	})
	g.add(func() error {
		if s := stats(); s.Capacity != 0 && s.Capacity != 1<<18 {
			return fmt.Errorf("a capacity of %d", s.Capacity)
		}
		return pause()
	})
	g.after = tap.Close
	return g, nil
}

// pause keeps those who look on from taking the processor from those who work.
func pause() error { time.Sleep(200 * time.Microsecond); return nil }

func wantErrno(t *testing.T, err error, want unix.Errno) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}
