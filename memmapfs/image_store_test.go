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

	"github.com/absfs/memfs"
	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// withoutMemory leaves images no memory, so that their changes go to a file.
func withoutMemory(t *testing.T) {
	tempDir(t)
	t.Cleanup(mmap.SetHook(noMaps(sysx.ENOMEM)))
}

// noMaps refuses memory that shows files, and addresses.
func noMaps(err error) func(mmap.Call) error {
	return func(c mmap.Call) error {
		if c.Op == mmap.OpMap && c.Name != "" || c.Op == mmap.OpReserve {
			return err
		}
		return nil
	}
}

// tempDir gives temporary files a folder of the test's, and returns it.
func tempDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, dir)
	}
	return dir
}

// besideFS is a copy-on-write file system over a file of n bytes, with no memory.
func besideFS(t *testing.T, cfg Config, n int) (m *MemMapFS, name string, content []byte) {
	t.Helper()
	withoutMemory(t)
	cfg.Mode = ModeCopyOnWrite
	m, dir := newFS(t, &cfg)
	content = pattern(n)
	if err := os.WriteFile(osfs.ToNative(dir+"/file"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	return m, dir + "/file", content
}

func open(t *testing.T, m *MemMapFS, name string, flag int) *MappedFile {
	t.Helper()
	f, err := m.OpenFile(name, flag, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f.(*MappedFile)
}

func TestPrivateChangesWithoutMemoryGoToAFile(t *testing.T) {
	m, name, content := besideFS(t, Config{}, 5*imageBlock+100)
	base := bytes.Clone(content)
	early := open(t, m, name, os.O_RDONLY)
	f := open(t, m, name, os.O_RDWR)
	for what, g := range map[string]*MappedFile{"reading": early, "writing": f} {
		if s := g.Stats(); s.Mapped || !strings.Contains(s.Why, sysx.ENOMEM.Error()) {
			t.Errorf("%s: %+v", what, s)
		}
		if v, err := g.View(0, 10); !errors.Is(err, ErrNotMapped) || !errors.Is(err, sysx.ENOMEM) {
			t.Errorf("%s: a view %v, %v", what, v, err)
		}
		if d := g.Data(); d != nil {
			t.Errorf("%s: Data has %d bytes", what, len(d))
		}
		if err := g.LockMemory(0, 10); !errors.Is(err, ErrNotMapped) {
			t.Errorf("%s: LockMemory: %v", what, err)
		}
	}
	if s := m.Stats(); s.Open != 2 || s.OpenMapped != 0 || s.OpenedPlain != 2 {
		t.Errorf("the file system says %+v", s)
	}
	if _, err := f.WriteAt([]byte("across"), 2*imageBlock-3); err != nil {
		t.Fatal(err)
	}
	copy(content[2*imageBlock-3:], "across")
	appender := open(t, m, name, os.O_WRONLY|os.O_APPEND)
	if _, err := appender.Write([]byte("end")); err != nil {
		t.Fatal(err)
	}
	content = append(content, "end"...)
	late := open(t, m, name, os.O_RDONLY)
	for what, g := range map[string]*MappedFile{"opened before": early, "writing": f, "opened after": late} {
		if got := allOf(t, g); !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d, or others", what, len(got), len(content))
		}
	}
	for _, g := range []*MappedFile{early, f, appender, late} {
		if err := g.Close(); err != nil {
			t.Fatal(err)
		}
	}
	// The image outlives its handles, and memory that comes back changes nothing.
	mmap.SetHook(nil)
	g := open(t, m, name, os.O_RDWR)
	if got := allOf(t, g); !bytes.Equal(got, content) {
		t.Fatalf("%d bytes of %d, or others", len(got), len(content))
	}
	if info, err := m.Stat(name); err != nil || info.Size() != int64(len(content)) {
		t.Fatal(info, err)
	}
	if err := g.Discard(); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, g); !bytes.Equal(got, base) {
		t.Fatalf("after Discard %d bytes, or others", len(got))
	}
	if got, err := os.ReadFile(osfs.ToNative(name)); err != nil || !bytes.Equal(got, base) {
		t.Fatalf("the base changed: %v", err)
	}
}

// What becomes of an image later holds for handles that were opened before.
func TestEarlyHandlesSayWhereTheirImageIs(t *testing.T) {
	inBlocks(t)
	m, name, _ := besideFS(t, Config{}, 100)
	early := open(t, m, name, os.O_RDONLY)
	if s := early.Stats(); s.Why != "" {
		t.Fatalf("%+v", s)
	}
	f := open(t, m, name, os.O_RDWR)
	if _, err := early.View(0, 10); !errors.Is(err, ErrNotMapped) || !errors.Is(err, sysx.ENOMEM) {
		t.Errorf("a view: %v", err)
	}
	if s := early.Stats(); s.Mapped || !strings.Contains(s.Why, sysx.ENOMEM.Error()) {
		t.Errorf("%+v", s)
	}
	if err := errors.Join(early.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}

	setImages(t, true, true)
	m, name, content := besideFS(t, Config{}, 2*imageBlock)
	early = open(t, m, name, os.O_RDONLY)
	if s := early.Stats(); s.Mapped || s.Why == "" {
		t.Fatalf("%+v", s)
	}
	mmap.SetHook(nil)
	open(t, m, name, os.O_RDWR)
	if s := early.Stats(); !s.Mapped || s.Why != "" || !bytes.Equal(early.Data(), content) {
		t.Errorf("memory came back: %+v", s)
	}
}

func TestAFileOfPrivateChangesIsLeftNowhere(t *testing.T) {
	m, name, _ := besideFS(t, Config{}, 100)
	f := open(t, m, name, os.O_RDWR)
	if _, err := f.WriteAt([]byte("secret"), 10); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Close(), m.Close()); err != nil {
		t.Fatal(err)
	}
	if list, err := os.ReadDir(os.TempDir()); err != nil || len(list) != 0 {
		t.Fatal(list, err)
	}
}

