package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// newFS returns a file system over osfs, and a directory for a test's files.
func newFS(t testing.TB, config *Config) (*MemMapFS, string) {
	t.Helper()
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	m := New(base, config)
	t.Cleanup(func() { m.Close() })
	return m, osfs.FromNative(t.TempDir())
}

// mappedFile opens a file with the given content and requires that it is mapped.
func mappedFile(t testing.TB, config *Config, flag int, content []byte) *MappedFile {
	t.Helper()
	m, dir := newFS(t, config)
	name := filepath.Join(osfs.ToNative(dir), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := m.OpenFile(dir+"/file", flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	f, ok := file.(*MappedFile)
	if !ok {
		t.Fatalf("opened as %T", file)
	}
	if why := f.Stats().Why; why != "" {
		t.Fatalf("not mapped: %s", why)
	}
	return f
}

// pattern makes bytes that tell windows of 64 KiB from each other, too.
func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>16*31 + i>>8 + i*7)
	}
	return b
}

func TestReadsSeeTheFile(t *testing.T) {
	want := pattern(300_000)
	f := mappedFile(t, nil, os.O_RDONLY, want)
	got, err := io.ReadAll(f)
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("read %d bytes, %v", len(got), err)
	}
	p := make([]byte, 10)
	if n, err := f.ReadAt(p, 299_995); n != 5 || err != io.EOF {
		t.Fatalf("across the end: %d, %v", n, err)
	}
	if n, err := f.ReadAt(p, 1<<62); n != 0 || err != io.EOF {
		t.Fatalf("far behind the end: %d, %v", n, err)
	}
	if !bytes.Equal(f.Data(), want) {
		t.Fatal("Data differs")
	}
}

func TestWritesReachTheFileAndGrowIt(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, []byte("0123456789"))
	view, err := f.View(2, 4)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("ab"), 3); err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("tail"), 100_000); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(osfs.ToNative(f.Name()))
	if err != nil || info.Size() != 100_004 {
		t.Fatalf("size on disk %v, %v", info.Size(), err)
	}
	if string(view.Bytes()) != "2ab5" {
		t.Fatalf("view shows %q", view.Bytes())
	}
	if string(f.Data()[100_000:]) != "tail" {
		t.Fatal("Data does not show the growth")
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if string(view.Bytes()) != "2ab5" {
		t.Fatal("Close ended a view")
	}
	view.Release()
	view.Release()
	content, err := os.ReadFile(osfs.ToNative(f.Name()))
	if err != nil || len(content) != 100_004 || string(content[:10]) != "012ab56789" {
		t.Fatalf("file holds %q..., %v", content[:10], err)
	}
}

func TestExternalTruncationIsAnErrorAndTheHandleGoesOn(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, pattern(1<<20))
	p := make([]byte, 64)
	if _, err := f.ReadAt(p, 900_000); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(osfs.ToNative(f.Name()), 5); err != nil {
		if !mmap.Coherent {
			t.Skip("platform: a mapped file cannot be truncated by others")
		}
		t.Fatal(err)
	}
	if _, err := f.ReadAt(p, 900_000); !errors.Is(err, sigbus.ErrFault) && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("read behind the new end: %v", err)
	}
	if n, err := f.ReadAt(p, 0); n != 5 || err != io.EOF {
		t.Fatalf("afterwards: %d, %v", n, err)
	}
	if f.Stats().Faults != 1 {
		t.Fatalf("stats count %d faults", f.Stats().Faults)
	}
}

func TestRefreshTellsViewsWhatIsLeft(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: a mapped file cannot be truncated by others")
	}
	for _, config := range []*Config{nil, {MapFullFile: false, WindowSize: 64 << 10}} {
		f := mappedFile(t, config, os.O_RDONLY, pattern(1<<20))
		whole, err := f.View(0, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		begin, err := f.View(0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(whole.Valid(), begin.Valid()); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(osfs.ToNative(f.Name()), 500); err != nil {
			t.Fatal(err)
		}
		if err := f.Refresh(); err != nil {
			t.Fatal(err)
		}
		if err := whole.Valid(); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "500 of 1048576") {
			t.Errorf("a view that was cut: %v", err)
		}
		if err := begin.Valid(); err != nil {
			t.Errorf("a view that was not cut: %v", err)
		}
		whole.Release()
		begin.Release()
		if err := begin.Valid(); !errors.Is(err, fs.ErrClosed) {
			t.Errorf("after Release: %v", err)
		}
	}
}

func TestExternalGrowthIsSeenAtTheEnd(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDONLY, []byte("one"))
	if got, _ := io.ReadAll(f); string(got) != "one" {
		t.Fatalf("read %q", got)
	}
	g, err := os.OpenFile(osfs.ToNative(f.Name()), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	g.WriteString("two")
	g.Close()
	if got, _ := io.ReadAll(f); string(got) != "two" {
		t.Fatalf("read %q after growth", got)
	}
}

func TestUseAfterCloseIsErrClosed(t *testing.T) {
	f := mappedFile(t, nil, os.O_RDWR, []byte("content"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 3)
	for name, op := range map[string]func() error{
		"ReadAt":   func() error { _, err := f.ReadAt(p, 0); return err },
		"Read":     func() error { _, err := f.Read(p); return err },
		"WriteAt":  func() error { _, err := f.WriteAt(p, 0); return err },
		"Write":    func() error { _, err := f.Write(p); return err },
		"Seek":     func() error { _, err := f.Seek(0, io.SeekStart); return err },
		"Truncate": func() error { return f.Truncate(0) },
		"Sync":     f.Sync,
		"Stat":     func() error { _, err := f.Stat(); return err },
		"View":     func() error { _, err := f.View(0, 1); return err },
		"Close":    f.Close,
	} {
		var pe *fs.PathError
		if err := op(); !errors.Is(err, fs.ErrClosed) || !errors.As(err, &pe) {
			t.Errorf("%s after Close: %v", name, err)
		}
	}
	if f.Data() != nil {
		t.Error("Data after Close")
	}
}

func TestMapLeavesTheFileToItsOwner(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f, err := Map(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	copy(f.Data(), "CON")
	if err := f.SyncRange(0, 3); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 7)
	if _, err := file.ReadAt(got, 0); err != nil || string(got) != "CONtent" {
		t.Fatalf("read %q, %v", got, err)
	}
}
