package faults

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

// needRoot skips a test that mounts or limits things.
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: file systems cannot be mounted")
	}
}

func mount(t *testing.T, source, dir, fstype, data string) {
	t.Helper()
	err := unix.Mount(source, dir, fstype, 0, data)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENODEV) {
		t.Skipf("kernel: mounting %s: %v", fstype, err)
	}
	must(t, err)
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
		}
	})
}

// smallTmpfs mounts a tmpfs of size bytes.
func smallTmpfs(t *testing.T, size int64) string {
	t.Helper()
	needRoot(t)
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", "size="+strconv.FormatInt(size, 10))
	return dir
}

// smallExt4 mounts an ext4 image of size bytes through a loop device.
func smallExt4(t *testing.T, size int64) string {
	t.Helper()
	needRoot(t)
	for _, tool := range []string{"mkfs.ext4", "losetup"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip(err)
		}
	}
	image := filepath.Join(t.TempDir(), "image")
	writeFile(t, image, nil)
	must(t, os.Truncate(image, size))
	if out, err := exec.Command("mkfs.ext4", "-q", "-m0", "-O", "^has_journal", image).CombinedOutput(); err != nil {
		t.Fatalf("mkfs.ext4: %v\n%s", err, out)
	}
	out, err := exec.Command("losetup", "--find", "--show", image).CombinedOutput()
	if err != nil {
		t.Skipf("kernel: losetup: %v: %s", err, out)
	}
	device := string(out[:len(out)-1])
	t.Cleanup(func() {
		if out, err := exec.Command("losetup", "--detach", device).CombinedOutput(); err != nil {
			t.Errorf("losetup --detach: %v\n%s", err, out)
		}
	})
	dir := t.TempDir()
	mount(t, device, dir, "ext4", "")
	return dir
}

// smallDisks are the file systems that get full.
var smallDisks = []struct {
	name string
	make func(t *testing.T, size int64) string
}{
	{"tmpfs", smallTmpfs},
	{"ext4", smallExt4},
}
