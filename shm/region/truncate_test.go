//go:build unix

package region

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/sigbus"
)

// TestTruncatedRegionIsAnErrorNotACrash cuts the file off under an attachment.
func TestTruncatedRegionIsAnErrorNotACrash(t *testing.T) {
	skipEmulated(t)
	o := &Options{Dir: memoryDir(t)}
	r := mustCreate(t, "x", 1<<20, o)
	if err := os.Truncate(filepath.Join(o.Dir, "x"), 0); err != nil {
		t.Fatal(err)
	}
	wantErr(t, r.TakeSeat(0), sigbus.ErrFault)
	if held, err := r.SeatHeld(0); held || err != nil {
		t.Fatalf("the seat that could not be taken is held: %v, %v", held, err)
	}
	wantErr(t, r.SaveTo(filepath.Join(t.TempDir(), "saved")), sigbus.ErrFault)
	if info := r.Info(); info.Err == nil {
		t.Fatal("Info says nothing")
	}
	wantErr(t, sigbus.Guard(func() { r.Bytes()[0] = 1 }), sigbus.ErrFault)
	_, err := Open("x", o)
	wantErr(t, err, ErrTooShort)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}
