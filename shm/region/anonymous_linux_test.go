package region

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"syscall"
	"testing"

	"github.com/absfs/shmkit/internal/shmfile"
)

func init() {
	roles["inherit"] = inherit
}

func mustAnonymous(t testing.TB, size int64, o *Options) *Region {
	t.Helper()
	r, err := Anonymous(size, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func TestAnonymousCannotBeResized(t *testing.T) {
	r := mustAnonymous(t, 5000, nil)
	for _, size := range []int64{0, 1 << 30} {
		if err := r.File().Truncate(size); !errors.Is(err, syscall.EPERM) {
			t.Fatalf("truncate to %d: %v", size, err)
		}
	}
	if err := shmfile.AddSeals(r.File(), shmfile.SealFutureWrite); !errors.Is(err, syscall.EPERM) {
		t.Fatalf("a further seal: %v", err)
	}
	if info := r.Info(); info.Attached != 1 || info.Path != "" || info.Err != nil {
		t.Fatalf("%+v", info)
	}
	if err := r.CheckLinked(); err != nil {
		t.Fatal(err)
	}
}

func TestFromFileChecksSeals(t *testing.T) {
	o := &Options{Dir: memoryDir(t)}
	named := mustCreate(t, "x", 100, o)
	_, err := FromFile(named.File(), nil)
	wantErr(t, err, ErrSeals)
	r, err := FromFile(named.File(), &Options{Unsealed: true})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
	bare, err := shmfile.Anonymous("bare", false)
	if err != nil {
		t.Fatal(err)
	}
	defer bare.Close()
	_, err = FromFile(bare, nil)
	wantErr(t, err, ErrSeals)
	if err := shmfile.AddSeals(bare, shmfile.SealShrink|shmfile.SealGrow); err != nil {
		t.Fatal(err)
	}
	_, err = FromFile(bare, nil)
	wantErr(t, err, ErrTooShort)
	d, err := os.Open(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = FromFile(d, nil)
	wantErr(t, err, ErrDirectory)
}

// inherit attaches to descriptor 3 and answers through the memory.
func inherit(args []string) error {
	f := os.NewFile(3, "inherited")
	r, err := FromFile(f, &Options{Name: "heir"})
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	copy(r.Bytes()[100:], "from the child")
	fmt.Println("ready")
	awaitLine()
	return r.Close()
}

func TestChildInheritsRegion(t *testing.T) {
	r := mustAnonymous(t, 5000, &Options{Kind: "test"})
	cmd := exec.Command(os.Args[0])
	cmd.ExtraFiles = []*os.File{r.File()}
	c := startCommand(t, cmd, "inherit")
	c.expect("ready")
	if got := string(r.Bytes()[100:114]); got != "from the child" {
		t.Fatalf("read %q", got)
	}
	if info := r.Info(); info.Attached != 2 {
		t.Fatalf("%+v", info.Attachments)
	}
	c.kill()
	for r.Info().Attached != 1 {
	}
}

// TestInheritedDescriptorKeepsNothingAlive closes regions whose descriptors a
// living child still has.
func TestInheritedDescriptorKeepsNothingAlive(t *testing.T) {
	o := &Options{Dir: memoryDir(t)}
	named := mustCreate(t, "x", 100, o)
	a := mustAnonymous(t, 100, nil)
	b, err := FromFile(a.File(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	cmd := exec.Command("sleep", "60")
	cmd.ExtraFiles = []*os.File{named.File(), a.File()}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	_, _ = named.Close(), a.Close()
	if info := b.Info(); info.Attached != 1 || info.CreatorAttached {
		t.Fatalf("%+v", info)
	}
	if err := Remove("x", o); err != nil {
		t.Fatal(err)
	}
}

func TestReadOnlyAttachmentCannotWrite(t *testing.T) {
	o := &Options{Dir: memoryDir(t)}
	mustCreate(t, "x", 100, o)
	r := mustOpen(t, "x", &Options{Dir: o.Dir, ReadOnly: true})
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() == nil {
			t.Fatal("the write went through")
		}
		if _, err := r.File().WriteAt([]byte{1}, r.PayloadOffset()); err == nil {
			t.Fatal("the descriptor can write")
		}
	}()
	r.Bytes()[0] = 1
}

func TestMemoryOptions(t *testing.T) {
	skipEmulated(t)
	o := &Options{Dir: memoryDir(t), NoDump: true, LockMemory: true, HugePages: true}
	_ = mustCreate(t, "x", 1<<20, o).Close()
	mustOpen(t, "x", o)
	flags := vmFlags(t, filepath.Join(o.Dir, "x"))
	for _, want := range []string{" dd ", " lo "} {
		if !strings.Contains(flags, want) {
			t.Errorf("VmFlags%q lack%q", flags, want)
		}
	}
}
