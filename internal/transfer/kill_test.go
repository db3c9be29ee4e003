package transfer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
)

var errKilled = errors.New("killed")

// fuse makes the nth call of burn fail, as if the process were killed there.
type fuse int

func (f *fuse) burn() error {
	*f--
	if *f == 0 {
		return errKilled
	}
	return nil
}

// A belt is a ring without bounds: what is taken and not released comes again
// to the next receiver.
type belt struct {
	records  [][]byte
	next     int
	released int
	open     []byte

	beforeCommit, afterCommit, beforeRelease func() error
}

func (b *belt) Reserve(_ context.Context, n int) ([]byte, error) {
	if b.beforeCommit != nil {
		if err := b.beforeCommit(); err != nil {
			return nil, err
		}
	}
	b.open = make([]byte, n)
	return b.open, nil
}

func (b *belt) Abort() { b.open = nil }

func (b *belt) Commit(n int) error {
	b.records = append(b.records, b.open[:n])
	if b.afterCommit != nil {
		return b.afterCommit()
	}
	return nil
}

func (b *belt) Next(context.Context) ([]byte, error) {
	if b.beforeRelease != nil {
		if err := b.beforeRelease(); err != nil {
			return nil, err
		}
	}
	if b.next == len(b.records) {
		return nil, io.EOF
	}
	b.next++
	return b.records[b.next-1], nil
}

func (b *belt) Release() { b.released = b.next }

// revive is what a new receiver meets.
func (b *belt) revive() { b.next = b.released }

type rig struct {
	t       *testing.T
	fs      *memmapfs.MemMapFS
	sources []Source
	src     string
	j       *Journal
	belt    *belt
}

func newRig(t *testing.T) *rig {
	t.Helper()
	src := filepath.Join(t.TempDir(), "src")
	for name, size := range map[string]int{"a/empty": 0, "a/one": 1, "b/chunks": 300, "c": 100} {
		path := filepath.Join(src, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i*7 + size)
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	sources, err := Sources([]string{src})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, fs: memmapfs.New(base, nil), sources: sources, src: src}
	r.reset()
	return r
}

// reset begins with an empty ring and an empty journal.
func (r *rig) reset() {
	r.t.Helper()
	reg, err := shm.Create("journal", journalSize, &region.Options{Dir: r.t.TempDir()})
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { reg.Close() })
	if r.j, err = journalOn(reg); err != nil {
		r.t.Fatal(err)
	}
	r.belt = &belt{}
}

func (r *rig) send() (Sum, error) {
	s := Sender{Out: r.belt, FS: r.fs, Sources: r.sources, Chunk: 100, Journal: r.j}
	return s.Send(context.Background())
}

func (r *rig) receive(out string) (Sum, error) {
	var tree *Tree
	if out != "" {
		var err error
		if tree, err = OpenTree(out); err != nil {
			r.t.Fatal(err)
		}
		defer tree.Close()
	}
	r.belt.revive()
	rec := Receiver{In: r.belt, Tree: tree, Journal: r.j}
	return rec.Receive(context.Background())
}

// senderKills are the moments at which a sender can die, and receiverKills
// those of a receiver.
var senderKills = map[string]func(r *rig, f *fuse){
	"before a commit":        func(r *rig, f *fuse) { r.belt.beforeCommit = f.burn },
	"after a commit":         func(r *rig, f *fuse) { r.belt.afterCommit = f.burn },
	"before a journal entry": func(r *rig, f *fuse) { r.j.fail = f.burn },
}

var receiverKills = map[string]func(r *rig, f *fuse){
	"before a record":             func(r *rig, f *fuse) { r.belt.beforeRelease = f.burn },
	"between effect and journal":  func(r *rig, f *fuse) { r.j.fail = f.burn },
	"between journal and release": nil, // see receiveTwice
}

func (r *rig) heal() {
	r.belt.beforeCommit, r.belt.afterCommit, r.belt.beforeRelease, r.j.fail = nil, nil, nil, nil
}

