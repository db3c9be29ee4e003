package faults

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	"golang.org/x/sys/unix"
)

func rewrap(t *testing.T, config *memmapfs.Config) *memmapfs.MemMapFS {
	t.Helper()
	base, err := osfs.NewFS()
	must(t, err)
	return memmapfs.New(base, config)
}

// checkError accepts success, and errors that name the file and wrap the
// system call's.
func checkError(t *testing.T, what string, err error, name string) {
	t.Helper()
	if err == nil {
		return
	}
	var pe *fs.PathError
	var errno unix.Errno
	switch {
	case errors.Is(err, errLied):
		t.Errorf("%s: %v", what, err)
	case !errors.As(err, &pe) || pe.Path != osfs.FromNative(name):
		t.Errorf("%s: the error does not name the file: %v", what, err)
	case !errors.As(err, &errno):
		t.Errorf("%s: the error hides its reason: %v", what, err)
	}
}

func sameContent(t *testing.T, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("%s holds %d bytes, want %d others", name, len(got), len(want))
	}
}

// oldOrNew checks that a deed that failed left nothing in the file but what was
// there before, what it was to write, and the zeros of room it had made.
func oldOrNew(t *testing.T, what, name string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(name)
	must(t, err)
	old := numbered(sweepSize)
	if len(got) > max(len(old), len(want)) {
		t.Errorf("%s: %d bytes in the file, %d before, %d wanted", what, len(got), len(old), len(want))
	}
	for i, b := range got {
		before, wanted := i < len(old), i < len(want)
		if before && b == old[i] || wanted && b == want[i] || !before && b == 0 {
			continue
		}
		t.Errorf("%s: %#x at %d, which nobody wrote", what, b, i)
		return
	}
}
