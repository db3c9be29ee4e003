package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm/ring"
)

// A follower reads along a ring without a seat.
type follower struct {
	name   string
	opts   *ring.Options
	every  time.Duration // between looks when nothing comes; 0 burns a processor
	follow bool          // go on when everything was read
}

// gone is how often an idle follower looks whether its ring still is.
const gone = time.Second

// run calls each with every record, valid during the call, and with the bytes
// of the ring missed before it. It ends when the producer closes, when the ring
// is removed or made anew, or with ctx, which is no error. The result is what
// was missed behind the last record.
func (f *follower) run(ctx context.Context, each func(rec []byte, missed uint64) error) (missed uint64, err error) {
	t, err := ring.OpenTap(f.name, f.opts)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	now, err := ring.Inspect(f.name, f.opts)
	if err != nil {
		return 0, err
	}
	var buf []byte
	for looked := time.Now(); ctx.Err() == nil; {
		rec, m, err := t.TryRead(buf)
		missed += m
		if err == nil {
			if err := each(rec, missed); err != nil {
				return 0, err
			}
			buf, missed = rec, 0
			continue
		}
		if !errors.Is(err, ring.ErrEmpty) {
			return missed, err
		}
		if !f.follow || t.Closed() {
			return missed, nil
		}
		if time.Since(looked) > gone {
			looked = time.Now()
			later, err := ring.Inspect(f.name, f.opts)
			if errors.Is(err, fs.ErrNotExist) || err == nil && later.ID != now.ID {
				return missed, nil
			}
		}
		if f.every == 0 {
			runtime.Gosched()
			continue
		}
		select {
		case <-ctx.Done():
		case <-time.After(f.every):
		}
	}
	return missed, nil
}

// A teller tells what was missed, at most once a second.
type teller struct {
	w     io.Writer
	bytes uint64
	at    time.Time
}

func (t *teller) add(missed uint64) {
	t.bytes += missed
	if t.bytes > 0 && time.Since(t.at) > time.Second {
		t.flush()
	}
}

func (t *teller) flush() {
	if t.bytes > 0 {
		fmt.Fprintf(t.w, "missed %s\n", demo.Bytes(int64(t.bytes)))
	}
	t.bytes, t.at = 0, time.Now()
}
