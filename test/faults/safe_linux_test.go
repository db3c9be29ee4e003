package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
)

func init() { roles["safe call"] = safeRole }

// safeCalls are the calls that hand out no shared memory, so that whoever uses
// nothing else cannot be killed by what happens to the file. Each is prepared,
// then the file is cut off, then called: the error has to match sigbus.ErrFault.
var safeCalls = map[string]func(o order, cut func() error) error{
	"lock.Mutex": withWords(func(b []byte, cut func() error) error {
		m, err := lock.MutexAt(b, nil)
		if err != nil {
			return err
		}
		if err := errors.Join(m.Lock(context.Background()), cut()); err != nil {
			return err
		}
		_, tryErr := m.TryLock()
		return allFaults(m.Unlock(), tryErr, m.Lock(context.Background()), m.Recover(), m.Abandon())
	}),
	"a waiting lock.Mutex": withWords(func(b []byte, cut func() error) error {
		m, err := lock.MutexAt(b, nil)
		if err != nil {
			return err
		}
		if err := m.Lock(context.Background()); err != nil {
			return err
		}
		waited := make(chan error)
		go func() { waited <- m.Lock(context.Background()) }()
		time.Sleep(20 * time.Millisecond)
		if err := cut(); err != nil {
			return err
		}
		return allFaults(<-waited)
	}),
	"lock.RWMutex": withWords(func(b []byte, cut func() error) error {
		m, err := lock.RWMutexAt(b, nil)
		if err != nil {
			return err
		}
		if err := errors.Join(m.RLock(context.Background()), cut()); err != nil {
			return err
		}
		_, tryErr := m.TryLock()
		return allFaults(m.RUnlock(), m.RLock(context.Background()), m.Lock(context.Background()), m.Unlock(), tryErr)
	}),
	"lock.Semaphore": withWords(func(b []byte, cut func() error) error {
		s, err := lock.SemaphoreAt(b, 2, nil)
		if err != nil {
			return err
		}
		if err := errors.Join(s.Acquire(context.Background()), cut()); err != nil {
			return err
		}
		_ = s.Free()
		_, tryErr := s.TryAcquire()
		_, newErr := lock.SemaphoreAt(b, 2, nil)
		return allFaults(s.Release(), s.Acquire(context.Background()), tryErr, newErr)
	}),
	"lock.Seqlock": withWords(func(b []byte, cut func() error) error {
		s, err := lock.SeqlockAt[[4]uint64](b)
		if err != nil {
			return err
		}
		if err := errors.Join(s.Store([4]uint64{1}), cut()); err != nil {
			return err
		}
		if _, ok := s.TryLoad(); ok || s.Version() != 0 {
			return errors.New("a value out of nothing")
		}
		_, err = s.Load(context.Background())
		return allFaults(err, s.Store([4]uint64{2}))
	}),
	"memmapfs.WriteTo": func(o order, cut func() error) error {
		f, err := mapped(o)
		if err != nil {
			return err
		}
		defer f.Close()
		pr, pw := io.Pipe()
		drained := make(chan error)
		go func() { // an io.Pipe's reader is who copies
			_, err := pr.Read(make([]byte, 1))
			err = errors.Join(err, cut())
			_, rest := io.Copy(io.Discard, pr)
			drained <- errors.Join(err, rest)
		}()
		_, err = f.WriteTo(pw)
		pw.Close()
		return errors.Join(err, <-drained)
	},
	"ring.Reader.Read": received(func(c *ring.Consumer, cut func() error) error {
		return readCut(ring.NewReader(context.Background(), c), cut)
	}),
	"ring.Reader.WriteTo": received(func(c *ring.Consumer, cut func() error) error {
		r := ring.NewReader(context.Background(), c)
		pr, pw := io.Pipe()
		go io.Copy(io.Discard, pr)
		if _, err := r.Read(make([]byte, 1)); err != nil {
			return err
		}
		if err := cut(); err != nil {
			return err
		}
		_, err := r.WriteTo(pw)
		return errors.Join(err, pw.Close())
	}),
	"ring.Reader.WriteTo a pipe of the kernel's": received(func(c *ring.Consumer, cut func() error) error {
		r := ring.NewReader(context.Background(), c)
		pr, pw, err := os.Pipe()
		if err != nil {
			return err
		}
		defer pr.Close()
		defer pw.Close()
		if _, err := r.Read(make([]byte, 1)); err != nil {
			return err
		}
		if err := cut(); err != nil {
			return err
		}
		_, err = r.WriteTo(pw)
		return err
	}),
	"ring.Writer.ReadFrom a pipe of the kernel's": func(o order, cut func() error) error {
		p, err := ring.OpenProducer("ring", &ring.Options{Dir: o.Dir, Create: true, Capacity: 1 << 16})
		if err != nil {
			return err
		}
		defer p.Close()
		pr, pw, err := os.Pipe()
		if err != nil {
			return err
		}
		defer pr.Close()
		defer pw.Close()
		go func() { // once the slot is reserved and the read is under way
			time.Sleep(50 * time.Millisecond)
			_ = cut()
			_, _ = pw.Write([]byte("bytes"))
		}()
		_, err = ring.NewWriter(context.Background(), p).ReadFrom(pr)
		return err
	},
	"ring.RecordReader.Read": received(func(c *ring.Consumer, cut func() error) error {
		r := ring.NewRecordReader(context.Background(), c)
		if _, err := r.Read(nil); !errors.Is(err, io.ErrShortBuffer) {
			return fmt.Errorf("a read of nothing: %w", err)
		}
		if err := cut(); err != nil {
			return err
		}
		_, err := r.Read(make([]byte, ringRecord))
		return err
	}),
	"ring.TypedConsumer.Receive": received(func(c *ring.Consumer, cut func() error) error {
		typed, err := ring.NewTypedConsumer[[ringRecord]byte](c)
		if err != nil {
			return err
		}
		if _, err := c.Next(context.Background()); err != nil { // finds the one behind as well
			return err
		}
		if err := cut(); err != nil {
			return err
		}
		_, err = typed.Receive(context.Background())
		return err
	}),
	"a waiting ring.Consumer": received(func(c *ring.Consumer, cut func() error) error {
		for range 3 {
			if _, err := c.TryReceive(nil); err != nil {
				return err
			}
		}
		waited := make(chan error)
		go func() {
			_, err := c.Receive(context.Background(), nil)
			waited <- err
		}()
		time.Sleep(20 * time.Millisecond)
		if err := cut(); err != nil {
			return err
		}
		return <-waited
	}),
	"a waiting ring.Poller": received(func(c *ring.Consumer, cut func() error) error {
		for range 3 {
			if _, err := c.TryReceive(nil); err != nil {
				return err
			}
		}
		waited := make(chan error)
		go func() {
			_, err := ring.Select(context.Background(), c)
			waited <- err
		}()
		time.Sleep(20 * time.Millisecond)
		if err := errors.Join(cut(), <-waited); err != nil { // the consumer is ready, and tells why
			return err
		}
		_, err := c.TryNext()
		return err
	}),
	"region.Create": func(o order, cut func() error) error {
		_, err := region.Create("region", 1<<16, &region.Options{Dir: o.Dir, Init: func(payload []byte) error {
			err := cut()
			payload[0]++
			return err
		}})
		return err
	},
	"ring.Tap": func(o order, cut func() error) error {
		opts := &ring.Options{Dir: o.Dir, Capacity: 1 << 16}
		if err := ring.Create("ring", opts); err != nil {
			return err
		}
		tap, err := ring.OpenTap("ring", opts)
		if err != nil {
			return err
		}
		defer tap.Close()
		if err := cut(); err != nil {
			return err
		}
		_, _, err = tap.TryRead(nil)
		return err
	},
	"ring.Writer.ReadFrom": func(o order, cut func() error) error {
		p, err := ring.OpenProducer("ring", &ring.Options{Dir: o.Dir, Create: true, Capacity: 1 << 16})
		if err != nil {
			return err
		}
		defer p.Close()
		_, err = ring.NewWriter(context.Background(), p).ReadFrom(cutting{cut})
		return err
	},
	"ring.Pipe.Read": func(o order, cut func() error) error {
		l, err := ring.Listen("listener", &ring.Options{Dir: o.Dir})
		if err != nil {
			return err
		}
		defer l.Close()
		accepted := make(chan io.ReadWriteCloser, 1)
		go func() {
			c, _ := l.Accept()
			accepted <- c
		}()
		dialled, err := ring.Dial(context.Background(), "listener", &ring.Options{Dir: o.Dir})
		if err != nil {
			return err
		}
		defer dialled.Close()
		other := <-accepted
		defer other.Close()
		if _, err := other.Write(make([]byte, ringRecord)); err != nil {
			return err
		}
		return readCut(dialled, cut)
	},
}

