package region

import (
	"errors"
	"io/fs"
	"sync/atomic"
	"testing"
	"time"
)

func TestReleasesAreTold(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	r, err := Create("r", 1, o)
	if err != nil {
		t.Fatal(err)
	}
	var told atomic.Int32
	stop, err := r.NotifyRelease(func() { told.Add(1) })
	if errors.Is(err, errors.ErrUnsupported) {
		r.Close()
		t.Skip("platform: the system does not tell")
	}
	if err != nil {
		t.Fatal(err)
	}
	another := func() {
		t.Helper()
		a, err := Open("r", o)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	another()
	for end := time.Now().Add(20 * time.Second); told.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("an attachment ended, and nobody was told")
		}
	}
	stop()
	stop()
	before := told.Load()
	another()
	time.Sleep(10 * time.Millisecond)
	if told.Load() != before {
		t.Error("told after stop")
	}
	if _, err := r.NotifyRelease(func() { told.Add(1) }); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	before = told.Load()
	another()
	time.Sleep(10 * time.Millisecond)
	if told.Load() != before {
		t.Error("told after Close")
	}
	if _, err := r.NotifyRelease(func() {}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("on a closed region: %v, want fs.ErrClosed", err)
	}
}

// Who is told may look at the region, also while it is being closed.
func TestWhoIsToldMayLook(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	for range 20 {
		r, err := Open("r", &Options{Dir: o.Dir, Create: true, Size: 1})
		if err != nil {
			t.Fatal(err)
		}
		stop, err := r.NotifyRelease(func() { _, _ = r.SeatHeld(0) })
		if errors.Is(err, errors.ErrUnsupported) {
			r.Close()
			t.Skip("platform: the system does not tell")
		}
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			a, err := Open("r", o)
			if err != nil {
				t.Fatal(err)
			}
			a.Close()
		}
		done := make(chan error, 1)
		go func() {
			stop()
			done <- r.Close()
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("Close does not end")
		}
		if len(r.quiet) != 0 {
			t.Error("a watch is left")
		}
	}
}
