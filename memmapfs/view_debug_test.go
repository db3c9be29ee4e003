//go:build shmdebug

package memmapfs

import (
	"bytes"
	"errors"
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

func TestUseOfAViewAfterReleaseIsCaught(t *testing.T) {
	for name, cfg := range map[string]Config{
		"whole":         {Mode: ModeReadWrite, SyncMode: SyncNever},
		"windows":       {Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: 1 << 16},
		"copy-on-write": {Mode: ModeCopyOnWrite},
	} {
		t.Run(name, func(t *testing.T) {
			if cfg.Mode == ModeCopyOnWrite && !mmap.Coherent {
				t.Skip("platform: private changes live on Go's heap")
			}
			f := mappedFile(t, &cfg, os.O_RDWR, pattern(1<<20))
			v, err := f.View(10, 1000)
			if err != nil {
				t.Fatal(err)
			}
			kept := v.Bytes()
			if !bytes.Equal(kept, pattern(1 << 20)[10:1010]) {
				t.Fatal("the view shows something else")
			}
			v.Release()
			if err := sigbus.Guard(func() { kept[5] = 1 }); !errors.Is(err, sigbus.ErrFault) {
				t.Fatalf("writing to released bytes: %v", err)
			}
			defer func() {
				if recover() == nil {
					t.Fatal("Bytes after Release went unnoticed")
				}
			}()
			v.Bytes()
		})
	}
}

func TestDebuggedPrivateViewsShowWhatTheFileShows(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: private changes live on Go's heap")
	}
	want := pattern(300_000)
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, os.O_RDWR, want)
	if _, err := f.WriteAt([]byte("before"), 5000); err != nil {
		t.Fatal(err)
	}
	data := f.Data()
	v, err := f.View(4000, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.View(4500, 100_000)
	if err != nil {
		t.Fatal(err)
	}
	b := v.Bytes()
	same := func(after string, want []byte) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := f.ReadAt(got, 5000); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("after %s the file has %q, %v", after, got, err)
		}
		for _, shown := range [][]byte{b[1000:], w.Bytes()[500:], data[5000:]} {
			if !bytes.Equal(shown[:len(want)], want) {
				t.Fatalf("after %s a slice shows %q", after, shown[:len(want)])
			}
		}
	}
	same("View", []byte("before"))
	copy(b[1000:], "by view")
	same("a write to a view", []byte("by view"))
	if _, err := f.WriteAt([]byte("by file"), 5000); err != nil {
		t.Fatal(err)
	}
	same("a write to the file", []byte("by file"))
	if err := f.Truncate(5003); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(300_000); err != nil {
		t.Fatal(err)
	}
	same("Truncate", []byte("by \x00\x00\x00\x00"))
	if err := f.Discard(); err != nil {
		t.Fatal(err)
	}
	same("Discard", want[5000:5100])
	w.Release()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b[1000:], want[5000:14_000]) {
		t.Fatal("Close ended the view")
	}
	v.Release()
	if got, err := os.ReadFile(osfs.ToNative(f.Name())); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("private changes reached the base, %v", err)
	}
}
