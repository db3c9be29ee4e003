package faults

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"golang.org/x/sys/unix"
)

func init() { roles["limits of a peer"] = peerLimitsRole }

// A limit of the process is the error of the call that meets it; the region and
// the ring the process is attached to go on, for it and for its peers.
func TestLimitsOfAPeerAreItsErrorsAlone(t *testing.T) {
	dir := privateDir(t)
	must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: 1 << 18}))
	r, err := region.Create("region", 1<<16, &region.Options{Dir: dir})
	must(t, err)
	defer r.Close()
	producer := start(t, order{Role: "producer", Dir: dir})
	limited := start(t, order{Role: "limits of a peer", Dir: dir})
	var seen []string
	limited.finish(&seen)
	for _, s := range seen {
		t.Log(s)
	}
	var sent passed
	producer.finish(&sent)
	if sent.End != "" || sent.Records == 0 {
		t.Errorf("the peer without limits: %+v", sent)
	}
	if r.Bytes()[0] != 42 {
		t.Error("what the limited peer wrote to the region is not there")
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	must(t, err)
	if len(left) != 2 {
		t.Errorf("refused attempts left something behind: %v", left)
	}
}

// peerLimitsRole consumes from the ring and writes to the region under one limit
// after the other.
func peerLimitsRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	c, err := ring.OpenConsumer("ring", &ring.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	r, err := region.Open("region", &region.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ready()
	used, err := addressSpace()
	if err != nil {
		return nil, err
	}
	var seen []string
	for _, limit := range []struct {
		resource int
		value    uint64
		want     unix.Errno
		size     int64
	}{
		// First: what was closed before would leave addresses, some time later.
		{unix.RLIMIT_AS, used + 128<<20, unix.ENOMEM, 64 << 20},
		{unix.RLIMIT_NOFILE, 3, unix.EMFILE, 1 << 12},
		{unix.RLIMIT_FSIZE, 1 << 20, unix.EFBIG, 1 << 22},
	} {
		var old unix.Rlimit
		if err := unix.Getrlimit(limit.resource, &old); err != nil {
			return nil, err
		}
		if err := unix.Setrlimit(limit.resource, &unix.Rlimit{Cur: limit.value, Max: old.Max}); err != nil {
			return nil, err
		}
		_, rerr := region.Create("more", limit.size, &region.Options{Dir: o.Dir})
		gerr := ring.Create("more", &ring.Options{Dir: o.Dir, Capacity: limit.size})
		works := works(c, r)
		if err := unix.Setrlimit(limit.resource, &old); err != nil {
			return nil, err
		}
		if !errors.Is(rerr, limit.want) || !errors.Is(gerr, limit.want) || works != nil {
			return nil, fmt.Errorf("limit %d: region %w, ring %w, want %w; attached: %w", limit.resource, rerr, gerr, limit.want, works)
		}
		seen = append(seen, rerr.Error(), gerr.Error())
		again, err := region.Create("more", 1<<12, &region.Options{Dir: o.Dir})
		if err != nil {
			return nil, fmt.Errorf("without the limit: %w", err)
		}
		if err := errors.Join(again.Close(), region.Remove("more", &region.Options{Dir: o.Dir})); err != nil {
			return nil, err
		}
	}
	return seen, errors.Join(c.Close(), r.Close(), before.leaked(o.Dir))
}

// works uses what was attached before.
func works(c *ring.Consumer, r *region.Region) error {
	r.Bytes()[0] = 42
	for range 1000 {
		if _, err := c.TryNext(); err != nil && !errors.Is(err, ring.ErrEmpty) {
			return err
		}
	}
	c.Release()
	return nil
}
