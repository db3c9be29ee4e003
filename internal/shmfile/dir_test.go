package shmfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/internal/wine"
)

func mustDir(t *testing.T) *Dir {
	t.Helper()
	d, err := OpenDir(t.TempDir(), false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func bothKinds(t *testing.T, test func(t *testing.T)) {
	for name, named := range map[string]bool{"native": false, "temporary name": true} {
		t.Run(name, func(t *testing.T) {
			ForceNamedDrafts(named)
			defer ForceNamedDrafts(false)
			test(t)
		})
	}
}

func TestDraftIsInvisibleUntilPublished(t *testing.T) {
	bothKinds(t, func(t *testing.T) {
		d := mustDir(t)
		w, err := d.Draft("x", 0o640)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.File.WriteString("whole"); err != nil {
			t.Fatal(err)
		}
		names, err := d.Names()
		if err != nil || len(names) > 1 || len(names) == 1 && !IsTemp(names[0]) {
			t.Fatalf("names %v, %v", names, err)
		}
		if err := w.Publish("x"); err != nil {
			t.Fatal(err)
		}
		was, err := StatFile(w.File)
		if err != nil {
			t.Fatal(err)
		}
		is, err := d.Stat("x")
		if err != nil || !is.Same(was) || is.Size != 5 {
			t.Fatalf("%+v and %+v, %v", is, was, err)
		}
		if err := w.File.Close(); err != nil {
			t.Fatal(err)
		}
		if names, _ := d.Names(); len(names) != 1 {
			t.Fatalf("names %v", names)
		}
	})
}

func TestPublishNeverReplaces(t *testing.T) {
	bothKinds(t, func(t *testing.T) {
		d := mustDir(t)
		if err := os.WriteFile(d.Join("x"), []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		w, err := d.Draft("x", 0o600)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Publish("x"); !errors.Is(err, fs.ErrExist) {
			t.Fatalf("got %v", err)
		}
		if err := w.Discard(); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(d.Join("x")); err != nil || string(b) != "mine" {
			t.Fatalf("%q, %v", b, err)
		}
		if names, _ := d.Names(); len(names) != 1 {
			t.Fatalf("names %v", names)
		}
	})
}

func TestPublishNoticesThatTheTemporaryNameIsGone(t *testing.T) {
	ForceNamedDrafts(true)
	defer ForceNamedDrafts(false)
	d := mustDir(t)
	w, err := d.Draft("x", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Unlink(w.temp); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat(w.temp); err == nil {
		_ = w.Discard()
		t.Skip("platform: an open file keeps its name until it is closed")
	}
	if err := w.Publish("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
	if err := w.Discard(); err != nil {
		t.Fatal(err)
	}
}

func TestUnlinkTakesTheNameOfAnOpenFile(t *testing.T) {
	d := mustDir(t)
	w, err := d.Draft("x", 0o600)
	if err == nil {
		err = w.Publish("x")
	}
	if err != nil {
		t.Fatal(err)
	}
	f, err := d.Open("x", true)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.File.Close(); err != nil {
		t.Fatal(err)
	}
	if err := d.Unlink("x"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Stat("x"); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("got %v", err)
	}
}

func TestReopenFindsTheVeryFile(t *testing.T) {
	d := mustDir(t)
	path := d.Join("x")
	if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := d.Open("x", true)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	again, err := Reopen(f, path, true)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	a, err := StatFile(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := StatFile(again)
	if err != nil || !a.Same(b) {
		t.Fatalf("%+v, %+v, %v", a, b, err)
	}
	if err := os.WriteFile(filepath.Join(d.Path(), "y"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := byPath(f, d.Join("y"), false); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("another file was taken for it: %v", err)
	}
}

func TestSymlinksAreNotFollowed(t *testing.T) {
	d := mustDir(t)
	if err := os.WriteFile(d.Join("target"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wine.Skip(t, "CreateSymbolicLink makes nothing and reports success")
	if err := os.Symlink("target", d.Join("link")); err != nil {
		t.Skipf("platform: no symbolic links: %v", err)
	}
	st, err := d.Stat("link")
	if err != nil || st.Mode&fs.ModeSymlink == 0 {
		t.Fatalf("%+v, %v", st, err)
	}
	if f, err := d.Open("link", false); err == nil {
		st, err := StatFile(f)
		_ = f.Close()
		if err != nil || st.Mode&fs.ModeSymlink == 0 {
			t.Fatalf("the link was followed: %+v, %v", st, err)
		}
	}
}

func TestSelfIsThisProcess(t *testing.T) {
	p := Self()
	if p.PID != os.Getpid() || p.Started.IsZero() {
		t.Fatalf("%+v", p)
	}
}
