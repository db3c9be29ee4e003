package multiprocess

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// asNobody runs a program as a user without rights.
func asNobody(t *testing.T, name string, args ...string) *proc {
	t.Helper()
	cmd := exec.Command(program(t, name), args...)
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534, NoSetGroups: true}}
	}
	return run(t, cmd)
}

// openDir is a folder everybody may reach and write.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "open-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestFolderWithoutPermissionIsRefused(t *testing.T) {
	src := filepath.Join(openDir(t), "locked")
	if err := os.Mkdir(src, 0); err != nil {
		t.Fatal(err)
	}
	refused(t, asNobody(t, "producer", "-dir", openDir(t), src), 1, src, "permission denied")
}

func TestLockedFileInsideCostsThatFileOnly(t *testing.T) {
	src, dir, out := openDir(t), openDir(t), filepath.Join(openDir(t), "out")
	for name, mode := range map[string]os.FileMode{"a": 0o644, "locked": 0, "z": 0o644} {
		if err := os.WriteFile(filepath.Join(src, name), []byte(name), mode); err != nil {
			t.Fatal(err)
		}
	}
	p := asNobody(t, "producer", "-json", "-dir", dir, src)
	c := asNobody(t, "consumer", "-json", "-dir", dir, "-out", out)
	for _, side := range []*proc{p, c} {
		if code := side.wait(); code != 1 || !strings.Contains(side.stderr.String(), "1 files could not be sent") {
			t.Errorf("exit code %d\n%s", code, describe(side))
		}
	}
	if !exists(out, "a") || !exists(out, "z") || exists(out, "locked") {
		t.Error("not everything else arrived")
	}
}

func TestUnwritableSharedMemoryFolderIsRefused(t *testing.T) {
	dir := openDir(t)
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	refused(t, asNobody(t, "consumer", "-dir", dir), 1, dir, "permission denied")
}

func TestFullSharedMemoryFolderIsRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may mount")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m,mode=0700"); err != nil {
		t.Skip("kernel: mount: ", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	refused(t, start(t, "consumer", "-dir", dir), 1, "no space left")
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
