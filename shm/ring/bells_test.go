//go:build (darwin || freebsd || netbsd || openbsd || dragonfly || (linux && shmfifo)) && !shmcheck

package ring

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
)

// Two processes that sleep before each message wake each other by their bells.
func TestSleepersHearTheirBells(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	start(t, "echo", o.Dir)
	c := dialSoon(t, o)
	before, _ := futex.Rings()
	const turns = 100
	for range turns {
		time.Sleep(3 * time.Millisecond) // the echo falls asleep
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	heard, missed := futex.Rings()
	t.Logf("%d turns: %d rings heard, %d missed", turns, heard-before, missed)
	if heard == before {
		t.Error("no ring was heard")
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) { // the echo closes, too
		left := bellsIn(t, o.Dir)
		if len(left) <= 1 { // the listener's
			return
		}
		if time.Now().After(end) {
			t.Fatalf("left behind: %v", left)
		}
	}
}

// A consumer that is killed in its sleep leaves its bell to its successor or to Reap.
func TestTheBellOfAKilledConsumer(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: 4096}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		killAsleep(t, o.Dir)
		if err := p.TrySend([]byte("to nobody")); err != nil {
			t.Fatal(err)
		}
	}
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(5 * time.Millisecond)
		if err := p.TrySend([]byte("last")); err != nil {
			t.Error(err)
		}
	}()
	for rec := []byte(nil); string(rec) != "last"; {
		if rec, err = c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if left := bellsIn(t, o.Dir); len(left) > 0 {
		t.Errorf("the successor left %v", left)
	}
	killAsleep(t, o.Dir)
	if _, err := region.Reap(&region.Options{Dir: o.Dir}); err != nil {
		t.Fatal(err)
	}
	if left := bellsIn(t, o.Dir); len(left) > 0 {
		t.Errorf("reaping left %v", left)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
}

// killAsleep starts a consumer, reaps beside it, and kills it when it sleeps.
func killAsleep(t *testing.T, dir string) {
	t.Helper()
	cmd, _ := start(t, "sleep", dir)
	asleep := func() {
		t.Helper()
		for end := time.Now().Add(20 * time.Second); len(bellsIn(t, dir)) != 1; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("nobody sleeps: %v", bellsIn(t, dir))
			}
		}
	}
	asleep()
	if _, err := region.Reap(&region.Options{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	asleep() // one that is reaped while it is being made is made again
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func bellsIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".bell") {
			names = append(names, e.Name())
		}
	}
	return names
}
