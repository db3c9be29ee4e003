package region

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/shmfile"
)

func init() {
	roles["churn"] = churn
	roles["contend"] = contend
}

var soak = os.Getenv("SHMKIT_SOAK") == "1"

// memoryDir is a folder in memory where there is one.
func memoryDir(t testing.TB) string {
	t.Helper()
	path, private := shmfile.DefaultDir()
	if private {
		return t.TempDir()
	}
	d, err := os.MkdirTemp(path, "region-test-")
	if err != nil {
		t.Skipf("kernel: no folder in %s: %v", path, err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(d) })
	return d
}

// TestBirthAndDeath has processes create, open, remove and reap one name while
// they are killed at random. Nobody may ever see a region that is not whole or
// lose one it is attached to, and nothing may be left behind.
func TestBirthAndDeath(t *testing.T) {
	for _, c := range []struct {
		name         string
		named, kills bool
		length       time.Duration
	}{
		{"unnamed files", false, true, time.Second},
		{"temporary names", true, true, time.Second},
		{"nobody killed", false, false, time.Second / 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			processes, length := 16, c.length
			switch {
			case soak:
				processes, length = 64, 20*time.Second
			case emulated(): // where a process takes its time to start
				processes = 4
			}
			birthAndDeath(t, processes, length, c.named, c.kills)
		})
	}
}

func birthAndDeath(t *testing.T, processes int, length time.Duration, named, kill bool) {
	o := &Options{Dir: memoryDir(t)}
	end := time.Now().Add(length)
	var wg sync.WaitGroup
	var mu sync.Mutex
	killed, done := 0, map[string]int{}
	for range processes {
		wg.Go(func() {
			for time.Now().Before(end) {
				c := startRole(t, "churn", o.Dir, strconv.FormatInt(end.UnixNano(), 10), strconv.FormatBool(named))
				if kill && rand.IntN(4) != 0 {
					time.Sleep(time.Duration(rand.Int64N(int64(time.Second))))
					_ = c.cmd.Process.Kill()
				}
				last := ""
				for {
					line, err := c.out.ReadString('\n')
					if err != nil {
						break
					}
					last = strings.TrimSpace(line)
				}
				err := c.cmd.Wait()
				mu.Lock()
				switch {
				case strings.HasPrefix(last, "error"):
					t.Error(last)
				case err != nil && kill:
					killed++
				case err != nil:
					t.Error(err)
				default:
					for _, f := range strings.Fields(last) {
						k, v, _ := strings.Cut(f, "=")
						n, _ := strconv.Atoi(v)
						done[k] += n
					}
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("%d processes for %v, %d killed; the others: %v", processes, length, killed, done)
	if _, err := Reap(o); err != nil {
		t.Fatal(err)
	}
	empty(t, o.Dir)
	if kill && killed == 0 || done["opened"] == 0 {
		t.Skip("platform: too slow (an emulator?) for the race to happen in the time")
	}
}

const churnName = "contended"

// churn does random things to one name and checks what it sees.
func churn(args []string) error {
	nanos, _ := strconv.ParseInt(args[1], 10, 64)
	end := time.Unix(0, nanos)
	shmfile.ForceNamedDrafts(args[2] == "true")
	o := &Options{Dir: args[0]}
	done := map[string]int{}
	for time.Now().Before(end) {
		var err error
		var what string
		switch rand.IntN(9) {
		case 0, 1, 2:
			what, err = "created", churnCreate(o)
		case 3, 4, 5:
			what, err = "opened", churnOpen(o)
		case 6:
			what, err = "removed", Remove(churnName, o)
		case 7:
			var names []string
			names, err = Reap(o)
			if len(names) == 0 && err == nil {
				continue
			}
			what = "reaped"
		case 8:
			var info Info
			what = "looked"
			if info, err = Stat(churnName, o); err == nil {
				err = info.Err
			}
		}
		switch {
		case err == nil:
			done[what]++
		case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist), errors.Is(err, ErrInUse):
		default:
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	for k, n := range done {
		fmt.Printf("%s=%d ", k, n)
	}
	fmt.Println()
	return nil
}

func churnCreate(o *Options) error {
	size := int64(16 + rand.IntN(100_000)) // a length, and a byte at the end
	c := *o
	c.Init = func(p []byte) error {
		le.PutUint64(p, uint64(size))
		p[len(p)-1] = byte(size) ^ 0x5a
		return nil
	}
	r, err := Create(churnName, size, &c)
	if err != nil {
		return err
	}
	return churnHold(r)
}

func churnOpen(o *Options) error {
	c := *o
	c.ReadOnly = rand.IntN(3) == 0
	r, err := Open(churnName, &c)
	if err != nil {
		return err
	}
	return churnHold(r)
}

// churnHold checks that the region is whole and stays this process's for as
// long as it is attached.
func churnHold(r *Region) error {
	for range 1 + rand.IntN(2)*rand.IntN(3) {
		p := r.Bytes()
		if size := le.Uint64(p); size != uint64(len(p)) || p[len(p)-1] != byte(size)^0x5a {
			return fmt.Errorf("half a region: %d bytes, says %d", len(p), size)
		}
		if err := r.CheckLinked(); err != nil {
			return err
		}
		if rand.IntN(8) == 0 {
			time.Sleep(time.Duration(rand.IntN(200)) * time.Microsecond)
		}
	}
	return r.Close()
}

// TestExactlyOneCreatorWins starts rounds in which every process wants the name.
func TestExactlyOneCreatorWins(t *testing.T) {
	processes, rounds := 8, 25
	if soak {
		processes, rounds = 64, 500
	}
	dir := memoryDir(t)
	children := make([]*child, processes)
	for i := range children {
		children[i] = startRole(t, "contend", dir)
	}
	for _, c := range children {
		c.expect("ready")
	}
	for range rounds {
		for _, c := range children {
			c.say("go")
		}
		won := 0
		for _, c := range children {
			line, err := c.out.ReadString('\n')
			switch strings.TrimSpace(line) {
			case "won":
				won++
			case "lost":
			default:
				t.Fatalf("child said %q, %v", line, err)
			}
		}
		if won != 1 {
			t.Fatalf("%d creators won", won)
		}
		if err := Remove(churnName, &Options{Dir: dir}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range children {
		c.say("end")
		c.wait()
	}
	empty(t, dir)
}

func contend(args []string) error {
	in := bufio.NewReader(os.Stdin)
	fmt.Println("ready")
	for {
		line, err := in.ReadString('\n')
		if err != nil || strings.TrimSpace(line) == "end" {
			return nil
		}
		r, err := Create(churnName, 10, &Options{Dir: args[0]})
		switch {
		case err == nil:
			if err := r.Close(); err != nil {
				return err
			}
			fmt.Println("won")
		case errors.Is(err, fs.ErrExist):
			fmt.Println("lost")
		default:
			return err
		}
	}
}

func forceNamed(t testing.TB, on bool) {
	shmfile.ForceNamedDrafts(on)
	t.Cleanup(func() { shmfile.ForceNamedDrafts(false) })
}
