package memmapfs_test

import (
	"io"
	"os"
	"strings"

	"github.com/absfs/shmkit/memmapfs"
)

// step does one operation of the program.
func (c *contest) step(p *program) {
	c.t.Helper()
	op, i := p.byte(), int(p.byte())%handles
	if c.pairs[i] == nil {
		c.open(i, p)
		return
	}
	switch op % 24 {
	case 0:
		c.open((i+1)%handles, p)
	case 1, 2, 3:
		c.read(i, p.length())
	case 4, 5, 6:
		c.readAt(i, p.offset(), p.length())
	case 7, 8, 9:
		c.write(i, p.length())
	case 10, 11, 12:
		c.writeAt(i, p.near(), p.length())
	case 13, 14:
		c.seek(i, p.offset(), p.whence())
	case 15:
		c.truncate(i, p.near())
	case 16:
		c.sync(i)
	case 17:
		if op < 100 {
			c.close(i)
		}
	case 18:
		c.copyWhole(i)
	case 19:
		c.writeString(i, p.length())
	case 20:
		c.copyBytes(i, p.length())
	case 21:
		c.copyFile(i, p.length())
	case 22:
		c.copyOut(i)
	case 23:
		c.copyAcross((i+int(p.byte()))%handles, i, p.length())
	}
}

var openFlags = []int{
	os.O_RDONLY, os.O_RDWR, os.O_RDWR, os.O_RDWR, os.O_WRONLY,
	os.O_RDWR | os.O_APPEND, os.O_WRONLY | os.O_APPEND, os.O_RDONLY | os.O_APPEND,
	os.O_RDWR | os.O_TRUNC, os.O_WRONLY | os.O_TRUNC,
	os.O_RDWR | os.O_CREATE, os.O_RDWR | os.O_CREATE | os.O_EXCL,
	os.O_RDWR | os.O_SYNC, os.O_RDWR | os.O_APPEND | os.O_TRUNC | os.O_CREATE,
}

func (c *contest) open(i int, p *program) {
	c.t.Helper()
	if c.pairs[i] != nil {
		c.close(i)
	}
	flag := portableFlags(openFlags[int(p.byte())%len(openFlags)])
	c.note("%d: open %#x", i, flag)
	mapped, err := c.fs.OpenFile(c.dir+"/file", flag, 0o644)
	twin, wantErr := os.OpenFile(c.twin(), flag, 0o644)
	if (err == nil) != (wantErr == nil) {
		c.differ("open: %v, os.File says %v", err, wantErr)
	}
	if err != nil {
		return
	}
	c.pairs[i] = &pair{mapped, twin, flag&os.O_WRONLY == 0, flag&(os.O_WRONLY|os.O_RDWR) != 0}
	if flag&os.O_TRUNC != 0 {
		c.refresh()
	}
}

// refresh tells every handle that the file may have been made shorter, which
// they only find out by themselves when they fail.
func (c *contest) refresh() {
	c.t.Helper()
	for i, p := range c.pairs {
		if p == nil {
			continue
		}
		if err := p.mapped.(*memmapfs.MappedFile).Refresh(); err != nil {
			c.differ("%d: refresh: %v", i, err)
		}
	}
}

func (c *contest) close(i int) {
	c.t.Helper()
	c.note("%d: close", i)
	p := c.pairs[i]
	c.same(i, "close", 0, 0, p.mapped.Close(), p.twin.Close())
	// A closed handle answers everything in the same way.
	b := make([]byte, 3)
	n, err := p.mapped.Read(b)
	wantN, wantErr := p.twin.Read(b)
	c.same(i, "read after close", int64(n), int64(wantN), err, wantErr)
	n, err = p.mapped.Write(b)
	wantN, wantErr = p.twin.Write(b)
	c.same(i, "write after close", int64(n), int64(wantN), err, wantErr)
	c.same(i, "sync after close", 0, 0, p.mapped.Sync(), p.twin.Sync())
	c.same(i, "second close", 0, 0, p.mapped.Close(), p.twin.Close())
	c.pairs[i] = nil
}

