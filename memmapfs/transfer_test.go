package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// within fails the test when do takes so long that it waits for somebody.
func within(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		do()
	}()
	select {
	case <-done:
	case <-time.After(30 * time.Second):
		t.Fatalf("%s hangs", what)
	}
}

// copying is what a copy returned.
type copying struct {
	n   int64
	err error
}

func copyLater(w io.Writer, r io.Reader) <-chan copying {
	c := make(chan copying, 1)
	go func() {
		n, err := io.Copy(w, r)
		c <- copying{n, err}
	}()
	return c
}

var transferConfigs = map[string]struct {
	config Config
	flag   int
}{
	"whole":          {Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, 0},
	"immediate":      {Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, 0},
	"windows":        {Config{Mode: ModeReadWrite, SyncMode: SyncLazy, WindowSize: 1 << 16, MaxWindows: 2}, 0},
	"copy-on-write":  {Config{Mode: ModeCopyOnWrite, SyncMode: SyncLazy}, 0},
	"ahead":          {Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20}, 0},
	"append":         {Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, os.O_APPEND},
	"plain":          {Config{Mode: ModeReadOnly, SyncMode: SyncLazy}, 0},
	"plain, flushed": {Config{Mode: ModeReadOnly, SyncMode: SyncImmediate}, 0},
}

