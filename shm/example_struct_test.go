package shm_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
)

func init() { roles["measure"] = func(dir string) error { return measure(dir, 21) } }

// gauge is what two programs share. Every field has a fixed size and there is
// no hole between them.
type gauge struct {
	Samples atomic.Uint64
	Last    atomic.Uint64
}

// attach is what both programs do. Whoever comes first makes the region.
func attach(dir string) (*region.Region, *gauge, error) {
	schema, err := region.SchemaOf[gauge]()
	if err != nil {
		return nil, nil, err
	}
	r, err := shm.Open("temperature", &shm.Options{
		Dir: dir, Size: 4096, Create: true, Kind: "gauge", Version: 1, Schema: schema,
	})
	if err != nil {
		return nil, nil, err
	}
	g, err := region.At[gauge](r, 0)
	if err != nil {
		return nil, nil, errors.Join(err, r.Close())
	}
	return r, g, nil
}

// measure is the program that writes.
func measure(dir string, celsius uint64) error {
	r, g, err := attach(dir)
	if err != nil {
		return err
	}
	g.Last.Store(celsius)
	g.Samples.Add(1)
	return r.Close()
}

// show is the program that reads.
func show(dir string) error {
	r, g, err := attach(dir)
	if err != nil {
		return err
	}
	fmt.Println(g.Samples.Load(), "samples, the last", g.Last.Load())
	return r.Close()
}

// who prints what lives on a region.
func who(w io.Writer, r *region.Region) {
	info := r.Info() // or shm.Stat(name, o), without attaching
	fmt.Fprintln(w, info.Attached, info.CreatorAttached, info.Seats[0].Held)
	for _, a := range info.Attachments {
		fmt.Fprintln(w, a.PID, a.UID, a.Name, a.Role, a.Started, a.Since)
	}
}

// awaitPeer waits until somebody sits on seat 1, unless nobody ever will.
func awaitPeer(r *region.Region, pause func()) error {
	for {
		if held, err := r.SeatHeld(1); held || err != nil {
			return err
		}
		if err := r.CheckLinked(); err != nil {
			return err // shm.ErrUnlinked: close, and open the name again
		}
		pause()
	}
}

// Two processes see the same struct.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	for range 3 {
		if err := program("measure", dir).Run(); err != nil {
			fmt.Println(err)
		}
	}
	if err := show(dir); err != nil {
		fmt.Println(err)
	}
	// Output: 3 samples, the last 21
}

func TestGuidesLooksAtARegion(t *testing.T) {
	dir := t.TempDir()
	r, _, err := attach(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var seen strings.Builder
	who(&seen, r)
	if text := seen.String(); !strings.HasPrefix(text, "1 true false\n"+fmt.Sprint(os.Getpid())) {
		t.Fatal(text)
	}
	if runtime.GOOS == "windows" {
		return // which keeps the name of a file that is mapped
	}
	gone := false
	err = awaitPeer(r, func() {
		if !gone {
			gone = os.Remove(filepath.Join(dir, "temperature")) == nil
		}
		time.Sleep(time.Millisecond)
	})
	if !errors.Is(err, shm.ErrUnlinked) {
		t.Fatal(err)
	}
}