// Nor is one where nobody closes anything.
func TestAFileOfDroppedPrivateChangesIsLeftNowhere(t *testing.T) {
	withoutMemory(t)
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, pattern(100), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	func() {
		f, err := Map(file, &Config{Mode: ModeCopyOnWrite})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("secret"), 10); err != nil || f.img.beside.Load() == nil {
			t.Fatal(err)
		}
	}()
	collected(t, "the file goes", func() bool {
		list, err := os.ReadDir(os.TempDir())
		return err == nil && len(list) == 0
	})
}

// What the config demands and a file cannot do is an error.
func TestPrivateChangesGoToNoFileWhereThatIsNotEnough(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg Config
		err error
	}{
		"MapRequire": {Config{Mapping: MapRequire}, sysx.ENOMEM},
		"LockMemory": {Config{LockMemory: true}, errors.ErrUnsupported},
	} {
		t.Run(name, func(t *testing.T) {
			m, file, _ := besideFS(t, tt.cfg, 100)
			f, err := m.OpenFile(file, os.O_RDWR, 0)
			if err == nil {
				f.Close()
			}
			if !errors.Is(err, ErrNotMappable) || !errors.Is(err, tt.err) {
				t.Fatal(err)
			}
			if n := len(m.images); n != 0 {
				t.Errorf("%d images left", n)
			}
			if list, err := os.ReadDir(os.TempDir()); err != nil || len(list) != 0 {
				t.Error(list, err)
			}
		})
	}
}

// With nowhere to put the file nothing is lost, and the error says both reasons.
func TestPrivateChangesWithoutMemoryAndWithoutAFolder(t *testing.T) {
	m, name, content := besideFS(t, Config{}, 100)
	for _, v := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(v, osfs.ToNative(name)+"/none")
	}
	f, err := m.OpenFile(name, os.O_RDWR, 0)
	if err == nil {
		f.Close()
		t.Skip("platform: temporary files have another place here")
	}
	if !errors.Is(err, sysx.ENOMEM) || !errors.Is(err, ErrNotMappable) {
		t.Fatal(err)
	}
	if got := allOf(t, open(t, m, name, os.O_RDONLY)); !bytes.Equal(got, content) {
		t.Fatal("the base reads otherwise")
	}
}

