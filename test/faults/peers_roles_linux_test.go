package faults

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
	roles["region peer"] = regionRole
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
func ending(err error) (string, error) {
	switch {
	case err == nil:
		return "", nil
	case errors.Is(err, io.EOF):
		return "EOF", nil
	case errors.Is(err, sigbus.ErrFault), errors.Is(err, ring.ErrCorrupt), errors.Is(err, ring.ErrPeerDead):
		return err.Error(), nil
	default:
		return "", fmt.Errorf("no error a peer's harm should cause: %w", err)
	}
}

func producerRole(o order) (any, error) {
	p, err := ring.OpenProducer("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	stop := told()
	go func() { <-stop; cancel() }()
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
	if result.End, err = ending(err); err != nil {
		return nil, err
	}
	<-stop
	_, err = ending(p.Close())
	return result, err
}

func consumerRole(o order) (any, error) {
	c, err := ring.OpenConsumer("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	stop := told()
	go func() { // the producer is stopped first: what it sent is still to come
		<-stop
		time.Sleep(5 * time.Second)
		cancel()
	}()
	ready()
	var result passed
	var buf []byte
	for {
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
	if result.End, err = ending(err); err != nil {
		return nil, err
	}
	<-stop
	_, err = ending(c.Close())
	return result, err
}

// attached is what a peer of a region tells its parent.
type attached struct {
	Touches, Faults int
	Linked          string
}

func regionRole(o order) (any, error) {
	r, err := region.Open("region", &region.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	stop := told()
	random := rand.New(rand.NewPCG(5, 6))
	ready()
	var met attached
	for running := true; running; {
		select {
		case <-stop:
			running = false
		default:
		}
		at := random.IntN(len(r.Bytes()) - 100)
		err := sigbus.Guard(func() {
			for i := range r.Bytes()[at : at+100] {
				r.Bytes()[at+i]++
			}
		})
		var fault *sigbus.FaultError
		switch {
		case err == nil:
			met.Touches++
		case errors.As(err, &fault) && fault.Name == r.Path():
			met.Faults++
		default:
			return nil, fmt.Errorf("a fault does not name the region: %w", err)
		}
		_ = r.Info()
	}
	switch err := r.CheckLinked(); {
	case errors.Is(err, region.ErrUnlinked):
		met.Linked = "unlinked"
	case err != nil:
		return nil, err
	}
	return met, r.Close()
}

func wantErrno(t *testing.T, err error, want unix.Errno) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}
