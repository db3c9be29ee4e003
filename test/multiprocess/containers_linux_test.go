package multiprocess

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// contained runs a shell script with a mount namespace of its own, in which
// /dev/shm has 64 MB as in a container, /tmp/out is writable, and everything
// else is read-only. $in starts a program in pid and ipc namespaces of its own.
func contained(t *testing.T, script string, args ...string) (string, error) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("kernel: only root makes namespaces")
	}
	if out, err := exec.Command("unshare", "-m", "-p", "-i", "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("kernel: no namespaces: %v %s", err, out)
	}
	const setUp = `set -e
mount -t tmpfs -o size=64m,mode=1777 shm /dev/shm
mount -t tmpfs -o mode=1777 out "$OUT"
mount -o remount,bind,ro /
! touch /read-only-root 2>/dev/null
in="unshare -p -i -f --kill-child"
`
	out := t.TempDir()
	readable(t, out)
	cmd := exec.Command("timeout", append([]string{"60", "unshare", "-m", "sh", "-c", setUp + script, "sh"}, args...)...)
	cmd.Env = append(os.Environ(), "OUT="+out)
	said, err := cmd.CombinedOutput()
	return string(said), err
}

func TestContainersShareMemoryByMountAlone(t *testing.T) {
	src := makeTree(t, 4<<20)
	producer, consumer := program(t, "producer"), program(t, "consumer")
	for name, as := range map[string]string{
		"root":         "",
		"unprivileged": "setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all",
	} {
		t.Run(name, func(t *testing.T) {
			readable(t, src)
			out, err := contained(t, `
$in $4 "$2" -json -quiet -capacity 1MiB -out "$OUT/tree" & c=$!
$in $4 "$1" -json -quiet -capacity 1MiB "$3"
wait $c
diff -r "$3" "$OUT/tree" && echo SAME
ls -A /dev/shm`, producer, consumer, src, as)
			if err != nil || !strings.HasSuffix(out, "SAME\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestContainersSharedMemoryThatIsFullIsRefused(t *testing.T) {
	out, err := contained(t, `! $in "$1" -capacity 128MiB && ls -A /dev/shm && echo EMPTY`, program(t, "consumer"))
	if err != nil || !strings.Contains(out, "no space left") || !strings.HasSuffix(out, "\nEMPTY\n") {
		t.Errorf("%v\n%s", err, out)
	}
}

// readable opens a tree, and the folders above it in the temporary folder, to
// everybody.
func readable(t *testing.T, tree string) {
	t.Helper()
	for dir := filepath.Dir(tree); len(dir) > len(os.TempDir()); dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chmod", "-R", "a+rX", tree).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
}
