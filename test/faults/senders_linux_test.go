package faults

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
)

func init() { roles["mapped records"] = mappedRecordsRole }

// senders send bytes that turn out to be gone.
var senders = map[string]func(p *ring.Producer, gone []byte) error{
	"TrySend": func(p *ring.Producer, gone []byte) error { return p.TrySend(gone) },
	"Send":    func(p *ring.Producer, gone []byte) error { return p.Send(context.Background(), gone) },
	"SendBatch": func(p *ring.Producer, gone []byte) error {
		n, err := p.SendBatch(context.Background(), [][]byte{[]byte("before"), gone, []byte("after")})
		if n != 1 {
			return fmt.Errorf("%d records of the batch were sent: %w", n, err)
		}
		return err
	},
	"Writer.Write": func(p *ring.Producer, gone []byte) error {
		_, err := ring.NewWriter(context.Background(), p).Write(gone)
		return err
	},
}

// mappedRecordsRole sends what lies in a mapped file that is cut off, and
// receives into it. That is the file's misfortune, not the ring's.
func mappedRecordsRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	m, err := plans[0].fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	ready()
	for name, send := range senders {
		for _, n := range []int{1, 8, 100, 512, 513, 5000} {
			if err := errors.Join(sendGone(o, n, f.Data(), f.Name(), send)); err != nil {
				return nil, fmt.Errorf("%s of %d bytes: %w", name, n, err)
			}
			if err := os.Truncate(o.File, o.Size); err != nil {
				return nil, err
			}
		}
	}
	return "done", errors.Join(f.Close(), m.Close(), before.leaked(o.Dir))
}

func sendGone(o order, n int, data []byte, name string, send func(*ring.Producer, []byte) error) error {
	opts := &ring.Options{Dir: o.Dir, Create: true, Capacity: 1 << 14}
	p, err := ring.OpenProducer("ring", opts)
	if err != nil {
		return err
	}
	c, err := ring.OpenConsumer("ring", opts)
	if err != nil {
		return err
	}
	var want, got [][]byte
	if err := p.TrySend([]byte("first")); err != nil {
		return err
	}
	if err := os.Truncate(o.File, 0); err != nil {
		return err
	}
	sent := send(p, data[8192:][:n])
	var fault *sigbus.FaultError
	if !errors.As(sent, &fault) || fault.Name != name {
		return fmt.Errorf("not a fault in the file: %w", sent)
	}
	if err := p.TrySend([]byte("second")); err != nil {
		return fmt.Errorf("the producer afterwards: %w", err)
	}
	rec, err := c.TryReceive(data[8192:][:0:100])
	if !errors.As(err, &fault) || fault.Name != name {
		return fmt.Errorf("received into memory that is gone: %d, %w", len(rec), err)
	}
	r, mine := ring.NewRecordReader(context.Background(), c), make([]byte, 100)
	if _, err := r.Read(data[8192:][:100]); !errors.As(err, &fault) || fault.Name != name {
		return fmt.Errorf("read into memory that is gone: %w", err)
	}
	k, err := r.Read(mine)
	if err != nil {
		return fmt.Errorf("read again: %w", err)
	}
	got = append(got, mine[:k])
	for {
		rec, err := c.TryReceive(nil)
		if errors.Is(err, ring.ErrEmpty) {
			break
		}
		if err != nil {
			return fmt.Errorf("the consumer afterwards: %w", err)
		}
		got = append(got, rec)
	}
	want = [][]byte{[]byte("first"), []byte("second")}
	if len(got) == 3 {
		want = [][]byte{[]byte("first"), []byte("before"), []byte("second")}
	}
	for i := range want {
		if i >= len(got) || !bytes.Equal(got[i], want[i]) {
			return fmt.Errorf("received %q, want %q", got, want)
		}
	}
	return errors.Join(p.Close(), c.Close(), ring.Remove("ring", opts))
}

func TestAFaultInTheCallersMemoryLeavesTheRingUsable(t *testing.T) {
	dir := privateDir(t)
	name := filepath.Join(dir, "file")
	writeFile(t, name, numbered(1<<16))
	var done string
	start(t, order{Role: "mapped records", Dir: dir, File: name, Size: 1 << 16}).finish(&done)
}
