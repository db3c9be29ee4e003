package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// diskSize is the length that others see.
func diskSize(t *testing.T, name string) int64 {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// collected runs the garbage collector until that has led to something.
func collected(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !is(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
		runtime.GC()
	}
}

// cutTo runs the garbage collector until the file of a dropped handle is cut, and
// closed unless somebody else holds it open.
func cutTo(t *testing.T, name string, size int64, held bool) {
	t.Helper()
	collected(t, "the file is cut", func() bool { return diskSize(t, name) == size })
	collected(t, "the file is closed", func() bool { return held || !isOpen(name) })
}

// leaveAhead has f write some bytes and makes sure that the file on disk is longer then.
func leaveAhead(t *testing.T, f *MappedFile, name string, content []byte) {
	t.Helper()
	for _, p := range [][]byte{content[:1], content[1:]} {
		if _, err := f.Write(p); err != nil {
			t.Fatal(err)
		}
	}
	if n := diskSize(t, name); n <= int64(len(content)) {
		t.Fatalf("%d bytes on disk: nothing is ahead", n)
	}
}

// droppers open a file that runs ahead, and return what must go on to be usable.
var droppers = map[string]func(t *testing.T, name string) (f *MappedFile, file *os.File){
	"read and written": func(t *testing.T, name string) (*MappedFile, *os.File) {
		return opened(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20}, name, os.O_RDWR), nil
	},
	"written only": func(t *testing.T, name string) (*MappedFile, *os.File) {
		return opened(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20}, name, os.O_WRONLY), nil
	},
	"flushed behind": func(t *testing.T, name string) (*MappedFile, *os.File) {
		return opened(t, &Config{Mode: ModeReadWrite, SyncMode: SyncPeriodic, SyncInterval: time.Millisecond, GrowAhead: 1 << 20}, name, os.O_RDWR), nil
	},
	"filled behind": func(t *testing.T, name string) (*MappedFile, *os.File) {
		return opened(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 32 << 20}, name, os.O_RDWR), nil
	},
	"Map": func(t *testing.T, name string) (*MappedFile, *os.File) {
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return mapAhead(t, file), file
	},
	"Map of a dropped file": func(t *testing.T, name string) (*MappedFile, *os.File) {
		file, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		return mapAhead(t, file), nil
	},
}

