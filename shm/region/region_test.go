package region

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
)

func dir(t testing.TB) *Options { return &Options{Dir: t.TempDir()} }

func mustCreate(t testing.TB, name string, size int64, o *Options) *Region {
	t.Helper()
	r, err := Create(name, size, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func mustOpen(t testing.TB, name string, o *Options) *Region {
	t.Helper()
	r, err := Open(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func TestAttachmentsShareBytes(t *testing.T) {
	o := dir(t)
	a := mustCreate(t, "x", 100_000, o)
	b := mustOpen(t, "x", o)
	if len(a.Bytes()) != 100_000 || len(b.Bytes()) != 100_000 || cap(b.Bytes()) != 100_000 {
		t.Fatalf("payloads of %d and %d bytes", len(a.Bytes()), len(b.Bytes()))
	}
	copy(a.Bytes()[99_990:], "hello")
	if got := b.Bytes()[99_990:99_995]; string(got) != "hello" {
		t.Fatalf("the other attachment reads %q", got)
	}
	if a.ID() != b.ID() || a.ID() == (ID{}) {
		t.Fatalf("identities %v and %v", a.ID(), b.ID())
	}
	if a.PayloadOffset()%(64<<10) != 0 {
		t.Fatalf("payload at %d", a.PayloadOffset())
	}
}

func TestInitRunsBeforePublication(t *testing.T) {
	o := dir(t)
	o.Init = func(p []byte) error {
		if _, err := Open("x", &Options{Dir: o.Dir}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the region is visible during Init: %v", err)
		}
		copy(p, "ready")
		return nil
	}
	mustCreate(t, "x", 10, o)
	r := mustOpen(t, "x", &Options{Dir: o.Dir})
	if !bytes.HasPrefix(r.Bytes(), []byte("ready")) {
		t.Fatalf("payload %q", r.Bytes())
	}
}

func TestFailedInitLeavesNothing(t *testing.T) {
	o := dir(t)
	boom := errors.New("boom")
	o.Init = func([]byte) error { return boom }
	_, err := Create("x", 10, o)
	wantErr(t, err, boom)
	empty(t, o.Dir)
	o.Init = func([]byte) error { panic(boom) }
	func() {
		defer func() {
			if recover() != boom {
				t.Error("the panic was swallowed")
			}
		}()
		_, _ = Create("x", 10, o)
	}()
	empty(t, o.Dir)
}

func empty(t testing.TB, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 0 {
		t.Fatalf("left behind: %v, %v", entries, err)
	}
}

func TestCreateNeverReplaces(t *testing.T) {
	o := dir(t)
	mustCreate(t, "x", 10, o)
	_, err := Create("x", 10, o)
	wantErr(t, err, fs.ErrExist)
	if err := os.WriteFile(filepath.Join(o.Dir, "file"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = Create("file", 10, o)
	wantErr(t, err, fs.ErrExist)
	if got, _ := os.ReadFile(filepath.Join(o.Dir, "file")); string(got) != "mine" {
		t.Fatalf("the file became %q", got)
	}
}

func TestOpenCreatesWhenAsked(t *testing.T) {
	o := dir(t)
	_, err := Open("x", o)
	wantErr(t, err, fs.ErrNotExist)
	o.Create = true
	_, err = Open("x", o)
	wantErr(t, err, fs.ErrInvalid)
	o.Size = 4096
	a := mustOpen(t, "x", o)
	b := mustOpen(t, "x", o)
	if !a.Created() || b.Created() {
		t.Fatalf("created: %v, %v", a.Created(), b.Created())
	}
	o.Size = 8192
	_, err = Open("x", o)
	wantErr(t, err, ErrSize)
}

func TestRemoveSparesTheLiving(t *testing.T) {
	o := dir(t)
	r := mustCreate(t, "x", 10, o)
	ro := mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	wantErr(t, Remove("x", o), ErrInUse)
	_ = r.Close()
	wantErr(t, Remove("x", o), ErrInUse)
	if names, err := Reap(o); err != nil || len(names) != 0 {
		t.Fatalf("reaped %v, %v", names, err)
	}
	_ = ro.Close()
	if err := Remove("x", o); err != nil {
		t.Fatal(err)
	}
	wantErr(t, Remove("x", o), fs.ErrNotExist)
	empty(t, o.Dir)
}

func TestReapTakesTheUnattachedOnly(t *testing.T) {
	o := dir(t)
	mustCreate(t, "live", 10, o)
	for _, name := range []string{"dead1", "dead2"} {
		_ = mustCreate(t, name, 10, o).Close()
	}
	_ = mustCreate(t, "kept", 10, &Options{Dir: o.Dir, Persistent: true}).Close()
	for name, text := range map[string]string{"other": "not a region", ".shmkit-00.tmp": "draft of the dead"} {
		if err := os.WriteFile(filepath.Join(o.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	names, err := Reap(o)
	if err != nil || len(names) != 2 || names[0] != "dead1" || names[1] != "dead2" {
		t.Fatalf("reaped %v, %v", names, err)
	}
	left, _ := os.ReadDir(o.Dir)
	if len(left) != 3 {
		t.Fatalf("left: %v", left)
	}
}

func TestCheckLinkedNoticesRemovalAndReplacement(t *testing.T) {
	o := dir(t)
	r := mustCreate(t, "x", 10, o)
	if err := r.CheckLinked(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, "x")
	if err := os.Rename(path, path+"2"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, r.CheckLinked(), ErrUnlinked)
	mustCreate(t, "x", 10, o)
	wantErr(t, r.CheckLinked(), ErrUnlinked)
	if err := os.Remove(path + "2"); err != nil {
		t.Fatal(err)
	}
	wantErr(t, r.CheckLinked(), ErrUnlinked)
	if info := r.Info(); info.Linked {
		t.Fatal("info says linked")
	}
}

func TestUseAfterCloseIsErrClosed(t *testing.T) {
	r := mustCreate(t, "x", 10, dir(t))
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	wantErr(t, r.Close(), fs.ErrClosed)
	wantErr(t, r.TakeSeat(0), fs.ErrClosed)
	wantErr(t, r.Sync(), fs.ErrClosed)
	wantErr(t, r.CheckLinked(), fs.ErrClosed)
	_, err := r.SeatHeld(0)
	wantErr(t, err, fs.ErrClosed)
	wantErr(t, r.Info().Err, fs.ErrClosed)
	if r.File() != nil {
		t.Fatal("a file after Close")
	}
}

func TestFileCarriesNoLocks(t *testing.T) {
	o := dir(t)
	r := mustCreate(t, "x", 10, o)
	f := r.File()
	if f == nil || f != r.File() {
		t.Fatal("File is not stable")
	}
	if f == r.lock {
		t.Fatal("File gives out the descriptor that holds the locks")
	}
}

func TestNames(t *testing.T) {
	o := dir(t)
	for _, bad := range []string{"", ".", "..", "a/b", ".hidden", "-x", "a b", "é", "a\x00", string(make([]byte, 300))} {
		_, err := Create(bad, 10, o)
		wantErr(t, err, ErrName)
		_, err = Open(bad, o)
		wantErr(t, err, ErrName)
		wantErr(t, Remove(bad, o), ErrName)
	}
	empty(t, o.Dir)
}

// What is wrong with a name stands in the error, on one short line.
func TestWrongNamesAreQuotedAndShortened(t *testing.T) {
	o := dir(t)
	for bad, want := range map[string]string{
		"a\nb":                    ` "a\nb": `,
		"a\x00":                   ` "a\x00": `,
		"\x1b[2J":                 ` "\x1b[2J": `,
		strings.Repeat("x", 300):  " " + strings.Repeat("x", 64) + "...: ",
		strings.Repeat("\n", 300): ` "` + strings.Repeat(`\n`, 64) + `"...: `,
		"a b":                     " a b: ", // nothing to hide
		"":                        ` "": `,
	} {
		_, created := Create(bad, 10, o)
		_, opened := Open(bad, o)
		_, looked := Stat(bad, o)
		_, restored := CreateFrom(bad, "x", &Options{Perm: 0o7777})
		for _, err := range []error{created, opened, looked, restored, Remove(bad, o)} {
			var pe *fs.PathError
			if !errors.As(err, &pe) || !strings.HasPrefix(err.Error(), pe.Op+want) || len(err.Error()) > 350 {
				t.Errorf("%d bytes: %v", len(err.Error()), err)
			}
			if strings.ContainsFunc(err.Error(), unicode.IsControl) {
				t.Errorf("raw: %q", err)
			}
		}
	}
}

// A mode's letters do not show what is too much: 0o7777 looks like 0o777 there.
func TestWrongPermissionsAreToldInOctal(t *testing.T) {
	for perm, want := range map[fs.FileMode]string{
		0o7777:                "permissions 0o7777: only bits of 0o777",
		fs.ModeSetuid | 0o700: "permissions 0o40000700: only bits of 0o777",
		0o040:                 "permissions 0o40 shut the owner out, 0o600",
	} {
		o := dir(t)
		o.Perm = perm
		_, err := Create("x", 10, o)
		wantErr(t, err, fs.ErrInvalid)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}
