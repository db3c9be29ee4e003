package lock

import (
	"runtime"
	"testing"

	"github.com/absfs/shmkit/internal/fdlock"
)

func TestConflictNamesTheHolder(t *testing.T) {
	if !fdlock.OwnedByFile {
		t.Skip("platform: byte ranges belong to the process on " + runtime.GOOS)
	}
	path := newFile(t)
	r := NewRange(openRW(t, path), 0, 0)
	if h, found, err := r.Conflict(); found || err != nil {
		t.Fatalf("Conflict = %+v, %v, %v on a free file", h, found, err)
	}
	c := spawn(t, "hold", path, "Range")
	c.hears(t, "held")
	if _, found, err := r.Conflict(); !found || err != nil {
		t.Fatalf("Conflict = %v, %v", found, err)
	}
	if runtime.GOOS == "windows" {
		return
	}
	// The identity of the child's owner is a lock on the file too, far beyond it.
	r = NewRange(r.bytes.file, 0, 1<<20)
	h, found, err := r.Conflict()
	if !found || err != nil {
		t.Fatalf("Conflict = %v, %v", found, err)
	}
	want := Holder{Exclusive: true, Off: theRange, Len: 8}
	if runtime.GOOS == "linux" {
		want.PID = c.Process.Pid
	}
	if h != want {
		t.Fatalf("Conflict = %+v, want %+v", h, want)
	}
}