func TestSenderKilledAnywhereIsSucceeded(t *testing.T) {
	r := newRig(t)
	want, err := r.send()
	if err != nil {
		t.Fatal(err)
	}
	for name, arm := range senderKills {
		died := true
		for n := 1; died; n++ {
			r.reset()
			f := fuse(n)
			arm(r, &f)
			_, err := r.send()
			died = errors.Is(err, errKilled)
			r.heal()
			if died {
				if sum, err := r.send(); err != nil || sum != want {
					t.Fatalf("%s %d: the successor says %+v, %v", name, n, sum, err)
				}
			}
			if got, err := r.receive(""); err != nil || got != want {
				t.Fatalf("%s %d: received %+v, %v", name, n, got, err)
			}
		}
	}
}

func TestReceiverKilledAnywhereIsSucceeded(t *testing.T) {
	r := newRig(t)
	want, err := r.send()
	if err != nil {
		t.Fatal(err)
	}
	for name, arm := range receiverKills {
		died := true
		for n := 1; died; n++ {
			r.reset()
			if _, err := r.send(); err != nil {
				t.Fatal(err)
			}
			out := filepath.Join(t.TempDir(), "out")
			if arm == nil {
				died = r.receiveTwice(out, n)
			} else {
				f := fuse(n)
				arm(r, &f)
				_, err := r.receive(out)
				died = errors.Is(err, errKilled)
				r.heal()
			}
			if died {
				if got, err := r.receive(out); err != nil || got != want {
					t.Fatalf("%s %d: received %+v, %v", name, n, got, err)
				}
			}
			r.compare(out)
		}
	}
}

// receiveTwice receives n records and has the last of them come once more.
func (r *rig) receiveTwice(out string, n int) (died bool) {
	whole := r.belt.records
	if n > len(whole) {
		n = len(whole)
	} else {
		died = n < len(whole)
	}
	r.belt.records = whole[:n]
	_, err := r.receive(out)
	if died != errors.Is(err, io.ErrUnexpectedEOF) {
		r.t.Fatalf("%d records: %v", n, err)
	}
	r.belt.records = whole
	r.belt.released = n - 1
	return died
}

func (r *rig) compare(out string) {
	r.t.Helper()
	for _, name := range []string{"a/empty", "a/one", "b/chunks", "c"} {
		want, err := os.ReadFile(filepath.Join(r.src, name))
		if err != nil {
			r.t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(out, name)); err != nil || string(got) != string(want) {
			r.t.Fatalf("%s has %d bytes, want %d; %v", name, len(got), len(want), err)
		}
	}
	if _, err := os.Stat(filepath.Join(out, partName)); err == nil {
		r.t.Fatal("half a file is left")
	}
}

func TestTreeThatChangedBetweenProducersIsSentFromItsBeginning(t *testing.T) {
	r := newRig(t)
	f := fuse(12)
	r.belt.afterCommit = f.burn
	if _, err := r.send(); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	r.heal()
	if err := os.RemoveAll(filepath.Join(r.src, "a")); err != nil {
		t.Fatal(err)
	}
	want, err := r.send()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.receive(""); err != nil || got != want {
		t.Errorf("received %+v, %v, want %+v", got, err, want)
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add([]byte{})
	var stream []byte
	for _, rec := range samples {
		b := encode(&rec)
		stream = append(append(stream, byte(len(b))), b...)
	}
	f.Add(stream)
	f.Fuzz(func(t *testing.T, stream []byte) {
		b := &belt{}
		for len(stream) > 0 {
			n := min(int(stream[0]), len(stream)-1)
			b.records = append(b.records, stream[1:1+n])
			stream = stream[1+n:]
		}
		rec := Receiver{In: b}
		_, err := rec.Receive(context.Background())
		if err != nil && !errors.Is(err, ErrProtocol) && !errors.Is(err, ErrDigest) && !errors.Is(err, ErrSum) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("untyped error: %v", err)
		}
	})
}