// safeRole makes one safe call; o.File names it.
func safeRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	ready()
	err = safeCalls[o.File](o, func() error { return cutAll(o.Dir) })
	var fault *sigbus.FaultError
	if !errors.As(err, &fault) || !strings.HasPrefix(fault.Name, o.Dir+"/") {
		return nil, fmt.Errorf("not a fault in the file: %w", err)
	}
	if sigbus.Stats().Recovered == 0 {
		return nil, errors.New("no fault was counted")
	}
	return err.Error(), before.leaked(o.Dir)
}

// cutAll truncates every file of a folder that this process has open, also those
// whose names are gone.
func cutAll(dir string) error {
	entries, err := os.ReadDir("/proc/self/fd")
	for _, e := range entries {
		link := "/proc/self/fd/" + e.Name()
		if target, _ := os.Readlink(link); strings.HasPrefix(target, dir+"/") {
			err = errors.Join(err, os.Truncate(link, 0))
		}
	}
	return err
}

func TestCallsThatCopySurviveWhateverHappensToTheFile(t *testing.T) {
	for name := range safeCalls {
		t.Run(name, func(t *testing.T) {
			var met string
			start(t, order{Role: "safe call", Dir: privateDir(t), File: name}).finish(&met)
			t.Log(met)
		})
	}
}
