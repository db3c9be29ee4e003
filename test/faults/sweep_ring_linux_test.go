package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/shm/ring"
	"golang.org/x/sys/unix"
)

// ringDeeds are whole lives of a ring, in the order in which they are undone.
var ringDeeds = map[string]func(o *ring.Options) error{
	"create": func(o *ring.Options) error { return ring.Create("new", o) },
	"produce": func(o *ring.Options) error {
		p, err := ring.OpenProducer("there", o)
		if err != nil {
			return err
		}
		return errors.Join(p.TrySend([]byte("record")), p.Close())
	},
	"produce into a new one": func(o *ring.Options) error {
		made := *o
		made.Create = true
		p, err := ring.OpenProducer("new", &made)
		if err != nil {
			return err
		}
		return p.Close()
	},
	"consume": func(o *ring.Options) error {
		c, err := ring.OpenConsumer("there", o)
		if err != nil {
			return err
		}
		_, err = c.TryReceive(nil)
		if errors.Is(err, ring.ErrEmpty) || errors.Is(err, io.EOF) {
			err = nil
		}
		return errors.Join(err, c.Close())
	},
	"create and remove": func(o *ring.Options) error {
		if err := ring.Create("new", o); err != nil {
			return err
		}
		return ring.Remove("new", o)
	},
	"tap": func(o *ring.Options) error {
		tap, err := ring.OpenTap("there", o)
		if err != nil {
			return err
		}
		return tap.Close()
	},
	"listen and dial": func(o *ring.Options) error {
		l, err := ring.Listen("listener", o)
		if err != nil {
			return err
		}
		accepted := make(chan error)
		go func() {
			var err error
			for err == nil || !errors.Is(err, net.ErrClosed) {
				var c net.Conn
				if c, err = l.Accept(); err == nil {
					err = c.Close()
				}
			}
			accepted <- nil
		}()
		ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
		defer cancel()
		c, err := ring.Dial(ctx, "listener", o)
		if err == nil {
			err = c.Close()
		}
		if errors.Is(err, context.DeadlineExceeded) {
			err = nil // the other end met the failure
		}
		return errors.Join(err, l.Close(), <-accepted)
	},
	"inspect": func(o *ring.Options) error { _, err := ring.Inspect("there", o); return err },
}

// TestEverySystemCallOfARingMayFail does the same for rings: a clean error,
// nothing left over, the ring that was there unharmed, the next try works.
func TestEverySystemCallOfARingMayFail(t *testing.T) {
	for name, do := range ringDeeds {
		t.Run(name, func(t *testing.T) {
			o := &ring.Options{Dir: privateDir(t), Capacity: 1 << 16}
			must(t, ring.Create("there", o))
			before, err := held()
			must(t, err)
			for n := int64(1); ; n++ {
				x := failure{n: n}
				restore := mmap.SetHook(x.hook)
				err := do(o)
				restore()
				if x.calls.Load() < n {
					must(t, err)
					t.Logf("%d system calls", n-1)
					break
				}
				what := fmt.Sprintf("call %d (%s)", n, x.failed.Load().Op)
				var errno unix.Errno
				if err != nil && (!errors.As(err, &errno) || !strings.Contains(err.Error(), o.Dir)) {
					t.Errorf("%s: the error hides its reason or its file: %v", what, err)
				}
				left := string(namesIn(t, o.Dir))
				if left == "new there " { // no Remove, or an error after it was made
					_, err := ring.Inspect("new", o)
					must(t, err)
				} else if left == "listener there " && err != nil {
					// Its Close was refused, and said so; the next Listen takes it over.
				} else if left != "there " {
					t.Errorf("%s: left behind: %s", what, left)
				}
				_ = ring.Remove("new", o)
				if err := do(o); err != nil {
					t.Errorf("%s: the next try: %v", what, err)
				}
				_ = ring.Remove("new", o)
			}
			must(t, ringDeeds["produce"](o))
			must(t, ringDeeds["consume"](o))
			if err := before.leaked(o.Dir); err != nil {
				t.Error(err)
			}
		})
	}
}

func namesIn(t *testing.T, dir string) (names []byte) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		names = append(append(names, e.Name()...), ' ')
	}
	return names
}
