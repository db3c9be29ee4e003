package faults

import (
	"context"
	"errors"
	"io"
	"strconv"
	"testing"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
)

// shared is the size of the region: a 32-bit process has few addresses in a row.
const shared = scanned >> (3 - 2*(strconv.IntSize/64))

func init() { roles["little shared memory"] = littleSharedRole }

// TestARegionAndARingLargerThanTheMemoryGroupGoOn does the same to a region and
// a ring on a disk, with a peer attached that is not in the group.
func TestARegionAndARingLargerThanTheMemoryGroupGoOn(t *testing.T) {
	t.Parallel()
	dir := privateDir(t)
	r, err := region.Create("region", shared, &region.Options{Dir: dir})
	must(t, err)
	defer r.Close()
	must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: shared / 2}))
	c, err := ring.OpenConsumer("ring", &ring.Options{Dir: dir})
	must(t, err)
	defer c.Close()
	inLittleMemory(t, order{Role: "little shared memory", File: dir, Size: shared})
	got := 0
	for {
		rec, err := c.Next(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		if len(rec) != 1<<20 || rec[0] != byte(got) || rec[len(rec)-1] != byte(got) {
			t.Fatalf("record %d is of %d bytes and begins with %d", got, len(rec), rec[0])
		}
		got++
		c.Release()
	}
	if got != shared/4>>20 {
		t.Errorf("%d records arrived", got)
	}
	for at := 0; at < shared; at += stride {
		if r.Bytes()[at] != byte(at/stride) {
			t.Fatalf("the region has %d at %d", r.Bytes()[at], at)
		}
	}
}

func littleSharedRole(o order) (any, error) {
	if err := joinGroup(o.Dir); err != nil {
		return nil, err
	}
	r, err := region.Open("region", &region.Options{Dir: o.File})
	if err != nil {
		return nil, err
	}
	p, err := ring.OpenProducer("ring", &ring.Options{Dir: o.File})
	if err != nil {
		return nil, err
	}
	ready()
	most, err := inParts(o.Size, func(off, end int64) error {
		for ; off < end; off += stride {
			if _, err := sigbus.Copy(r.Bytes()[off:], []byte{byte(off / stride)}); err != nil {
				return err
			}
		}
		return nil
	})
	rec := make([]byte, 1<<20)
	for n := range o.Size / 4 >> 20 {
		for i := range rec {
			rec[i] = byte(n)
		}
		err = errors.Join(err, p.Send(context.Background(), rec))
	}
	return most, errors.Join(err, r.Sync(), r.Close(), p.Close())
}
