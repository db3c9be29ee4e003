package region

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"testing"
)

func init() { roles["noproc"] = withoutProc }

// withoutProc uses what otherwise leans on /proc.
func withoutProc(args []string) error {
	if _, err := os.Stat("/proc/self"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("/proc is still there: %w", err)
	}
	o := &Options{Dir: args[0]}
	r, err := Create("x", 100, o)
	if err != nil {
		return err
	}
	if _, err := Create("x", 100, o); !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("a second creation: %w", err)
	}
	if r.File() == r.lock {
		return errors.New("File gives out the locks")
	}
	if info := r.Info(); info.Attached != 1 || !info.Linked || info.Err != nil {
		return fmt.Errorf("%+v", info)
	}
	a, err := Anonymous(100, nil)
	if err != nil {
		return err
	}
	b, err := FromFile(a.File(), nil)
	if err != nil {
		return err
	}
	a.Bytes()[7] = 7
	if b.Bytes()[7] != 7 {
		return errors.New("not shared")
	}
	if err := errors.Join(b.Close(), a.Close(), r.Close(), Remove("x", o)); err != nil {
		return err
	}
	fmt.Println("done")
	return nil
}

func TestRegionsWorkWithoutProc(t *testing.T) {
	if out, err := exec.Command("unshare", "-m", "umount", "-l", "/proc").CombinedOutput(); err != nil {
		t.Skipf("kernel: /proc cannot be taken away: %v %s", err, out)
	}
	dir := memoryDir(t)
	c := startCommand(t, exec.Command("unshare", "-m", "sh", "-c", "umount -l /proc && exec "+os.Args[0]), "noproc", dir)
	c.expect("done")
	c.wait()
	empty(t, dir)
}
