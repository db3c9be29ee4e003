package region

import (
	"io/fs"
	"os"
	"runtime"
	"testing"
)

func TestSeatsHaveOneHolder(t *testing.T) {
	o := dir(t)
	a := mustCreate(t, "x", 10, o)
	b := mustOpen(t, "x", o)
	ro := mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	if err := a.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	wantErr(t, a.TakeSeat(1), ErrBusy)
	wantErr(t, b.TakeSeat(1), ErrBusy)
	wantErr(t, ro.TakeSeat(0), ErrReadOnly)
	wantErr(t, a.TakeSeat(16), fs.ErrInvalid)
	for _, r := range []*Region{a, b, ro} {
		if held, err := r.SeatHeld(1); !held || err != nil {
			t.Fatalf("held: %v, %v", held, err)
		}
		if held, err := r.SeatHeld(0); held || err != nil {
			t.Fatalf("seat 0 held: %v, %v", held, err)
		}
	}
	if err := a.LeaveSeat(1); err != nil {
		t.Fatal(err)
	}
	if err := b.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	if err := a.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
}

func TestInfoCountsEveryAttachment(t *testing.T) {
	o := dir(t)
	o.Kind, o.Version, o.Role = "counter", 3, "maker"
	a := mustCreate(t, "x", 10, o)
	b := mustOpen(t, "x", &Options{Dir: o.Dir, Name: "bee", Role: "worker"})
	mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	if err := b.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	byName, err := Stat("x", &Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	list, err := List(&Options{Dir: o.Dir})
	if err != nil || len(list) != 1 {
		t.Fatalf("list: %v, %v", list, err)
	}
	for _, info := range []Info{a.Info(), b.Info(), byName, list[0]} {
		if info.Err != nil {
			t.Fatal(info.Err)
		}
		if info.Attached != 4 || !info.CreatorAttached || !info.Linked || !info.ThisBoot && runtime.GOOS == "linux" {
			t.Fatalf("%+v", info)
		}
		if !info.Seats[1].Held || info.Seats[1].Holder.Name != "bee" || info.Seats[1].Holder.PID != os.Getpid() || info.Seats[0].Held {
			t.Fatalf("seats: %+v", info.Seats[:2])
		}
		if info.Kind != "counter" || info.Version != 3 || info.Creator.PID != os.Getpid() || info.Size != 10 {
			t.Fatalf("%+v", info)
		}
		known := 0
		for _, at := range info.Attachments {
			if at.PID != os.Getpid() {
				t.Fatalf("pid %d, want %d: %+v", at.PID, os.Getpid(), at)
			}
			if at.Known {
				known++
			}
		}
		if known != 2 {
			t.Fatalf("%d attachments left a description, want 2", known)
		}
	}
	_ = a.Close()
	if info := b.Info(); info.CreatorAttached || info.Attached != 3 {
		t.Fatalf("after the creator left: %+v", info)
	}
}

func TestTableOverflowIsCounted(t *testing.T) {
	o := dir(t)
	r := mustCreate(t, "x", 10, o)
	const n = slotCount + 10
	for range n - 1 {
		mustOpen(t, "x", o)
	}
	if info := r.Info(); info.Attached != n || info.Err != nil {
		t.Fatalf("%d attached, want %d: %v", info.Attached, n, info.Err)
	}
}
