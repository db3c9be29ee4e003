package memmapfs_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// What a handle may not do is left to the other steps: os.File names the system
// call that refused, and that is another one here.

// copyBytes copies n bytes of memory to both.
func (c *contest) copyBytes(i, n int) {
	c.t.Helper()
	if !c.pairs[i].writes {
		return
	}
	n = portableLength(n)
	c.note("%d: copy %d bytes of memory", i, n)
	b := c.fresh(n)
	k, err := io.Copy(c.pairs[i].mapped, bytes.NewReader(b))
	wantK, wantErr := io.Copy(c.pairs[i].twin, bytes.NewReader(b))
	c.same(i, "copying memory", k, wantK, err, wantErr)
}

// copyFile copies the end of another file of n bytes to both.
func (c *contest) copyFile(i, n int) {
	c.t.Helper()
	if !c.pairs[i].writes {
		return
	}
	n = portableLength(n)
	c.note("%d: copy a file of %d bytes", i, n)
	name := filepath.Join(c.native, "other")
	writeFile(c.t, name, c.fresh(n))
	from, wantFrom := c.opened(name), c.opened(name)
	defer from.Close()
	defer wantFrom.Close()
	for _, f := range []*os.File{from, wantFrom} {
		if _, err := f.Seek(int64(n/3), io.SeekStart); err != nil {
			c.t.Fatal(err)
		}
	}
	k, err := io.Copy(c.pairs[i].mapped, from)
	wantK, wantErr := io.Copy(c.pairs[i].twin, wantFrom)
	c.same(i, "copying a file", k, wantK, err, wantErr)
	pos, err := from.Seek(0, io.SeekCurrent)
	wantPos, wantErr := wantFrom.Seek(0, io.SeekCurrent)
	c.same(i, "position of the file copied from", pos, wantPos, err, wantErr)
}

// copyOut copies the rest of both to other files.
func (c *contest) copyOut(i int) {
	c.t.Helper()
	if !c.pairs[i].reads {
		return
	}
	c.note("%d: copy the rest to a file", i)
	name, wantName := filepath.Join(c.native, "out"), filepath.Join(c.native, "twin out")
	writeFile(c.t, name, []byte("before"))
	writeFile(c.t, wantName, []byte("before"))
	to, want := c.opened(name), c.opened(wantName)
	defer to.Close()
	defer want.Close()
	k, err := io.Copy(to, c.pairs[i].mapped)
	wantK, wantErr := io.Copy(want, c.pairs[i].twin)
	c.same(i, "copying to a file", k, wantK, err, wantErr)
	got, err := os.ReadFile(name)
	wanted, wantErr := os.ReadFile(wantName)
	if err != nil || wantErr != nil || !bytes.Equal(got, wanted) {
		c.differ("copying to a file: %d bytes are there, os.File's %d; %v, %v", len(got), len(wanted), err, wantErr)
	}
}

// copyAcross copies from one handle to another one of the same file, or from one
// to itself: without end where it would read what it writes.
func (c *contest) copyAcross(to, from, n int) {
	c.t.Helper()
	a, b := c.pairs[to], c.pairs[from]
	if a == nil || !a.writes || !b.reads {
		return
	}
	c.note("%d: copy from %d", to, from)
	var k, wantK int64
	var err, wantErr error
	if to == from {
		k, err = io.Copy(a.mapped, b.mapped)
		wantK, wantErr = io.Copy(a.twin, b.twin)
	} else {
		k, err = io.CopyN(a.mapped, b.mapped, int64(n))
		wantK, wantErr = io.CopyN(a.twin, b.twin, int64(n))
	}
	c.same(to, "copying across", k, wantK, err, wantErr)
}

func (c *contest) opened(name string) *os.File {
	c.t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		c.t.Fatal(err)
	}
	return f
}
