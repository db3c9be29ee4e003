package memmapfs

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/absfs/osfs"
)

// bothImages runs a test with a base that is mapped, one that is copied block by
// block, and one without a descriptor. The bytes of the base are replaced by rewrite.
func bothImages(t *testing.T, flag int, content []byte, test func(t *testing.T, f *MappedFile, rewrite func([]byte))) {
	onDisk := func(t *testing.T) {
		f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, flag, content)
		test(t, f, func(b []byte) {
			if err := os.WriteFile(osfs.ToNative(f.Name()), b, 0o600); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("mapped", onDisk)
	t.Run("by block", func(t *testing.T) {
		inBlocks(t)
		onDisk(t)
	})
	t.Run("without a descriptor", func(t *testing.T) {
		base := memoryFS(t)
		rewrite := func(b []byte) {
			w, err := base.OpenFile("/file", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			defer w.Close()
			if _, err := w.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		rewrite(content)
		m := New(base, &Config{Mode: ModeCopyOnWrite})
		defer m.Close()
		f, err := m.OpenFile("/file", flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		test(t, f.(*MappedFile), rewrite)
	})
}

func contentOf(t *testing.T, f *MappedFile) []byte {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 1<<20))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAnUnchangedImageShowsWhatItsBaseGrewBy(t *testing.T) {
	want := pattern(50_000)
	for name, flag := range map[string]int{"reader": os.O_RDONLY, "writer": os.O_RDWR} {
		t.Run(name, func(t *testing.T) {
			bothImages(t, flag, want[:100], func(t *testing.T, f *MappedFile, rewrite func([]byte)) {
				for _, n := range []int{5000, 20_000, 50_000} {
					rewrite(want[:n])
					if got := contentOf(t, f); !bytes.Equal(got, want[:n]) {
						t.Fatalf("%d bytes of %d, or others", len(got), n)
					}
				}
				v, err := f.View(30_000, 20_000)
				if err != nil {
					t.Fatal(err)
				}
				defer v.Release()
				if !bytes.Equal(v.Bytes(), want[30_000:]) {
					t.Fatal("a view shows something else")
				}
			})
		})
	}
}

func TestTheFirstPrivateWriteKeepsWhatTheBaseGrewBy(t *testing.T) {
	want := pattern(50_000)
	bothImages(t, os.O_RDWR, want[:100], func(t *testing.T, f *MappedFile, rewrite func([]byte)) {
		rewrite(want)
		if _, err := f.WriteAt(want[:10], 0); err != nil {
			t.Fatal(err)
		}
		if got := contentOf(t, f); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, or others", len(got))
		}
	})
}

func TestAPrivateWriteGoesBehindABaseThatWasCut(t *testing.T) {
	want := pattern(50_000)
	bothImages(t, os.O_RDWR, want, func(t *testing.T, f *MappedFile, rewrite func([]byte)) {
		rewrite(want[:10])
		if _, err := f.WriteAt(want[20_000:], 20_000); err != nil {
			t.Fatal(err)
		}
		got := contentOf(t, f)
		if len(got) != 50_000 || !bytes.Equal(got[20_000:], want[20_000:]) || !bytes.Equal(got[:10], want[:10]) {
			t.Fatalf("%d bytes, or others", len(got))
		}
		if !bytes.Equal(got[10:20_000], make([]byte, 19_990)) {
			t.Fatal("what was cut off is there again")
		}
	})
}
