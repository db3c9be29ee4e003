package multiprocess

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// play is a child that maps a file and obeys lines on its standard input.
func play(role string, args []string) int {
	mode := memmapfs.ModeReadWrite
	if role == "private" {
		mode = memmapfs.ModeCopyOnWrite
	}
	if err := obey(mode, args[0]); err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

func obey(mode memmapfs.MappingMode, path string) error {
	base, err := osfs.NewFS()
	if err != nil {
		return err
	}
	config := memmapfs.DefaultConfig()
	config.Mode = mode
	f, err := memmapfs.New(base, config).OpenFile(osfs.FromNative(path), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	m := f.(*memmapfs.MappedFile)
	whole := m.Data()
	fmt.Println("mapped", len(whole))
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		buf := make([]byte, 5)
		switch in.Text() {
		case "write":
			_, err := f.WriteAt([]byte("child"), 0)
			fmt.Println("written", err)
		case "read":
			_, err := f.ReadAt(buf, 0)
			fmt.Printf("%s %v\n", buf, err)
		case "touch": // behind the new end
			_, err := sigbus.Copy(buf, whole[len(whole)-5:])
			_, rerr := f.ReadAt(buf, int64(len(whole)-5))
			fmt.Println(errors.Is(err, sigbus.ErrFault), rerr != nil && (errors.Is(rerr, sigbus.ErrFault) || errors.Is(rerr, io.EOF) || errors.Is(rerr, io.ErrUnexpectedEOF)))
		}
	}
	return nil
}

// A puppet is a child in a role.
type puppet struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Scanner
}

func newPuppet(t *testing.T, role, path string) *puppet {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, path)
	cmd.Env = append(os.Environ(), roleVar+"="+role)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the child: %v", err)
		}
	})
	return &puppet{t, in, bufio.NewScanner(out)}
}

func (p *puppet) says(want string) {
	p.t.Helper()
	if !p.out.Scan() || p.out.Text() != want {
		p.t.Fatalf("the child says %q, want %q", p.out.Text(), want)
	}
}

func (p *puppet) do(order, want string) {
	p.t.Helper()
	fmt.Fprintln(p.in, order)
	p.says(want)
}

func TestSharedWriteIsSeenByTheOtherProcessPrivateIsNot(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, bytes.Repeat([]byte("."), 8192), 0o600); err != nil {
		t.Fatal(err)
	}
	private := newPuppet(t, "private", path)
	private.says("mapped 8192")
	private.do("write", "written <nil>")
	private.do("read", "child <nil>")
	shared := newPuppet(t, "shared", path)
	shared.says("mapped 8192")
	shared.do("read", "..... <nil>")
	shared.do("write", "written <nil>")

	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	f, err := memmapfs.New(base, nil).Open(osfs.FromNative(path))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 5)
	if _, err := f.ReadAt(buf, 0); err != nil || string(buf) != "child" {
		t.Errorf("read %q, %v", buf, err)
	}
}

func TestTruncationByAnotherProcessIsAnErrorAndLifeGoesOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, bytes.Repeat([]byte("."), 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	child := newPuppet(t, "shared", path)
	child.says("mapped 1048576")
	child.do("read", "..... <nil>")
	if err := os.Truncate(path, 5); err != nil {
		t.Skip("platform: a mapped file cannot be truncated here: ", err)
	}
	child.do("touch", "true true")
	child.do("read", "..... <nil>")
	child.do("write", "written <nil>")
	child.do("read", "child <nil>")
}
