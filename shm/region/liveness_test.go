package region

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

func init() {
	roles["hold"] = hold
}

// hold attaches, takes the seat it is told to, and stays.
func hold(args []string) error {
	o := &Options{Dir: args[0], Name: "holder", Role: "tester", ReadOnly: args[2] == "ro"}
	r, err := Open(args[1], o)
	if err != nil {
		return err
	}
	if !o.ReadOnly {
		if err := r.TakeSeat(3); err != nil {
			return err
		}
	}
	fmt.Println("holding", os.Getpid())
	awaitLine()
	return r.Close()
}

func expectHolding(t *testing.T, c *child) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	pid, ok := strings.CutPrefix(strings.TrimSpace(line), "holding ")
	if err != nil || !ok {
		t.Fatalf("child said %q, %v", line, err)
	}
	return pid
}

// TestDeathIsSeenAtOnce kills holders and leaves them zombies: nobody has waited
// for them when the test looks.
func TestDeathIsSeenAtOnce(t *testing.T) {
	for _, mode := range []string{"rw", "ro"} {
		t.Run(mode, func(t *testing.T) {
			o := &Options{Dir: memoryDir(t)}
			r := mustCreate(t, "x", 10, o)
			c := startRole(t, "hold", o.Dir, "x", mode)
			expectHolding(t, c)
			info := r.Info()
			if info.Attached != 2 || info.Seats[3].Held != (mode == "rw") {
				t.Fatalf("%+v", info)
			}
			for _, a := range info.Attachments {
				if a.PID != os.Getpid() && a.PID != c.cmd.Process.Pid {
					t.Fatalf("attached: pid %d", a.PID)
				}
			}
			if mode == "rw" && (info.Seats[3].Holder.Name != "holder" || info.Seats[3].Holder.PID != c.cmd.Process.Pid) {
				t.Fatalf("holder: %+v", info.Seats[3].Holder)
			}
			c.kill()
			died := time.Now()
			for {
				info = r.Info()
				if info.Attached == 1 && !info.Seats[3].Held {
					break
				}
				if time.Since(died) > 10*time.Second {
					t.Fatalf("still attached: %+v", info.Attachments)
				}
			}
			if c.cmd.ProcessState != nil {
				t.Fatal("somebody waited for the child: it is no zombie")
			}
			t.Logf("seen after %v", time.Since(died))
			if err := r.TakeSeat(3); err != nil {
				t.Fatal(err)
			}
			_ = r.Close()
			if names, err := Reap(o); err != nil || len(names) != 1 {
				t.Fatalf("reaped %v, %v", names, err)
			}
		})
	}
}

// TestOtherPidNamespaceIsCounted has a holder that believes to be pid 1: to a
// check of pids it would look like init, or like nobody.
func TestOtherPidNamespaceIsCounted(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("platform: pid namespaces exist on Linux only")
	}
	if out, err := exec.Command("unshare", "-p", "-f", "true").CombinedOutput(); err != nil {
		t.Skipf("kernel: unshare -p is not allowed here: %v %s", err, out)
	}
	o := &Options{Dir: memoryDir(t)}
	r := mustCreate(t, "x", 10, o)
	c := startCommand(t, exec.Command("unshare", "-p", "-f", "--kill-child", os.Args[0]), "hold", o.Dir, "x", "rw")
	if pid := expectHolding(t, c); pid != "1" {
		t.Fatalf("the holder is pid %s, not 1: no namespace", pid)
	}
	info := r.Info()
	holder := info.Seats[3].Holder
	if info.Attached != 2 || !info.Seats[3].Held || holder.PID != 1 {
		t.Fatalf("%+v", info)
	}
	if holder.Namespace == 0 || holder.Namespace == info.Creator.Namespace {
		t.Fatalf("namespaces %d and %d", holder.Namespace, info.Creator.Namespace)
	}
	_ = r.Close()
	wantErr(t, Remove("x", o), ErrInUse)
	if names, err := Reap(o); err != nil || len(names) != 0 {
		t.Fatalf("reaped %v, %v", names, err)
	}
	c.say("end")
	c.wait()
	if err := Remove("x", o); err != nil {
		t.Fatal(err)
	}
}
