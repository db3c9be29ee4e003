package metrics

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
)

// pair opens both sides of a ring of its own.
func pair(t *testing.T, name string) (*ring.Producer, *ring.Consumer) {
	t.Helper()
	o := &ring.Options{Dir: t.TempDir(), Create: true}
	p, err := ring.OpenProducer(name, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := ring.OpenConsumer(name, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close(); c.Close() })
	return p, c
}

func everything(t *testing.T) *Collector {
	t.Helper()
	p, c := pair(t, "r")
	r, err := shm.Create("reg", 4096, &region.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	l := lock.NewFile(filepath.Join(t.TempDir(), "lock"))
	if err := l.Lock(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := l.Unlock(); err != nil {
		t.Fatal(err)
	}
	return New(Producer("r", p), Consumer("r", c), Region(r), Regions(), Lock("l", l), Sigbus(), FS("f", fileSystem(t)))
}

// fileSystem has one mapped file open, of 5 bytes, that was flushed and read.
func fileSystem(t *testing.T) *memmapfs.MemMapFS {
	t.Helper()
	base, err := osfs.NewFS()
	if err != nil {
		t.Fatal(err)
	}
	fs := memmapfs.New(base, nil)
	f, err := fs.Create(osfs.FromNative(filepath.Join(t.TempDir(), "f")))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	if err := f.Sync(); err != nil {
		t.Fatal(err)
	}
	// Windows maps what was written to an empty file when somebody reads it.
	if _, err := f.ReadAt(make([]byte, 5), 0); err != nil {
		t.Fatal(err)
	}
	return fs
}

func TestFileSystemsAreShown(t *testing.T) {
	fs := fileSystem(t)
	text := scrapeText(t, New(FS("f", fs)))
	for _, want := range []string{
		`memmapfs_open_files{access="mapped",fs="f"} 1`, `memmapfs_mapped_bytes{fs="f"} 5`, `memmapfs_opens_total{fs="f"} 1`,
		fmt.Sprintf(`memmapfs_file_syncs_total{fs="f"} %d`, fs.Stats().FileSyncs), `memmapfs_address_space_bytes `,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestHostShowsRingsOfTheLivingAndTheDead(t *testing.T) {
	dir := t.TempDir()
	o := &ring.Options{Dir: dir, Create: true}
	p, err := ring.OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend([]byte("abc")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "stranger"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c := New(Host(dir))
	want := func(lines ...string) {
		t.Helper()
		text := scrapeText(t, c)
		for _, line := range lines {
			if !strings.Contains(text, line) {
				t.Errorf("no %s in\n%s", line, text)
			}
		}
		if strings.Contains(text, "stranger") {
			t.Error("a file that is no region is shown")
		}
	}
	want(`shm_ring_records_total{ring="r",side="producer"} 1`, `shm_ring_seated{ring="r",side="producer"} 1`,
		`shm_ring_seated{ring="r",side="consumer"} 0`, `shm_ring_side_dead{ring="r",side="consumer"} 0`)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	want(`shm_ring_records_total{ring="r",side="producer"} 1`, `shm_ring_seated{ring="r",side="producer"} 0`,
		`shm_ring_side_dead{ring="r",side="producer"} 0`)
	if err := ring.Remove("r", o); err != nil {
		t.Errorf("the scrape left something attached: %v", err)
	}
}

func TestRingCountersAreShownWithBothSides(t *testing.T) {
	p, c := pair(t, "r")
	for range 3 {
		if err := p.TrySend([]byte("0123456789")); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.TryReceive(nil); err != nil {
		t.Fatal(err)
	}
	want := `
# HELP shm_ring_records_total Records committed (side producer) or released (side consumer) since the ring was made.
# TYPE shm_ring_records_total counter
shm_ring_records_total{ring="r",side="consumer"} 1
shm_ring_records_total{ring="r",side="producer"} 3
`
	if err := testutil.CollectAndCompare(New(Producer("r", p), Consumer("r", c)), strings.NewReader(want), "shm_ring_records_total"); err != nil {
		t.Error(err)
	}
}

func TestSourcesBeyondTheBoundAreAddedUp(t *testing.T) {
	c := NewWith(Options{MaxNames: 2})
	dir := t.TempDir()
	for i := range 5 {
		l := lock.NewFile(filepath.Join(dir, fmt.Sprint(i)))
		if ok, err := l.TryLock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := l.Unlock(); err != nil {
			t.Fatal(err)
		}
		c.Add(Lock(fmt.Sprint("lock", i), l))
	}
	if n := testutil.CollectAndCount(c, "lock_acquisitions_total"); n != 3 {
		t.Errorf("%d names, want 2 and the others", n)
	}
}

func TestSourcesOfOneNameAreAddedUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	a, b := lock.NewFile(path), lock.NewFile(path)
	for _, l := range []*lock.File{a, b, b} {
		if ok, err := l.TryLock(); !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := l.Unlock(); err != nil {
			t.Fatal(err)
		}
	}
	want := "# HELP lock_acquisitions_total Times the lock was taken.\n# TYPE lock_acquisitions_total counter\nlock_acquisitions_total{lock=\"l\"} 3\n"
	if err := testutil.CollectAndCompare(New(Lock("l", a), Lock("l", b)), strings.NewReader(want), "lock_acquisitions_total"); err != nil {
		t.Error(err)
	}
}

func TestRemovedSourcesAreNotShown(t *testing.T) {
	p, _ := pair(t, "r")
	c := New()
	remove := c.Add(Producer("r", p))
	before := testutil.CollectAndCount(c)
	remove()
	if after := testutil.CollectAndCount(c); before == 0 || after != 0 {
		t.Errorf("%d metrics before, %d after", before, after)
	}
}

func TestMetricsFollowTheConventions(t *testing.T) {
	problems, err := testutil.CollectAndLint(everything(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestConstantLabelsAreOnEveryMetric(t *testing.T) {
	c := NewWith(Options{Labels: prometheus.Labels{"service": "x"}}, Sigbus())
	want := "# HELP sigbus_signals_sent_total SIGBUS signals that were sent by a process.\n# TYPE sigbus_signals_sent_total counter\nsigbus_signals_sent_total{service=\"x\"} 0\n"
	if err := testutil.CollectAndCompare(c, strings.NewReader(want), "sigbus_signals_sent_total"); err != nil {
		t.Error(err)
	}
}

func scrapeText(t *testing.T, c *Collector) string {
	t.Helper()
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	if w.Code != 200 {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

func TestPromtoolHasNothingToSay(t *testing.T) {
	cmd := exec.Command(promtool(t), "check", "metrics")
	cmd.Stdin = strings.NewReader(scrapeText(t, everything(t)))
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("promtool check metrics: %v\n%s", err, out)
	}
}

func BenchmarkScrapeThousandRings(b *testing.B) {
	c := New()
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		b.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for i := range 1000 {
		p, err := ring.OpenProducer(fmt.Sprint("r", i), &ring.Options{Dir: dir, Create: true, Capacity: 4096})
		if err != nil {
			b.Fatal(err)
		}
		defer p.Close()
		c.Add(Producer(fmt.Sprint("r", i), p))
	}
	h := c.Handler()
	b.ReportAllocs()
	for b.Loop() {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	}
}
