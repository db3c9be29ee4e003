package mmap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func tempFile(t *testing.T, content []byte) *os.File {
	t.Helper()
	if !Supported {
		t.Skip("platform: no file mappings here")
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestMapShowsTheFileAndWritesReachIt(t *testing.T) {
	f := tempFile(t, bytes.Repeat([]byte("a"), 3*PageSize()))
	b, err := Map(f, 0, 3*PageSize(), Read|Write, 0)
	if err != nil {
		t.Fatal(err)
	}
	b[PageSize()] = 'b'
	if err := Sync(b[PageSize():2*PageSize()], f, int64(PageSize())); err != nil {
		t.Fatal(err)
	}
	if err := Unmap(b); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := f.ReadAt(one, int64(PageSize())); err != nil || one[0] != 'b' {
		t.Fatalf("read %q, %v", one, err)
	}
}

func TestPrivateWritesStayAway(t *testing.T) {
	f := tempFile(t, bytes.Repeat([]byte("a"), PageSize()))
	b, err := Map(f, 0, PageSize(), Read|Write, Private)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(b)
	b[0] = 'b'
	one := make([]byte, 1)
	if _, err := f.ReadAt(one, 0); err != nil || one[0] != 'a' {
		t.Fatalf("read %q, %v", one, err)
	}
}

func TestMirrorShowsTheSameBytesTwice(t *testing.T) {
	n := Granularity()
	f := tempFile(t, make([]byte, 2*n))
	b, unmap, err := MapMirror(f, int64(n), n, true)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: no mirrored mappings")
	}
	if err != nil {
		t.Fatal(err)
	}
	copy(b[n-2:], "wrap")
	if string(b[:2]) != "ap" || string(b[2*n-2:]) != "wr" {
		t.Fatalf("halves differ: %q %q", b[:2], b[2*n-2:])
	}
	if err := unmap(); err != nil {
		t.Fatal(err)
	}
}

func TestAllocateGrowsAndKeepsContent(t *testing.T) {
	f := tempFile(t, []byte("content"))
	if err := Allocate(f, 0, 1<<20); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil || info.Size() != 1<<20 {
		t.Fatalf("size %d, %v", info.Size(), err)
	}
	got := make([]byte, 8)
	if _, err := f.ReadAt(got, 0); err != nil || string(got) != "content\x00" {
		t.Fatalf("content %q, %v", got, err)
	}
}

func TestPopulatingAFileHasItInMemoryAndKeepsContent(t *testing.T) {
	f := tempFile(t, []byte("content"))
	const n = 5 << 20
	if err := Allocate(f, 7, n-7); err != nil {
		t.Fatal(err)
	}
	if err := PopulateFile(f, 0, n); errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: nothing populates here")
	} else if err != nil {
		t.Fatal(err)
	}
	b, err := Map(f, 0, n, Read, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer Unmap(b)
	if in, err := Resident(b); err != nil || in != n {
		t.Errorf("%d of %d bytes in memory, %v", in, n, err)
	}
	if string(b[:7]) != "content" || len(bytes.Trim(b[7:], "\x00")) != 0 {
		t.Error("the content changed")
	}
}

func TestZerosAreWrittenWhereTheFileSystemCannotAllocate(t *testing.T) {
	f := tempFile(t, []byte("content"))
	if err := writeZeros(f, 0, 1<<18, 7); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 1<<18)
	if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got[:7], []byte("content")) || !bytes.Equal(got[7:], make([]byte, 1<<18-7)) {
		t.Fatalf("content lost: %q, %v", got[:16], err)
	}
}

func TestHookRefusesAndRecords(t *testing.T) {
	f := tempFile(t, make([]byte, PageSize()))
	refused := errors.New("refused")
	var seen []Op
	restore := SetHook(func(c Call) error {
		seen = append(seen, c.Op)
		if c.Op == OpMap {
			return refused
		}
		return nil
	})
	defer restore()
	if _, err := Map(f, 0, PageSize(), Read, 0); !errors.Is(err, refused) {
		t.Fatalf("got %v", err)
	}
	if err := SyncFile(f); err != nil || len(seen) != 2 || seen[1] != OpSyncFile {
		t.Fatalf("saw %v, %v", seen, err)
	}
}

func TestRangesAreCheckedBeforeTheSystemIsAsked(t *testing.T) {
	f := tempFile(t, make([]byte, PageSize()))
	for _, c := range []struct {
		off int64
		n   int
	}{{0, 0}, {0, -1}, {-1, 1}, {1, 1}, {1<<63 - 1, 1}, {int64(1<<63-1) &^ 0xffff, maxInt}} {
		if b, err := Map(f, c.off, c.n, Read, 0); err == nil {
			Unmap(b)
			t.Errorf("Map(%d, %d) succeeded", c.off, c.n)
		}
	}
}

func TestCommittedMemoryKeepsItsContent(t *testing.T) {
	b, err := Reserve(1 << 20)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("platform: nothing can be reserved here")
	}
	if err != nil {
		t.Fatal(err)
	}
	part := b[1<<16 : 1<<17]
	err = Commit(part)
	if Coherent == (err == nil) {
		t.Fatal(err)
	}
	if err == nil {
		part[0] = 'x'
		if err := Commit(b); err != nil || part[0] != 'x' || b[0] != 0 {
			t.Fatal(err, part[0], b[0])
		}
	}
	if err := Unmap(b); err != nil {
		t.Fatal(err)
	}
}
