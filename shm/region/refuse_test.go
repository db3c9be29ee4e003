//go:build unix && !aix && !solaris

package region

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestOpenRefusesWhatIsNoRegion puts each kind of file under a name and has
// every function that looks at names refuse it, with its own error, and without
// hanging.
func TestOpenRefusesWhatIsNoRegion(t *testing.T) {
	d := t.TempDir()
	path := func(name string) string { return filepath.Join(d, name) }
	file := func(name string, b []byte) {
		t.Helper()
		if err := os.WriteFile(path(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	o := &Options{Dir: d, Kind: "test", Version: 5}
	_ = mustCreate(t, "good", 1000, o).Close()
	whole, err := os.ReadFile(path("good"))
	must(err)
	spoiled := func(change func([]byte)) []byte {
		b := append([]byte(nil), whole...)
		change(b)
		return b
	}
	file("zero", nil)
	file("one", []byte("S"))
	file("almost", whole[:4095])
	file("magic", spoiled(func(b []byte) { b[0]++ }))
	file("layout", spoiled(func(b []byte) { b[offLayout]++; reseal(b) }))
	file("order", spoiled(func(b []byte) { b[12], b[13], b[14], b[15] = b[15], b[14], b[13], b[12]; reseal(b) }))
	file("checksum", spoiled(func(b []byte) { b[offKind+1]++ }))
	file("short", whole[:len(whole)-1])
	file("header-only", whole[:4096])
	must(os.Mkdir(path("dir"), 0o700))
	must(os.Symlink("good", path("link")))
	must(os.Symlink("nothing", path("dangling")))
	must(syscall.Mkfifo(path("fifo"), 0o600))
	for _, c := range []struct {
		name string
		want error
	}{
		{"zero", ErrTooShort}, {"one", ErrTooShort}, {"almost", ErrTooShort}, {"magic", ErrNotRegion},
		{"layout", ErrLayout}, {"order", ErrByteOrder}, {"checksum", ErrChecksum},
		{"short", ErrTruncated}, {"header-only", ErrTruncated},
		{"dir", ErrDirectory}, {"link", ErrSymlink}, {"dangling", ErrSymlink}, {"fifo", ErrNotRegular},
	} {
		_, err := Open(c.name, o)
		wantErr(t, err, c.want)
		refusal, ok := errors.AsType[*RefusalError](err)
		if !ok || refusal.Advice() == "" {
			t.Errorf("%s: %v gives no advice", c.name, err)
		}
		if pe, ok := err.(*fs.PathError); !ok || pe.Path != path(c.name) {
			t.Errorf("%s: %v does not name the file", c.name, err)
		}
		_, err = Create(c.name, 10, o)
		wantErr(t, err, fs.ErrExist)
		_, err = Open(c.name, &Options{Dir: d, Size: 10, Create: true})
		wantErr(t, err, c.want)
		if errors.Is(c.want, ErrNotRegion) {
			wantErr(t, Remove(c.name, o), c.want)
			_, err = Stat(c.name, o)
			wantErr(t, err, c.want)
		} else {
			info, err := Stat(c.name, o)
			must(err)
			wantErr(t, info.Err, c.want)
		}
	}
	_, err = Open("good", &Options{Dir: d, Kind: "toast"})
	wantErr(t, err, ErrKind)
	_, err = Open("good", &Options{Dir: d, Kind: "test", Version: 6})
	wantErr(t, err, ErrVersion)
	_, err = Open("good", &Options{Dir: d, Size: 999})
	wantErr(t, err, ErrSize)
	infos, err := List(&Options{Dir: d})
	must(err)
	var names []string
	for _, i := range infos {
		names = append(names, i.Name)
	}
	if got := strings.Join(names, " "); got != "checksum good header-only layout order short" {
		t.Fatalf("listed %s", got)
	}
	for _, name := range []string{"layout", "order", "checksum", "short"} {
		must(Remove(name, o))
	}
	reaped, err := Reap(o)
	if err != nil || len(reaped) != 1 || reaped[0] != "good" {
		t.Fatalf("reaped %v, %v", reaped, err)
	}
}

func TestFolderOfEverybodyIsRefusedUnlessSticky(t *testing.T) {
	o := dir(t)
	_ = mustCreate(t, "x", 10, o).Close()
	if err := os.Chmod(o.Dir, 0o777); err != nil {
		t.Fatal(err)
	}
	_, err := Open("x", o)
	wantErr(t, err, ErrUnsafeDir)
	_, err = Create("y", 10, o)
	wantErr(t, err, ErrUnsafeDir)
	wantErr(t, Remove("x", o), ErrUnsafeDir)
	_, err = Reap(o)
	wantErr(t, err, ErrUnsafeDir)
	if err := os.Chmod(o.Dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	_ = mustOpen(t, "x", o)
}

func TestFileOfAnotherUserIsRefusedUnlessAllowed(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("kernel: only root can give a file to another user")
	}
	o := dir(t)
	_ = mustCreate(t, "x", 10, o).Close()
	if err := os.Chown(filepath.Join(o.Dir, "x"), 12345, -1); err != nil {
		t.Fatal(err)
	}
	_, err := Open("x", o)
	wantErr(t, err, ErrOwner)
	wantErr(t, Remove("x", o), ErrOwner)
	if names, err := Reap(o); err != nil || len(names) != 0 {
		t.Fatalf("reaped %v, %v", names, err)
	}
	infos, err := List(o)
	if err != nil || len(infos) != 1 || infos[0].UID != 12345 || !errors.Is(infos[0].Err, ErrOwner) {
		t.Fatalf("listed %+v, %v", infos, err)
	}
	o.AnyOwner = true
	_ = mustOpen(t, "x", o).Close()
	if names, err := Reap(o); err != nil || len(names) != 1 {
		t.Fatalf("reaped %v, %v", names, err)
	}
}

func TestPermissionsAreExact(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	o := dir(t)
	mustCreate(t, "default", 10, o)
	o.Perm = 0o664
	mustCreate(t, "shared", 10, o)
	for name, want := range map[string]fs.FileMode{"default": 0o600, "shared": 0o664} {
		info, err := Stat(name, o)
		if err != nil || info.Perm != want {
			t.Errorf("%s: %v, %v, want %v", name, info.Perm, err, want)
		}
	}
	o.Perm = 0o040
	_, err := Create("shut", 10, o)
	wantErr(t, err, fs.ErrInvalid)
}

func TestGroupIsGiven(t *testing.T) {
	g, err := user.LookupGroupId(strconv.Itoa(os.Getegid()))
	if err != nil {
		t.Skipf("kernel: this process's group has no name: %v", err)
	}
	o := dir(t)
	o.Group = g.Name
	if got := mustCreate(t, "named", 10, o).Info().GID; got != os.Getegid() {
		t.Fatalf("group %d", got)
	}
	o.Group = "no-such-group-here"
	if _, err := Create("none", 10, o); err == nil {
		t.Fatal("an unknown group was accepted")
	}
	if os.Geteuid() == 0 {
		o.Group = "54321"
		if got := mustCreate(t, "numbered", 10, o).Info().GID; got != 54321 {
			t.Fatalf("group %d", got)
		}
	}
}
