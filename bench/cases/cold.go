package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// coldSystems are those that treat pages that are not in memory differently.
var coldSystems = []string{Whole, Naive, OSFile, ExpMmap}

func openCold(dir string, p Plan) ([]Case, func() error, error) {
	size := pick(p, int64(256<<20), 32<<20)
	name, err := newFile(dir, "cold", size)
	if err != nil {
		return nil, nil, err
	}
	if err := evict(name); err != nil {
		return nil, nil, err
	}
	var cases []Case
	for _, system := range coldSystems {
		cases = append(cases,
			Case{System: system, Name: Sequential, Size: 64 << 10, Segment: coldRun(system, name, size, 64<<10, int(size/(64<<10)), false)},
			Case{System: system, Name: Random, Size: 4 << 10, Segment: coldRun(system, name, size, 4<<10, 500, true)})
	}
	return cases, func() error { return nil }, nil
}

// coldRun reads n blocks of a file that was put out of memory before.
func coldRun(system, name string, size int64, block, n int, anywhere bool) func() (float64, float64, error) {
	return func() (float64, float64, error) {
		if err := evict(name); err != nil {
			return 0, 0, err
		}
		r, err := open(system, name)
		if err != nil {
			return 0, 0, err
		}
		buf, x, off := make([]byte, block), uint64(time.Now().UnixNano()), int64(0)
		start := time.Now()
		for i := range n {
			off = int64(i) * int64(block)
			if anywhere {
				x = x*6364136223846793005 + 1442695040888963407
				off = int64(x>>33) % (size - int64(block))
			}
			if _, err := r.ReadAt(buf, off); err != nil {
				return 0, 0, errors.Join(err, r.Close())
			}
		}
		took := time.Since(start)
		return float64(took) / float64(n), -1, r.Close()
	}
}

// childArg is what a child of a case is told.
type childArg struct {
	Do     string
	System string
	Path   string
	Size   int64
	For    time.Duration
}

// Main runs the child that arg describes and prints its one number.
func Main(arg string) error {
	var a childArg
	if err := json.Unmarshal([]byte(arg), &a); err != nil {
		return err
	}
	var v float64
	var err error
	switch a.Do {
	case "stall":
		v, err = stall(a)
	case "scan":
		v, err = scan(a)
	case "contend":
		v, err = contend(a)
	default:
		err = fmt.Errorf("child %q", a.Do)
	}
	if err == nil {
		fmt.Println(v)
	}
	return err
}

// start starts a child; wait returns its number.
func (a childArg) start(env ...string) (wait func() (float64, error), err error) {
	arg, err := json.Marshal(a)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "child", string(arg))
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() (v float64, err error) {
		_, scanErr := fmt.Fscan(out, &v)
		if err := cmd.Wait(); err != nil {
			return 0, err
		}
		return v, scanErr
	}, nil
}

// WorstGap is the case of the stall group.
const WorstGap = "worst gap of a ticker"

func openStall(dir string, p Plan) ([]Case, func() error, error) {
	size := pick(p, int64(256<<20), 64<<20)
	name, err := newFile(dir, "stall", size)
	if err != nil {
		return nil, nil, err
	}
	var cases []Case
	for _, system := range coldSystems {
		cases = append(cases, Case{System: system, Name: WorstGap, Unit: "ns", Segment: func() (float64, float64, error) {
			if err := evict(name); err != nil {
				return 0, 0, err
			}
			wait, err := childArg{Do: "stall", System: system, Path: name, Size: size}.start("GOMAXPROCS=1")
			if err != nil {
				return 0, 0, err
			}
			v, err := wait()
			return v, -1, err
		}})
	}
	return cases, func() error { return nil }, nil
}

// stall reads a cold file in 4 KiB blocks all over the place, while another
// goroutine yields and looks at the clock; it returns the longest time the other
// did not run. There is one processor for both.
func stall(a childArg) (float64, error) {
	r, err := open(a.System, a.Path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	stop, gaps := make(chan struct{}), make(chan time.Duration)
	go func() {
		var worst time.Duration
		last := time.Now()
		for {
			select {
			case <-stop:
				gaps <- worst
				return
			default:
			}
			runtime.Gosched()
			now := time.Now()
			worst = max(worst, now.Sub(last))
			last = now
		}
	}()
	buf, x := make([]byte, 4096), uint64(1)
	for range 2000 {
		x = x*6364136223846793005 + 1442695040888963407
		if _, err := r.ReadAt(buf, int64(x>>33)%(a.Size-4096)); err != nil {
			return 0, err
		}
		runtime.Gosched()
	}
	close(stop)
	return float64(<-gaps), nil
}
