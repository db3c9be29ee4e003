package region

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func init() { roles["visit"] = visit }

// visit is another user who tries what the arguments allow and says how it went.
func visit(args []string) error {
	dir := args[0]
	for _, name := range []string{"private", "readable", "shared"} {
		_, err := Open(name, &Options{Dir: dir})
		fmt.Println(name, "strict", outcome(err))
		r, err := Open(name, &Options{Dir: dir, AnyOwner: true})
		fmt.Println(name, "write", outcome(err))
		if err == nil {
			r.Bytes()[0] = 'v'
		}
		_, err = Open(name, &Options{Dir: dir, AnyOwner: true, ReadOnly: true})
		fmt.Println(name, "read", outcome(err))
		fmt.Println(name, "remove", outcome(Remove(name, &Options{Dir: dir, AnyOwner: true})))
	}
	r, err := FromFile(os.NewFile(3, "inherited"), nil)
	fmt.Println("inherited", outcome(err))
	if err == nil {
		fmt.Println("attached", r.Info().Attached)
	}
	awaitLine()
	return nil
}

func outcome(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, ErrOwner):
		return "owner"
	case errors.Is(err, ErrInUse):
		return "in use"
	case errors.Is(err, fs.ErrPermission):
		return "denied"
	default:
		return err.Error()
	}
}

// TestOtherUserGetsWhatPermissionsSay visits regions as somebody else.
func TestOtherUserGetsWhatPermissionsSay(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("kernel: only root can become another user")
	}
	dir := memoryDir(t)
	if err := os.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	mustCreate(t, "private", 10, &Options{Dir: dir})
	mustCreate(t, "readable", 10, &Options{Dir: dir, Perm: 0o644})
	shared := mustCreate(t, "shared", 10, &Options{Dir: dir, Perm: 0o666})
	a := mustAnonymous(t, 10, &Options{Perm: 0o666})
	cmd := exec.Command("/proc/self/exe")
	cmd.Dir = "/"
	cmd.ExtraFiles = []*os.File{a.File()}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	c := startCommand(t, cmd, "visit", dir)
	for _, want := range []string{
		"private strict owner", "private write denied", "private read denied", "private remove denied",
		"readable strict owner", "readable write denied", "readable read ok", "readable remove denied",
		"shared strict owner", "shared write ok", "shared read ok", "shared remove in use",
		"inherited ok", "attached 2",
	} {
		c.expect(want)
	}
	if shared.Bytes()[0] != 'v' {
		t.Fatal("the visitor's byte is not there")
	}
	info := shared.Info()
	if info.Attached != 3 {
		t.Fatalf("%+v", info.Attachments)
	}
	seen := false
	for _, at := range info.Attachments {
		seen = seen || at.Known && at.UID == 65534 && at.PID == c.cmd.Process.Pid
	}
	if !seen {
		t.Fatalf("the visitor is not described: %+v", info.Attachments)
	}
	c.say("end")
	c.wait()
	if n := a.Info().Attached; n != 1 {
		t.Fatalf("%d attached after the visitor left", n)
	}
}
