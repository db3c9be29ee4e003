package memmapfs_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/memmapfs"
)

// handles is how many handles a program has on its file at the same time.
const handles = 3

// A pair is one handle on the mapped file and one, opened in the same way, on
// its twin.
type pair struct {
	mapped absfs.File
	twin   *os.File
	reads  bool
	writes bool
}

// A contest runs the same operations on a mapped file and on its twin, an
// *os.File, and compares everything a caller can see after each.
type contest struct {
	t       testing.TB
	v       variant
	fs      *memmapfs.MemMapFS
	dir     string // as fs names it
	native  string
	pairs   [handles]*pair
	log     []string
	base    []byte
	pattern byte
}

func newContest(t testing.TB, v variant) *contest {
	c := &contest{t: t, v: v}
	c.fs, c.dir, c.native = v.onDisk(t)
	c.base = numbered(10_000)
	writeFile(t, c.file(), c.base)
	writeFile(t, c.twin(), c.base)
	return c
}

func (c *contest) file() string { return filepath.Join(c.native, "file") }
func (c *contest) twin() string { return filepath.Join(c.native, "twin") }

func (c *contest) note(format string, args ...any) {
	c.log = append(c.log, fmt.Sprintf(format, args...))
}

func (c *contest) differ(format string, args ...any) {
	c.t.Helper()
	from := max(0, len(c.log)-25)
	for i, line := range c.log[from:] {
		c.t.Logf("%4d %s", from+i, line)
	}
	c.t.Fatalf("%s: %s", c.v.name, fmt.Sprintf(format, args...))
}

// outcome describes an error by what a program may rely on.
func outcome(err error, name string) string {
	var pe *fs.PathError
	switch {
	case err == nil:
		return "ok"
	case err == io.EOF:
		return "EOF"
	case runtime.GOOS == "windows":
		// Numbers and names differ between osfs, which the plain handles are,
		// and os; that there is an error does not.
		return "an error"
	case errors.As(err, &pe):
		kind := pe.Err.Error()
		if errors.Is(err, fs.ErrClosed) {
			kind = "closed"
		}
		if pe.Path != name {
			kind += " of another file: " + pe.Path
		}
		return pe.Op + ": " + kind
	default:
		return "another error"
	}
}

// same compares what an operation of the pair at i returned.
func (c *contest) same(i int, what string, n, wantN int64, err, wantErr error) {
	c.t.Helper()
	p := c.pairs[i]
	got, want := outcome(err, p.mapped.Name()), outcome(wantErr, p.twin.Name())
	if n != wantN || got != want {
		c.differ("%s: got %d, %s (%v); os.File says %d, %s (%v)", what, n, got, err, wantN, want, wantErr)
	}
}

// settled compares lengths, positions and, now and then, contents of all pairs.
func (c *contest) settled(contents bool) {
	c.t.Helper()
	for i, p := range c.pairs {
		if p == nil {
			continue
		}
		info, err := p.mapped.Stat()
		wantInfo, wantErr := p.twin.Stat()
		if (err == nil) != (wantErr == nil) {
			c.differ("handle %d: Stat says %v, os.File %v", i, err, wantErr)
		}
		if err == nil && info.Size() != wantInfo.Size() {
			c.differ("handle %d: length %d, os.File's %d", i, info.Size(), wantInfo.Size())
		}
		pos, err := p.mapped.Seek(0, io.SeekCurrent)
		wantPos, wantErr := p.twin.Seek(0, io.SeekCurrent)
		c.same(i, fmt.Sprintf("position of handle %d", i), pos, wantPos, err, wantErr)
		if contents && err == nil {
			c.sameContents(i, wantInfo.Size())
		}
	}
	if contents {
		c.sameFiles()
	}
}

func (c *contest) sameContents(i int, size int64) {
	c.t.Helper()
	p := c.pairs[i]
	got, want := make([]byte, size+10), make([]byte, size+10)
	n, err := p.mapped.ReadAt(got, 0)
	wantN, wantErr := p.twin.ReadAt(want, 0)
	c.same(i, "reading everything", int64(n), int64(wantN), err, wantErr)
	if at := firstDifference(got[:n], want[:n]); at >= 0 {
		c.differ("handle %d: byte %d of %d is %#x, os.File's %#x", i, at, n, got[at], want[at])
	}
}

// sameFiles compares what another process would see: under copy-on-write what
// the file held in the beginning.
func (c *contest) sameFiles() {
	c.t.Helper()
	got, err := os.ReadFile(c.file())
	if err != nil {
		c.t.Fatal(err)
	}
	want := c.base
	if !c.v.private() {
		if want, err = os.ReadFile(c.twin()); err != nil {
			c.t.Fatal(err)
		}
	}
	if len(got) != len(want) {
		c.differ("another process sees %d bytes, want %d", len(got), len(want))
	}
	if at := firstDifference(got, want); at >= 0 {
		c.differ("another process sees %#x at %d of %d, want %#x", got[at], at, len(got), want[at])
	}
}

func firstDifference(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	for i := range a {
		if a[i] != b[i] {
			return i
		}
	}
	return len(a)
}
