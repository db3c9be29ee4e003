//go:build amd64 && !race && !msan && !asan && !shmnotrap && !shmcheck && !shmfifo

package ring

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/mmap"
)

// The checker stops both sides at every shared store, but of portable code: it cannot
// stand between assembly and memory. Here a child runs an operation one instruction at
// a time, under ptrace, and each content that the ring's memory takes on the way is
// what a kill -9 in that moment would have left. What a pair of successors makes of it
// is compared with what the operation may have done so far.

// stepRole does the operation between two signals to itself, which its tracer takes.
func stepRole(o *Options) error {
	name := os.Getenv(stepEnv)
	ops := steppedOps()
	op := ops[slices.IndexFunc(ops, func(op *steppedOp) bool { return op.name == name })]
	f, err := os.OpenFile(filepath.Join(o.Dir, "ring"), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	mem, err := mmap.Map(f, 0, dataOffset+minCapacity, mmap.Read|mmap.Write, 0)
	if err != nil {
		return err
	}
	p, err := newProducer(mem, Options{}, nil)
	if err != nil {
		return err
	}
	c, err := newConsumer(mem, Options{}, nil)
	if err != nil {
		return err
	}
	if op.way != "" {
		way := waysOfPost[op.way]
		wide, stringsFrom = way.wide && cpu.Wide, way.strings
	}
	sent, done := op.ready(p, c)
	var recs [][]byte
	for i := range op.sends {
		recs = append(recs, op.record(sent+i))
	}
	fmt.Println(sent, done)
	pid, tid := unix.Getpid(), unix.Gettid()
	if err := unix.Tgkill(pid, tid, unix.SIGUSR1); err != nil {
		return err
	}
	err = op.do(p, c, recs)
	return errors.Join(err, unix.Tgkill(pid, tid, unix.SIGUSR1))
}

const stepEnv = "SHMKIT_RING_TEST_STEP"

func init() {
	roles["step"] = stepRole
	if os.Getenv(stepEnv) != "" {
		runtime.LockOSThread() // the first thread is the one that is traced
	}
}

// A routine is one of assembly, and whether it was gone through from its entry to its
// return, without a jump to somebody who does what it cannot.
type routine struct {
	entry  uintptr
	back   uint64 // where it returns to, while one is inside
	passed bool
}

func (r *routine) step(pid int) error {
	if r.entry == 0 || r.passed {
		return nil
	}
	var regs unix.PtraceRegs
	if err := unix.PtraceGetRegs(pid, &regs); err != nil {
		return err
	}
	switch {
	case regs.Rip == uint64(r.entry):
		var top [8]byte
		if _, err := unix.PtracePeekData(pid, uintptr(regs.Rsp), top[:]); err != nil {
			return err
		}
		r.back = binary.LittleEndian.Uint64(top[:])
	case regs.Rip == r.back:
		r.passed = true
	case runtime.FuncForPC(uintptr(regs.Rip)) != runtime.FuncForPC(r.entry):
		r.back = 0
	}
	return nil
}

// step runs op in a child and returns every content its ring's memory had, one after
// another, how many records were sent and done with before, how many instructions
// there were, and whether the routine at entry did it all.
func step(t *testing.T, op *steppedOp) (states [][]byte, sent, done, instructions int, passed bool) {
	dir := t.TempDir()
	name := filepath.Join(dir, "ring")
	if err := os.WriteFile(name, heap(t, minCapacity), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	mem, err := mmap.Map(f, 0, dataOffset+minCapacity, mmap.Read, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = mmap.Unmap(mem) }()
	runtime.LockOSThread() // ptrace is between threads
	defer runtime.UnlockOSThread()
	cmd := inRole(t, "step", dir)
	cmd.Env = append(cmd.Env, stepEnv+"="+op.name, "GOGC=off", "GODEBUG=asyncpreemptoff=1")
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.SysProcAttr = &unix.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		t.Skipf("kernel: no ptrace: %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	stopped := func() unix.Signal {
		var status unix.WaitStatus
		for {
			_, err := unix.Wait4(pid, &status, 0, nil)
			if err == unix.EINTR {
				continue
			}
			if err != nil || !status.Stopped() {
				t.Fatalf("%s: the child ended: %v, %#x: %s", op.name, err, status, complaint.String())
			}
			return status.StopSignal()
		}
	}
	for sig := stopped(); sig != unix.SIGUSR1; sig = stopped() {
		if sig == unix.SIGTRAP {
			sig = 0 // of exec
		}
		if err := unix.PtraceCont(pid, int(sig)); err != nil {
			t.Fatal(err)
		}
	}
	var through routine
	if op.entry != nil {
		through.entry = op.entry()
	}
	states = [][]byte{bytes.Clone(mem)}
	for {
		if err := unix.PtraceSingleStep(pid); err != nil {
			t.Fatal(err)
		}
		if sig := stopped(); sig == unix.SIGUSR1 {
			break
		}
		if instructions++; instructions > 1e6 {
			t.Fatalf("%s: no end", op.name)
		}
		if err := through.step(pid); err != nil {
			t.Fatal(err)
		}
		if last := states[len(states)-1]; !bytes.Equal(last, mem) {
			states = append(states, bytes.Clone(mem))
		}
	}
	if err := unix.PtraceDetach(pid); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%s: %v: %s", op.name, err, complaint.String())
	}
	if _, err := fmt.Sscan(out.String(), &sent, &done); err != nil {
		t.Fatal(err)
	}
	return states, sent, done, instructions, through.passed
}