func opened(t *testing.T, config *Config, name string, flag int) *MappedFile {
	t.Helper()
	m, _ := newFS(t, config)
	file, err := m.OpenFile(osfs.FromNative(name), flag, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file.(*MappedFile)
}

func mapAhead(t *testing.T, file *os.File) *MappedFile {
	t.Helper()
	f, err := Map(file, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func emptyFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func skipWithoutAhead(t *testing.T) {
	t.Helper()
	if !mmap.Coherent {
		t.Skip("platform: a mapping does not reach past the file's end here")
	}
}

// The zeros behind the end of a file do not outlast a handle that was dropped without
// Close, nor does a descriptor; a file of Map stays its owner's.
func TestADroppedHandleLeavesNothingAhead(t *testing.T) {
	skipWithoutAhead(t)
	for kind, open := range droppers {
		t.Run(kind, func(t *testing.T) {
			name, content := emptyFile(t), pattern(5000)
			var file *os.File
			func() {
				var f *MappedFile
				f, file = open(t, name)
				leaveAhead(t, f, name, content)
			}()
			cutTo(t, name, 5000, file != nil)
			if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, content) {
				t.Fatalf("other bytes are left, %v", err)
			}
			if file == nil {
				return
			}
			if _, err := file.WriteAt([]byte("mine"), 5000); err != nil || diskSize(t, name) != 5004 {
				t.Fatalf("the file of its owner: %v", err)
			}
		})
	}
}

// isOpen says whether the process has the file open, false where nobody knows.
func isOpen(name string) bool {
	const dir = "/proc/self/fd"
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil && to == name {
			return true
		}
	}
	return false
}

// A view is a use of its handle.
func TestAViewKeepsWhatIsAheadOfADroppedHandle(t *testing.T) {
	skipWithoutAhead(t)
	name, content := emptyFile(t), pattern(5000)
	v := func() *View {
		f, _ := droppers["read and written"](t, name)
		leaveAhead(t, f, name, content)
		v, err := f.View(100, 200)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}()
	beside(t)
	if n := diskSize(t, name); n <= 5000 || !bytes.Equal(v.Bytes(), content[100:300]) {
		t.Fatalf("cut to %d bytes, or other ones, beside a view", n)
	}
	v.Release()
	v = nil
	cutTo(t, name, 5000, false)
}

// beside returns when a handle was collected and its file cut, and so would one be
// that was dropped before.
func beside(t *testing.T) {
	t.Helper()
	for range 2 {
		name := emptyFile(t)
		func() {
			f, _ := droppers["read and written"](t, name)
			leaveAhead(t, f, name, pattern(100))
		}()
		cutTo(t, name, 100, false)
	}
}

// Who has opened the file before it was cut takes the zeros for its content until told
// otherwise, and would write into the last page, behind the end, where nobody finds it.
func TestHandlesLearnWhatWasCutForADroppedOne(t *testing.T) {
	skipWithoutAhead(t)
	name := emptyFile(t)
	f := opened(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20}, name, os.O_RDWR)
	leaveAhead(t, f, name, pattern(5000))
	file, err := f.fs.OpenFile(osfs.FromNative(name), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f = nil
	g := file.(*MappedFile)
	collected(t, "the length is told", func() bool { return g.size.Load() == 5000 })
	if _, err := g.WriteAt([]byte("kept"), 5000); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(name); err != nil || len(got) < 5004 || string(got[5000:5004]) != "kept" {
		t.Fatalf("%d bytes, %v", len(got), err)
	}
}

// What others have made of a file since its handle was dropped is theirs.
func TestADroppedHandleCutsNothingOfOthers(t *testing.T) {
	skipWithoutAhead(t)
	for what, change := range map[string]func(file *os.File, disk int64) error{
		"longer":  func(file *os.File, disk int64) error { return file.Truncate(disk + 1) },
		"shorter": func(file *os.File, disk int64) error { return file.Truncate(disk - 1) },
		// As after a recovery that cut the zeros off, and went on as far ahead.
		"written at the old end": func(file *os.File, disk int64) error {
			_, err := file.WriteAt([]byte("x"), 5000)
			return errors.Join(err, file.Truncate(5001), file.Truncate(disk))
		},
		"written at the new end": func(file *os.File, disk int64) error {
			_, err := file.WriteAt([]byte("x"), disk-1)
			return err
		},
		"written in between": func(file *os.File, disk int64) error {
			_, err := file.WriteAt([]byte("x"), disk-(64<<10))
			return err
		},
	} {
		t.Run(what, func(t *testing.T) {
			name := emptyFile(t)
			var want []byte
			func() {
				f, file := droppers["Map"](t, name)
				leaveAhead(t, f, name, pattern(5000))
				err := change(file, diskSize(t, name))
				if want, _ = os.ReadFile(name); err != nil || len(want) < 5001 {
					t.Fatalf("%d bytes, %v", len(want), err)
				}
			}()
			beside(t)
			if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("%d bytes became %d, %v", len(want), len(got), err)
			}
		})
	}
}

// A Close that failed to cut the file has said so. Nothing happens behind its back.
func TestNothingIsCutAfterClose(t *testing.T) {
	skipWithoutAhead(t)
	name := emptyFile(t)
	refused := errors.New("refused")
	var disk int64
	func() {
		f, _ := droppers["Map"](t, name)
		leaveAhead(t, f, name, pattern(5000))
		disk = diskSize(t, name)
		restore := mmap.SetHook(func(c mmap.Call) error {
			if c.Op == mmap.OpTruncate && c.Len == 5000 {
				return refused
			}
			return nil
		})
		defer restore()
		if err := f.Close(); !errors.Is(err, refused) {
			t.Fatalf("closed with %v", err)
		}
	}()
	beside(t)
	if n := diskSize(t, name); n != disk {
		t.Fatalf("%d bytes became %d", disk, n)
	}
}

// The next handle begins where the dropped one ended.
func TestWhatWasDroppedIsGoneOnWith(t *testing.T) {
	skipWithoutAhead(t)
	name := emptyFile(t)
	func() {
		f, _ := droppers["read and written"](t, name)
		leaveAhead(t, f, name, pattern(5000))
	}()
	cutTo(t, name, 5000, false)
	f, _ := droppers["read and written"](t, name)
	if at, err := f.Seek(0, io.SeekEnd); at != 5000 || err != nil {
		t.Fatalf("the end is at %d, %v", at, err)
	}
	leaveAhead(t, f, name, []byte("more"))
	if err := f.Close(); err != nil || diskSize(t, name) != 5004 {
		t.Fatalf("%d bytes, %v", diskSize(t, name), err)
	}
}