// transferFile opens a new file that holds content. The test closes it, and no
// cleanup does: that would hang with whatever hangs.
func transferFile(t *testing.T, config *Config, flag int, content []byte) *MappedFile {
	t.Helper()
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := New(base, config).OpenFile(osfs.FromNative(name), flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file.(*MappedFile)
}

// closing closes f, which the test may have done before.
func closing(t *testing.T, f *MappedFile) {
	t.Helper()
	within(t, "Close", func() {
		if err := f.Close(); err != nil && !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
}

// eachTransfer runs a test for handles that hold content, of every kind.
func eachTransfer(t *testing.T, content []byte, test func(t *testing.T, f *MappedFile)) {
	for name, c := range transferConfigs {
		done := t.Run(name, func(t *testing.T) {
			f := transferFile(t, &c.config, os.O_RDWR|c.flag, content)
			test(t, f)
			closing(t, f)
		})
		if !done {
			return
		}
	}
	t.Run("Map", func(t *testing.T) {
		file, err := os.OpenFile(filepath.Join(t.TempDir(), "file"), os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		if _, err := file.Write(content); err != nil {
			t.Fatal(err)
		}
		f, err := Map(file, nil)
		if err != nil {
			t.Fatal(err)
		}
		test(t, f)
		closing(t, f)
	})
}

func TestACopyOfAFileToItselfEndsWhereOsFileEnds(t *testing.T) {
	for _, size := range []int{0, 100, 10_000, 100_000} {
		eachTransfer(t, pattern(size), func(t *testing.T, f *MappedFile) {
			flag := os.O_RDWR
			if f.access.append {
				flag |= os.O_APPEND
			}
			name := filepath.Join(t.TempDir(), "twin")
			if err := os.WriteFile(name, pattern(size), 0o600); err != nil {
				t.Fatal(err)
			}
			twin, err := os.OpenFile(name, flag, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer twin.Close()
			var got, want copying
			for _, from := range []int64{int64(size / 3), 0} {
				_, _ = f.Seek(from, io.SeekStart)
				_, _ = twin.Seek(from, io.SeekStart)
				within(t, "the copy", func() { got.n, got.err = io.Copy(f, f) })
				want.n, want.err = io.Copy(twin, twin)
				if got != want {
					t.Errorf("copied %+v, os.File %+v", got, want)
				}
				pos, _ := f.Seek(0, io.SeekCurrent)
				wantPos, _ := twin.Seek(0, io.SeekCurrent)
				if pos != wantPos {
					t.Errorf("position %d, os.File's %d", pos, wantPos)
				}
			}
			info, err := twin.Stat()
			if err != nil {
				t.Fatal(err)
			}
			b, wantB := make([]byte, info.Size()+1), make([]byte, info.Size()+1)
			n, _ := f.ReadAt(b, 0)
			wantN, _ := twin.ReadAt(wantB, 0)
			if !bytes.Equal(b[:n], wantB[:wantN]) {
				t.Errorf("%d bytes are there, os.File's %d are others", n, wantN)
			}
		})
	}
}

// A meeting begins to take bytes when the one at the other end does, too.
type meeting struct {
	io.Writer
	f    *MappedFile
	here *sync.WaitGroup
}

func (m meeting) ReadFrom(r io.Reader) (int64, error) {
	m.here.Done()
	m.here.Wait()
	return m.f.ReadFrom(r)
}

func TestCopiesInOppositeDirectionsEnd(t *testing.T) {
	cfg := &Config{Mode: ModeReadWrite, SyncMode: SyncNever}
	const size = 1 << 20
	a, b := transferFile(t, cfg, os.O_RDWR, pattern(size)), transferFile(t, cfg, os.O_RDWR, pattern(size))
	for i := range 20 {
		for _, f := range []*MappedFile{a, b} {
			if err := f.Truncate(size); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Seek(0, io.SeekStart); err != nil {
				t.Fatal(err)
			}
		}
		var toA, toB io.Writer = a, b
		if i%2 == 0 {
			var here sync.WaitGroup
			here.Add(2)
			toA, toB = meeting{a, a, &here}, meeting{b, b, &here}
		}
		one, other := copyLater(toA, b), copyLater(toB, a)
		within(t, "one of the copies", func() {
			for _, c := range []<-chan copying{one, other} {
				if got := <-c; got.err != nil {
					t.Errorf("copied %d, %v", got.n, got.err)
				}
			}
		})
	}
	closing(t, a)
	closing(t, b)
}

func TestACopyInStepsLosesNothing(t *testing.T) {
	size := 2*transferStep + 12_345
	want := pattern(size)
	name := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(name, want, 0o600); err != nil {
		t.Fatal(err)
	}
	eachTransfer(t, pattern(100), func(t *testing.T, f *MappedFile) {
		from, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		if _, err := f.Seek(0, io.SeekEnd); err != nil {
			t.Fatal(err)
		}
		for _, n := range []int64{transferStep + 1, int64(size) - transferStep - 1} {
			if k, err := io.CopyN(f, from, n); k != n || err != nil {
				t.Fatalf("copied %d of %d, %v", k, n, err)
			}
		}
		if k, err := io.Copy(f, from); k != 0 || err != nil {
			t.Fatalf("copied %d from the end, %v", k, err)
		}
		if pos, err := f.Seek(0, io.SeekCurrent); pos != int64(size)+100 || err != nil || sizeOf(t, f) != pos {
			t.Fatalf("position %d, size %d, %v", pos, sizeOf(t, f), err)
		}
		if _, err := f.Seek(100, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		if k, err := io.Copy(out, f); k != int64(size) || err != nil {
			t.Fatalf("copied %d of %d back, %v", k, size, err)
		}
		if got, err := os.ReadFile(out.Name()); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("other bytes came back, %v", err)
		}
		if pos, err := f.Seek(0, io.SeekCurrent); pos != int64(size)+100 || err != nil {
			t.Fatalf("position %d, %v", pos, err)
		}
	})
}

func TestWhatTheKernelCopiedIsFlushedAtOnceUnderSyncImmediate(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, os.O_RDWR, nil)
	from := mappedFile(t, nil, os.O_RDONLY, pattern(100_000))
	r := record(t)
	if n, err := io.Copy(f, from); n != 100_000 || err != nil {
		t.Fatal(n, err)
	}
	if len(r.take(mmap.OpSync, mmap.OpSyncFile)) == 0 {
		t.Error("nothing was flushed")
	}
	if err := f.Close(); err != nil || len(r.take(mmap.OpSync)) != 0 {
		t.Errorf("something was left for Close, %v", err)
	}
}

func sizeOf(t *testing.T, f *MappedFile) int64 {
	t.Helper()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}
