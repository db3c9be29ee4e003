package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// twice opens a file of 4 MiB for which one way of large reads is known to be faster,
// and reads it two times.
func twice(t *testing.T, cfg *Config, mapped, plain int64) (f *MappedFile, content []byte) {
	t.Helper()
	m, p := largeWays.mapped.ns.Load(), largeWays.plain.ns.Load()
	t.Cleanup(func() { largeWays.mapped.ns.Store(m); largeWays.plain.ns.Store(p) })
	largeWays.mapped.ns.Store(mapped)
	largeWays.plain.ns.Store(plain)
	content = pattern(4 << 20)
	f = mappedFile(t, cfg, os.O_RDWR, content)
	for range 2 {
		readAll(t, f, content)
	}
	return f, content
}

// readAll reads f in pieces of a mebibyte.
func readAll(t *testing.T, f *MappedFile, want []byte) {
	t.Helper()
	p := make([]byte, 1<<20)
	for off := 0; off+len(p) <= len(want); off += len(p) {
		if n, err := f.ReadAt(p, int64(off)); n != len(p) || err != nil || !bytes.Equal(p, want[off:off+len(p)]) {
			t.Fatalf("at %d: %d bytes, %v, as written: %v", off, n, err, bytes.Equal(p, want[off:off+len(p)]))
		}
	}
}

// populates skips the test where large reads have one way only.
func populates(t *testing.T, f *MappedFile) {
	t.Helper()
	m := f.rd.Load()
	if m == nil || mmap.Populate(m.data[:1], false) != nil {
		t.Skip("platform: nothing is entered in the page tables ahead")
	}
}

const (
	fast = 1
	slow = 1 << 40
)

func TestLargeReadsGoTheFasterWay(t *testing.T) {
	for _, tt := range []struct {
		name          string
		mapped, plain int64
		want          int64 // reads through the descriptor, of four
	}{
		{"map", fast, slow, 0},
		{"descriptor", slow, fast, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, content := twice(t, &Config{Mode: ModeReadWrite}, fast, slow)
			populates(t, f)
			largeWays.mapped.ns.Store(tt.mapped)
			largeWays.plain.ns.Store(tt.plain)
			largeWays.reads.Store(0)
			before := f.Stats().PlainReads
			readAll(t, f, content)
			if n := f.Stats().PlainReads - before; n != tt.want {
				t.Errorf("%d reads through the descriptor, want %d", n, tt.want)
			}
		})
	}
}

// Who reads a file once pays for no page table, and the third pass needs no more of it.
func TestLargeReadsEnterPagesTheSecondTime(t *testing.T) {
	r := record(t)
	f, content := twice(t, &Config{Mode: ModeReadWrite}, fast, slow)
	populates(t, f)
	r.take()
	other := mappedFile(t, &Config{Mode: ModeReadWrite}, os.O_RDWR, content)
	for pass, want := range []int{0, 4, 0} {
		readAll(t, other, content)
		if n := len(r.take(mmap.OpPopulate)); n != want {
			t.Errorf("pass %d: %d calls to populate, want %d", pass, n, want)
		}
	}
	largeWays.mapped.ns.Store(slow)
	largeWays.plain.ns.Store(fast)
	third := mappedFile(t, &Config{Mode: ModeReadWrite}, os.O_RDWR, content)
	for range 3 {
		readAll(t, third, content)
	}
	if n := len(r.take(mmap.OpPopulate)); n != 0 {
		t.Errorf("%d calls to populate for maps that are slower", n)
	}
}

// A page that has been reclaimed is waited for in a system call.
func TestLargeReadsFaultNothingIn(t *testing.T) {
	f, content := twice(t, &Config{Mode: ModeReadWrite}, fast, slow)
	populates(t, f)
	record(t).failing(mmap.OpResident, sysx.EIO) // nobody knows what is there
	before := f.Stats().PlainReads
	readAll(t, f, content)
	if n := f.Stats().PlainReads - before; n != 4 {
		t.Errorf("%d reads through the descriptor, want 4", n)
	}
}

func TestLargeReadsSpendNoWindow(t *testing.T) {
	f, content := twice(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 20, MaxWindows: 8}, fast, slow)
	before := f.Stats()
	readAll(t, f, content)
	if s := f.Stats(); s.PlainReads-before.PlainReads != 4 || s.Slides != before.Slides || s.Populates != 0 {
		t.Errorf("%+v after %+v", s.Counters, before.Counters)
	}
}

func TestLargeReadsThroughTheMapAreExact(t *testing.T) {
	f, content := twice(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, fast, slow)
	populates(t, f)
	rng := rand.New(rand.NewPCG(8, 8))
	for range 60 {
		n := largeRead + rng.IntN(3<<20-largeRead)
		off := rng.IntN(len(content) - n)
		p := bytes.Repeat([]byte{0xee}, n+32)
		if got, err := f.ReadAt(p[16:16+n], int64(off)); got != n || err != nil || !bytes.Equal(p[16:16+n], content[off:off+n]) {
			t.Fatalf("%d bytes at %d: %d, %v", n, off, got, err)
		}
		if len(bytes.Trim(p[:16], "\xee"))+len(bytes.Trim(p[16+n:], "\xee")) != 0 {
			t.Fatalf("%d bytes at %d: written beside", n, off)
		}
	}
	p := make([]byte, 2<<20)
	if n, err := f.ReadAt(p, 3<<20); n != 1<<20 || err != io.EOF || !bytes.Equal(p[:n], content[3<<20:]) {
		t.Errorf("across the end: %d, %v", n, err)
	}
}

// The file gets shorter and longer while it is read: bytes, zeros or an error.
func TestLargeReadsOfAFileThatIsTruncated(t *testing.T) {
	f, _ := twice(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, fast, slow)
	populates(t, f)
	name := osfs.ToNative(f.Name())
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for range 100 {
			if err := errors.Join(os.Truncate(name, 100), os.Truncate(name, 4<<20)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	p := make([]byte, 2<<20)
	for stop := false; !stop; {
		select {
		case <-done:
			stop = true
		default:
		}
		if _, err := f.ReadAt(p, 1<<20); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
	}
	wg.Wait()
}
