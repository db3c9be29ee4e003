package memmapfs

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// sparse makes a file of the given length without content and opens it.
func sparse(t testing.TB, cfg *Config, flag int, size int64) *MappedFile {
	t.Helper()
	m, dir := newFS(t, cfg)
	name := filepath.Join(osfs.ToNative(dir), "sparse")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Skipf("platform: no sparse file of %d bytes here: %v", size, err)
	}
	file, err := m.OpenFile(dir+"/sparse", flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file.(*MappedFile)
}

func TestWindowsShowHugeFiles(t *testing.T) {
	for _, size := range []int64{5 << 30, 1 << 40} {
		for _, window := range []int64{64 << 10, 1 << 20, 1 << 30} {
			t.Run(fmt.Sprintf("%dGiB by %dKiB", size>>30, window>>10), func(t *testing.T) {
				f := sparse(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: window, MaxWindows: 4}, os.O_RDWR, size)
				if f.Data() != nil {
					t.Fatal("Data of a windowed file")
				}
				rng := rand.New(rand.NewPCG(3, uint64(window)))
				model := map[int64][]byte{}
				for range 300 {
					// Places beside the edges of windows, so that accesses straddle them.
					off := rng.Int64N(size/window)*window - rng.Int64N(100)
					off = max(0, off)
					p := pattern(1 + rng.IntN(200))
					if _, err := f.WriteAt(p, off); err != nil {
						t.Fatal(err)
					}
					model[off] = p
					got := make([]byte, len(p))
					if _, err := f.ReadAt(got, off); err != nil || !bytes.Equal(got, p) {
						t.Fatalf("read at %d: %v", off, err)
					}
				}
				if s := f.Stats(); s.Slides == 0 || s.MappedBytes > 4*window {
					t.Fatalf("stats %+v", s)
				}
			})
		}
	}
}

func TestAWorkingSetInTheWindowsMakesNoSystemCall(t *testing.T) {
	f := sparse(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 8}, os.O_RDWR, 1<<30)
	offs := []int64{0, 1 << 20, 3 << 16, 1<<29 + 5, 1<<29 + 1<<16, 77 << 16, 1<<30 - 100}
	p := make([]byte, 64)
	touch := func() {
		for _, off := range offs {
			if _, err := f.ReadAt(p, off); err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteAt(p, off); err != nil {
				t.Fatal(err)
			}
		}
	}
	touch()
	r := record(t)
	for range 100 {
		touch()
	}
	if len(r.calls) != 0 {
		t.Fatalf("system calls: %+v", r.calls[:min(3, len(r.calls))])
	}
}

func TestSlidingForwardsAsksForTheNextWindow(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, WindowSize: 1 << 16, WindowSlide: true, MaxWindows: 2}, os.O_RDONLY, pattern(1<<20))
	r := record(t)
	if _, err := io.Copy(io.Discard, struct{ io.Reader }{f}); err != nil {
		t.Fatal(err)
	}
	calls := r.take(mmap.OpReadahead)
	if len(calls) < 10 || calls[0].Len != 1<<16 || calls[0].Off%(1<<16) != 0 {
		t.Fatalf("asked ahead: %+v", calls)
	}
}

func TestManyGoroutinesInManyWindows(t *testing.T) {
	const size = 4 << 20
	want := pattern(size)
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 3}, os.O_RDWR, want)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			p := make([]byte, 3000)
			for range 2000 {
				off := rng.Int64N(size - 3000)
				if rng.IntN(4) == 0 { // rewriting what is there changes nothing
					if _, err := f.WriteAt(want[off:off+500], off); err != nil {
						t.Error(err)
					}
				}
				if _, err := f.ReadAt(p, off); err != nil || !bytes.Equal(p, want[off:off+3000]) {
					t.Errorf("read at %d: %v, equal %v", off, err, bytes.Equal(p, want[off:off+3000]))
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestAViewOutlivesSlidingAndClose(t *testing.T) {
	want := pattern(4 << 20)
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16, MaxWindows: 1}, os.O_RDWR, want)
	v, err := f.View(1<<16-10, 1<<17) // across three windows
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("new"), 1<<16); err != nil {
		t.Fatal(err)
	}
	copy(want[1<<16:], "new")
	p := make([]byte, 100)
	for off := int64(0); off < 4<<20; off += 1 << 16 {
		if _, err := f.ReadAt(p, off); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(v.Bytes(), want[1<<16-10:1<<16-10+1<<17]) {
		t.Fatal("view shows something else")
	}
	v.Release()
}

// A window that the system takes its time to map holds nobody up: neither those
// who read and write mapped windows, nor those who need other windows.
func TestNobodyQueuesBehindAWindowThatIsBeingMapped(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: windows have no reservation here and readers hold locks")
	}
	const window = 1 << 16
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: window, MaxWindows: 4}, os.O_RDWR, pattern(8*window))
	p := make([]byte, 64)
	read := func(off int64) {
		t.Helper()
		if _, err := f.ReadAt(p, off); err != nil {
			t.Fatal(err)
		}
	}
	read(0)
	slow, mapped := make(chan struct{}), make(chan struct{})
	restore := mmap.SetHook(func(c mmap.Call) error {
		if c.Op == mmap.OpMap && c.Off == 5*window {
			mapped <- struct{}{}
			<-slow
		}
		return nil
	})
	defer restore()
	done := make(chan error)
	go func() {
		_, err := f.ReadAt(make([]byte, 64), 5*window)
		done <- err
	}()
	<-mapped
	read(100)
	if _, err := f.WriteAt(p, 200); err != nil {
		t.Fatal(err)
	}
	read(2 * window) // slides another one meanwhile
	v, err := f.View(3*window, 10)
	if err != nil {
		t.Fatal(err)
	}
	v.Release()
	slides := f.Stats().Slides
	close(slow)
	if err := <-done; err != nil || slides != 2 {
		t.Fatalf("%v, %d windows had slid in meanwhile", err, slides)
	}
}

// Reads and writes in mapped windows take none of the locks that everybody
// shares: both go on while somebody holds them.
func TestWindowsThatAreMappedTakeNoSharedLock(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: windows have no reservation here and readers hold locks")
	}
	const window = 1 << 16
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: window, MaxWindows: 8}, os.O_RDWR, pattern(8*window))
	for g := range int64(8) {
		if _, err := f.ReadAt(make([]byte, 64), g*window); err != nil {
			t.Fatal(err)
		}
	}
	f.win.mu.Lock()
	f.mu.Lock()
	defer f.mu.Unlock()
	defer f.win.mu.Unlock()
	var wg sync.WaitGroup
	for g := range int64(8) {
		wg.Go(func() {
			p := make([]byte, 64)
			for off := g * window; off < (g+1)*window-64; off += 64 {
				if _, err := f.ReadAt(p, off); err != nil {
					t.Error(err)
				}
				if _, err := f.WriteAt(p, off); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
