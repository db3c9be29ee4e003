package faults

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/absfs/shmkit/sigbus"
)

// holdings is what a process holds that a handle could forget to give back.
type holdings struct {
	descriptors, goroutines int
	registered              int64
}

// held counts. The runtime's poller, whose descriptors stay, is there afterwards.
func held() (holdings, error) {
	if r, w, err := os.Pipe(); err == nil {
		r.Close()
		w.Close()
	}
	entries, err := os.ReadDir("/proc/self/fd")
	return holdings{len(entries), runtime.NumGoroutine(), sigbus.Stats().Registered}, err
}

// mappedBelow returns the lines of /proc/self/maps that show files below dir.
func mappedBelow(dir string) ([]string, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	var found []string
	for line := range strings.Lines(string(maps)) {
		if strings.Contains(line, dir) {
			found = append(found, strings.TrimSpace(line))
		}
	}
	return found, nil
}

// leaked waits for the runtime to clean up, and says what is still held that
// was not held before.
func (before holdings) leaked(dir string) error {
	var last error
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		runtime.GC()
		if last = before.compare(dir); last == nil {
			return nil
		}
	}
	return last
}

func (before holdings) compare(dir string) error {
	now, err := held()
	if err != nil {
		return err
	}
	maps, err := mappedBelow(dir)
	switch {
	case err != nil:
		return err
	case len(maps) > 0:
		return fmt.Errorf("%d mappings left, the first: %s", len(maps), maps[0])
	case now.descriptors > before.descriptors:
		return fmt.Errorf("%d descriptors, %d before", now.descriptors, before.descriptors)
	case now.registered > before.registered:
		return fmt.Errorf("%d registered ranges, %d before", now.registered, before.registered)
	case now.goroutines > before.goroutines:
		return fmt.Errorf("%d goroutines, %d before", now.goroutines, before.goroutines)
	}
	return nil
}
