package region

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
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

func TestSeatsHaveOneHolder(t *testing.T) {
	o := dir(t)
	a := mustCreate(t, "x", 10, o)
	b := mustOpen(t, "x", o)
	ro := mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	if err := a.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	wantErr(t, a.TakeSeat(1), ErrBusy)
	wantErr(t, b.TakeSeat(1), ErrBusy)
	wantErr(t, ro.TakeSeat(0), ErrReadOnly)
	wantErr(t, a.TakeSeat(16), fs.ErrInvalid)
	for _, r := range []*Region{a, b, ro} {
		if held, err := r.SeatHeld(1); !held || err != nil {
			t.Fatalf("held: %v, %v", held, err)
		}
		if held, err := r.SeatHeld(0); held || err != nil {
			t.Fatalf("seat 0 held: %v, %v", held, err)
		}
	}
	if err := a.LeaveSeat(1); err != nil {
		t.Fatal(err)
	}
	if err := b.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	_ = b.Close()
	if err := a.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
}

func TestInfoCountsEveryAttachment(t *testing.T) {
	o := dir(t)
	o.Kind, o.Version, o.Role = "counter", 3, "maker"
	a := mustCreate(t, "x", 10, o)
	b := mustOpen(t, "x", &Options{Dir: o.Dir, Name: "bee", Role: "worker"})
	mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	if err := b.TakeSeat(1); err != nil {
		t.Fatal(err)
	}
	byName, err := Stat("x", &Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	list, err := List(&Options{Dir: o.Dir})
	if err != nil || len(list) != 1 {
		t.Fatalf("list: %v, %v", list, err)
	}
	for _, info := range []Info{a.Info(), b.Info(), byName, list[0]} {
		if info.Err != nil {
			t.Fatal(info.Err)
		}
		if info.Attached != 4 || !info.CreatorAttached || !info.Linked || !info.ThisBoot && runtime.GOOS == "linux" {
			t.Fatalf("%+v", info)
		}
		if !info.Seats[1].Held || info.Seats[1].Holder.Name != "bee" || info.Seats[1].Holder.PID != os.Getpid() || info.Seats[0].Held {
			t.Fatalf("seats: %+v", info.Seats[:2])
		}
		if info.Kind != "counter" || info.Version != 3 || info.Creator.PID != os.Getpid() || info.Size != 10 {
			t.Fatalf("%+v", info)
		}
		known := 0
		for _, at := range info.Attachments {
			if at.PID != os.Getpid() {
				t.Fatalf("pid %d, want %d: %+v", at.PID, os.Getpid(), at)
			}
			if at.Known {
				known++
			}
		}
		if known != 2 {
			t.Fatalf("%d attachments left a description, want 2", known)
		}
	}
	_ = a.Close()
	if info := b.Info(); info.CreatorAttached || info.Attached != 3 {
		t.Fatalf("after the creator left: %+v", info)
	}
}

func TestTableOverflowIsCounted(t *testing.T) {
	o := dir(t)
	r := mustCreate(t, "x", 10, o)
	const n = slotCount + 10
	for range n - 1 {
		mustOpen(t, "x", o)
	}
	if info := r.Info(); info.Attached != n || info.Err != nil {
		t.Fatalf("%d attached, want %d: %v", info.Attached, n, info.Err)
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