func (c *contest) read(i, n int) {
	c.t.Helper()
	n = portableLength(n)
	c.note("%d: read %d", i, n)
	got, want := make([]byte, n), make([]byte, n)
	k, err := c.pairs[i].mapped.Read(got)
	wantK, wantErr := c.pairs[i].twin.Read(want)
	c.same(i, "read", int64(k), int64(wantK), err, wantErr)
	if at := firstDifference(got[:k], want[:k]); at >= 0 {
		c.differ("read: byte %d is %#x, os.File's %#x", at, got[at], want[at])
	}
}

func (c *contest) readAt(i int, off int64, n int) {
	c.t.Helper()
	c.note("%d: readat %d at %d", i, n, off)
	got, want := make([]byte, n), make([]byte, n)
	k, err := c.pairs[i].mapped.ReadAt(got, off)
	wantK, wantErr := c.pairs[i].twin.ReadAt(want, off)
	c.same(i, "readat", int64(k), int64(wantK), err, wantErr)
	if at := firstDifference(got[:k], want[:k]); at >= 0 {
		c.differ("readat: byte %d is %#x, os.File's %#x", at, got[at], want[at])
	}
}

// fresh returns n bytes unlike those written before.
func (c *contest) fresh(n int) []byte {
	c.pattern += 37
	b := make([]byte, n)
	for i := range b {
		b[i] = c.pattern ^ byte(i) ^ byte(i>>8)
	}
	return b
}

func (c *contest) write(i, n int) {
	c.t.Helper()
	n = portableLength(n)
	c.note("%d: write %d", i, n)
	b := c.fresh(n)
	k, err := c.pairs[i].mapped.Write(b)
	wantK, wantErr := c.pairs[i].twin.Write(b)
	c.same(i, "write", int64(k), int64(wantK), err, wantErr)
}

func (c *contest) writeString(i, n int) {
	c.t.Helper()
	n = portableLength(n)
	c.note("%d: writestring %d", i, n)
	s := string(c.fresh(n))
	k, err := c.pairs[i].mapped.WriteString(s)
	wantK, wantErr := c.pairs[i].twin.WriteString(s)
	c.same(i, "writestring", int64(k), int64(wantK), err, wantErr)
}

func (c *contest) writeAt(i int, off int64, n int) {
	c.t.Helper()
	c.note("%d: writeat %d at %d", i, n, off)
	b := c.fresh(n)
	k, err := c.pairs[i].mapped.WriteAt(b, off)
	wantK, wantErr := c.pairs[i].twin.WriteAt(b, off)
	c.same(i, "writeat", int64(k), int64(wantK), err, wantErr)
}

func (c *contest) seek(i int, off int64, whence int) {
	c.t.Helper()
	c.note("%d: seek %d from %d", i, off, whence)
	k, err := c.pairs[i].mapped.Seek(off, whence)
	wantK, wantErr := c.pairs[i].twin.Seek(off, whence)
	c.same(i, "seek", k, wantK, err, wantErr)
	if k > 1<<20 { // nobody writes a file that long
		c.seek(i, 0, io.SeekStart)
	}
}

func (c *contest) truncate(i int, size int64) {
	c.t.Helper()
	c.note("%d: truncate %d", i, size)
	err, wantErr := c.pairs[i].mapped.Truncate(size), c.pairs[i].twin.Truncate(size)
	c.same(i, "truncate", 0, 0, err, wantErr)
	c.refresh()
}

func (c *contest) sync(i int) {
	c.t.Helper()
	if quirky && !c.pairs[i].writes {
		return // os.File cannot sync what it only reads
	}
	c.note("%d: sync", i)
	c.same(i, "sync", 0, 0, c.pairs[i].mapped.Sync(), c.pairs[i].twin.Sync())
}

// copyWhole reads the rest of both with io.Copy, which uses WriterTo where it is.
func (c *contest) copyWhole(i int) {
	c.t.Helper()
	c.note("%d: copy the rest", i)
	var got, want strings.Builder
	n, err := io.Copy(&got, c.pairs[i].mapped)
	wantN, wantErr := io.Copy(&want, c.pairs[i].twin)
	c.same(i, "copying the rest", n, wantN, err, wantErr)
	if got.String() != want.String() {
		c.differ("copying the rest: bytes differ")
	}
}

var _ io.StringWriter = (*memmapfs.MappedFile)(nil)
