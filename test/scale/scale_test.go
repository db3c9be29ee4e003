package scale

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/wine"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/metrics"
	"github.com/absfs/shmkit/shm/ring"
)

const (
	rings = 1000
	files = 10_000
)

// TestAThousandRingsAndTenThousandFiles has both ends of the rings and all files
// open in one process, uses each, and scrapes them.
func TestAThousandRingsAndTenThousandFiles(t *testing.T) {
	wine.Skip(t, "a process has at most some 9900 open files")
	if strconv.IntSize == 32 {
		t.Skip("platform: too few addresses to map so many files")
	}
	began := status(t)
	c := metrics.New()
	start := time.Now()
	poller := openRings(t, c)
	ringTime := time.Since(start)
	start = time.Now()
	fs := openFiles(t)
	fileTime := time.Since(start)
	c.Add(metrics.FS("files", fs))

	start = time.Now()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	scrape := time.Since(start)
	if n := strings.Count(w.Body.String(), "shm_ring_records_total{"); n != 2*rings {
		t.Errorf("%d sides of rings are shown", n)
	}
	if !strings.Contains(w.Body.String(), fmt.Sprintf(`memmapfs_open_files{access="mapped",fs="files"} %d`, files)) {
		t.Error("not all files are shown as mapped")
	}
	for heard := 0; heard < rings; { // one goroutine hears of all
		ready, err := poller.Wait(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range ready {
			if rec, err := c.TryReceive(nil); err != nil || string(rec) != "record" {
				t.Fatalf("%q, %v", rec, err)
			}
		}
		heard += len(ready)
	}
	runtime.GC()
	now := status(t)
	fmt.Printf("| %d rings opened in %v, %d files in %v; scraped in %v; %s |\n",
		rings, ringTime.Round(time.Millisecond), files, fileTime.Round(time.Millisecond), scrape.Round(time.Millisecond), now)
	if now.threads > began.threads+16 {
		t.Errorf("%d threads, %d before", now.threads, began.threads)
	}
	if n := runtime.NumGoroutine(); n > 50 {
		t.Errorf("%d goroutines", n)
	}
}

// openRings opens both ends of every ring and sends a record into each.
func openRings(t *testing.T, c *metrics.Collector) *ring.Poller {
	t.Helper()
	o := &ring.Options{Dir: private(t), Capacity: 1 << 16, Create: true}
	poller := new(ring.Poller)
	for i := range rings {
		name := fmt.Sprint("ring", i)
		p, err := ring.OpenProducer(name, o)
		if err != nil {
			t.Fatal(err)
		}
		consumer, err := ring.OpenConsumer(name, o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { p.Close(); consumer.Close() })
		if err := p.TrySend([]byte("record")); err != nil {
			t.Fatal(err)
		}
		poller.Add(consumer)
		c.Add(metrics.Producer(name, p))
		c.Add(metrics.Consumer(name, consumer))
	}
	return poller
}

// openFiles maps every file and reads a byte of it.
func openFiles(t *testing.T) *memmapfs.MemMapFS {
	t.Helper()
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	fs := memmapfs.New(base, nil)
	t.Cleanup(func() { fs.Close() })
	dir := private(t)
	content := []byte(strings.Repeat("content ", 512))
	for i := range files {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := fs.Open(osfs.FromNative(name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		one := make([]byte, 1)
		if _, err := f.ReadAt(one, int64(i%len(content))); err != nil {
			t.Fatal(err)
		}
	}
	return fs
}

func private(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// state is what the system says of this process, as far as it does.
type state struct {
	threads  int
	resident string
}

func (s state) String() string {
	return fmt.Sprintf("%d threads, resident %s", s.threads, s.resident)
}

func status(t *testing.T) (s state) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return s
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		switch value = strings.TrimSpace(value); key {
		case "Threads":
			fmt.Sscan(value, &s.threads)
		case "VmRSS":
			s.resident = value
		}
	}
	return s
}
