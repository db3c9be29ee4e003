package faults

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/shmkit/memmapfs"
)

func init() { roles["crowd"] = crowdRole }

// crowdRole lets a crowd work on a file until the parent has done its harm and
// restored the file. Then the handle must be as good as new, and nothing may
// be left when it is closed.
func crowdRole(o order) (any, error) {
	stop := told()
	before, err := held()
	if err != nil {
		return nil, err
	}
	fs, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(fs, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	c := newCrowd(f, 0, o.Size)
	c.busy()
	ready()
	<-stop
	result, err := c.end()
	if err != nil {
		return nil, err
	}
	if err := goodAsNew(o, f); err != nil {
		return nil, fmt.Errorf("afterwards: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("close: %w", err)
	}
	if err := fs.Close(); err != nil {
		return nil, err
	}
	return result, before.leaked(filepath.Dir(o.File))
}

// goodAsNew uses a handle on a file that has its full size again.
func goodAsNew(o order, f *memmapfs.MappedFile) error {
	if err := f.Refresh(); err != nil {
		return err
	}
	if err := discard(o.Plan, f); err != nil {
		return err
	}
	want := numbered(int(o.Size))
	if n, err := f.WriteAt(want, 0); err != nil || n != len(want) {
		return fmt.Errorf("writing everything: %d, %w", n, err)
	}
	got := make([]byte, len(want))
	if n, err := f.ReadAt(got, 0); err != nil || n != len(got) {
		return fmt.Errorf("reading everything: %d, %w", n, err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("read other bytes than were written")
	}
	return f.Sync()
}

func discard(p plan, f *memmapfs.MappedFile) error {
	d, ok := any(f).(interface{ Discard() error })
	if !p.private() || !ok {
		return nil
	}
	return d.Discard()
}

// storm truncates the file in every way the tests know, and restores it.
func storm(t *testing.T, name string, size int64) {
	t.Helper()
	rounds, enough := 2000, time.Now().Add(2*time.Second)
	if os.Getenv("SHMKIT_SOAK") != "" {
		rounds, enough = 20_000, time.Now().Add(5*time.Minute)
	}
	r := rand.New(rand.NewPCG(1, 2))
	page := int64(os.Getpagesize())
	pause := func(i int) { // seldom: on a loaded machine each takes milliseconds
		if i%4 == 0 {
			time.Sleep(time.Duration(r.IntN(300)) * time.Microsecond)
		}
	}
	for i := range rounds {
		cut := []int64{
			0,
			r.Int64N(size/page)*page + page/2,
			r.Int64N(size/window)*window + window/2,
			r.Int64N(size),
		}[r.IntN(4)]
		must(t, os.Truncate(name, cut))
		pause(i)
		must(t, os.Truncate(name, size))
		pause(i + 2)
		if i > 300 && time.Now().After(enough) { // a loaded machine
			t.Logf("truncated %d times", i+1)
			break
		}
	}
}

func TestATruncationStormKillsNobody(t *testing.T) {
	t.Parallel()
	eachPlan(t, func(t *testing.T, p plan) {
		const size = 1 << 20
		name := filepath.Join(t.TempDir(), "file")
		writeFile(t, name, numbered(size))
		c := start(t, order{Role: "crowd", Plan: p, File: name, Size: size})
		storm(t, name, size)
		var got tally
		c.finish(&got)
		t.Logf("%+v", got)
		if got.Reads == 0 || got.Writes == 0 || got.Views == 0 {
			t.Errorf("nothing was done: %+v", got)
		}
		if got.Faults > 0 && (got.FaultsCounted == 0 && got.Recovered == 0) {
			t.Errorf("%d operations failed, the counters say none did", got.Faults)
		}
		if len(got.Others) > 0 {
			t.Errorf("unexpected errors: %v", got.Others)
		}
	})
}