// An error of the file that holds the changes names the file the user knows.
func TestErrorsOfAFileOfPrivateChangesNameTheOther(t *testing.T) {
	m, name, content := besideFS(t, Config{}, 3*imageBlock)
	f := open(t, m, name, os.O_RDWR)
	if _, err := f.WriteAt([]byte("kept"), 5); err != nil {
		t.Fatal(err)
	}
	f.img.beside.Load().file.Close()
	var pe *fs.PathError
	if n, err := f.WriteAt([]byte("lost"), imageBlock); n != 0 || !errors.As(err, &pe) || pe.Path != name {
		t.Fatal(n, err)
	}
	if n, err := f.ReadAt(make([]byte, 4), 5); n != 0 || !errors.As(err, &pe) || pe.Path != name {
		t.Fatal(n, err)
	}
	got := make([]byte, 4)
	if _, err := f.ReadAt(got, imageBlock); err != nil || !bytes.Equal(got, content[imageBlock:][:4]) {
		t.Fatalf("what was not written: %q, %v", got, err)
	}
}

// What a base without a descriptor loses and gains again is not what it had.
func TestACopyFollowsABaseThatShrinksAndGrows(t *testing.T) {
	if !is64 {
		t.Skip("platform: memfs v1.0.0 crashes on 32-bit systems, for a misaligned atomic of its own")
	}
	base, err := memfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	m := New(base, &Config{Mode: ModeCopyOnWrite})
	defer m.Close()
	put := func(s string) {
		t.Helper()
		f, err := base.OpenFile("/file", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, s); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	put("0123456789")
	f := open(t, m, "/file", os.O_RDWR)
	for _, want := range []string{"0123", "0123abcdef", "01"} {
		put(want)
		if got := allOf(t, f); string(got) != want {
			t.Fatalf("%q, not %q", got, want)
		}
	}
	if _, err := f.WriteAt([]byte("x"), 3); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, f); string(got) != "01\x00x" {
		t.Fatalf("%q", got)
	}
}

// longestHere is how long a file of the folder for temporary ones can be.
func longestHere(t *testing.T) int64 {
	t.Helper()
	const most = 1<<44 - 4096 // of ext4
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if file.Truncate(most) != nil || file.Truncate(most+1) == nil {
		t.Skip("platform: files have another limit here")
	}
	return most
}

// What of a write finds no place is not written, and what of it does is told: nothing
// is left behind the end, where zeros are read when the image grows.
func TestAPrivateWriteThatFailsLeavesNothingBehindTheEnd(t *testing.T) {
	most := longestHere(t)
	m, name, content := besideFS(t, Config{}, 100)
	f := open(t, m, name, os.O_RDWR)
	const fits = 3*4096 - 5
	p := bytes.Repeat([]byte("x"), imageBlock)
	if n, err := f.WriteAt(p, most-fits); n != fits || !errors.Is(err, sysx.EFBIG) {
		t.Fatalf("%d bytes of %d written, %v", n, fits, err)
	}
	if n, err := f.WriteAt(p, most+imageBlock); n != 0 || !errors.Is(err, sysx.EFBIG) {
		t.Fatalf("%d bytes written, %v", n, err)
	}
	if info, err := f.Stat(); err != nil || info.Size() != most {
		t.Fatal(info.Size(), err)
	}
	if err := f.Truncate(most + 100); err != nil {
		t.Fatal(err)
	}
	got, want := make([]byte, fits+100), append(bytes.Clone(p[:fits]), make([]byte, 100)...)
	if _, err := f.ReadAt(got, most-fits); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("other bytes, %v", err)
	}
	// Zeros where nothing can be written are not written either.
	if err := f.Truncate(100); err != nil {
		t.Fatal(err)
	}
	if got := allOf(t, f); !bytes.Equal(got, content) {
		t.Fatalf("%d bytes, or others", len(got))
	}
}

// What is cut off takes no room any more.
func TestCuttingPrivateChangesInAFileGivesTheirRoomBack(t *testing.T) {
	m, name, content := besideFS(t, Config{}, 100)
	f := open(t, m, name, os.O_RDWR)
	if _, err := f.WriteAt(pattern(10*imageBlock), 50); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.Truncate(40), f.Truncate(100)); err != nil {
		t.Fatal(err)
	}
	if info, err := f.img.beside.Load().file.Stat(); err != nil || info.Size() != 40 {
		t.Fatal(info.Size(), err)
	}
	if got := allOf(t, f); !bytes.Equal(got, append(content[:40], make([]byte, 60)...)) {
		t.Fatalf("%d bytes, or others", len(got))
	}
}
