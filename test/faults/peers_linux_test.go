package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"golang.org/x/sys/unix"
)

// harms are what happens to the file of a region or a ring with peers attached.
// A harm that leaves the file's pages alone must go unnoticed.
var harms = []struct {
	name     string
	harmless bool
	do       func(t *testing.T, path string, size int64)
}{
	{"truncated to nothing", false, func(t *testing.T, path string, size int64) { truncate(t, path, 0) }},
	{"truncated within the first page", false, func(t *testing.T, path string, size int64) { truncate(t, path, 100) }},
	{"truncated within the data", false, func(t *testing.T, path string, size int64) {
		// At a page's end: the rest of a page would become zeros, which is no fault.
		truncate(t, path, size/2&^0xffff)
	}},
	{regrown, false, func(t *testing.T, path string, size int64) {
		rounds := int64(1000)
		if os.Getenv("SHMKIT_SOAK") != "" {
			rounds = 20_000
		}
		for i := range rounds {
			truncate(t, path, size*i/rounds)
			truncate(t, path, size)
		}
	}},
	{"deleted", true, func(t *testing.T, path string, size int64) { must(t, os.Remove(path)) }},
	{"replaced", true, func(t *testing.T, path string, size int64) {
		writeFile(t, path+".new", []byte("not a region"))
		must(t, os.Rename(path+".new", path))
	}},
}

// regrown is the harm that leaves zeros where records were, and no trace.
const regrown = "truncated and grown, again and again"

func truncate(t *testing.T, path string, size int64) {
	t.Helper()
	must(t, os.Truncate(path, size))
}

// privateDir is a folder that regions accept.
func privateDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	return dir
}

func TestHarmToARingsFileIsAnErrorToBothSides(t *testing.T) {
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			if detecting && !h.harmless {
				t.Skip("platform: the race detector does atomics in C, where a fault cannot be recovered from")
			}
			dir := privateDir(t)
			must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: 1 << 18}))
			path := filepath.Join(dir, "ring")
			info, err := os.Stat(path)
			must(t, err)
			producer := start(t, order{Role: "producer", Dir: dir})
			consumer := start(t, order{Role: "consumer", Dir: dir})
			time.Sleep(20 * time.Millisecond)
			h.do(t, path, info.Size())
			time.Sleep(20 * time.Millisecond)
			var sent, got passed
			producer.finish(&sent)
			consumer.finish(&got)
			t.Logf("sent %+v, received %+v", sent, got)
			if got.Records == 0 {
				t.Error("nothing arrived")
			}
			if got.Wrong != "" && h.name != regrown { // who can write the file can write zeros
				t.Errorf("a wrong record arrived: %s", got.Wrong)
			}
			if h.harmless && (sent.End != "" || got.End != "EOF" || sent.Records != got.Records) {
				t.Errorf("sent %+v, received %+v", sent, got)
			}
		})
	}
}

func TestHarmToARegionsFileIsAnErrorToItsPeers(t *testing.T) {
	for _, h := range harms {
		t.Run(h.name, func(t *testing.T) {
			dir := privateDir(t)
			r, err := region.Create("region", 1<<20, &region.Options{Dir: dir})
			must(t, err)
			defer r.Close()
			path := filepath.Join(dir, "region")
			info, err := os.Stat(path)
			must(t, err)
			var peers [2]*child
			for i := range peers {
				peers[i] = start(t, order{Role: "region peer", Dir: dir})
			}
			time.Sleep(10 * time.Millisecond)
			h.do(t, path, info.Size())
			time.Sleep(20 * time.Millisecond)
			for _, peer := range peers {
				var met attached
				peer.finish(&met)
				t.Logf("%+v", met)
				switch {
				case met.Reads == 0 || met.Writes == 0:
					t.Error("nothing was done")
				case met.Recovered < uint64(met.Faults):
					t.Errorf("%d faults were met, %d counted", met.Faults, met.Recovered)
				case h.harmless && (met.Faults > 0 || met.Linked != "unlinked"):
					t.Errorf("a peer of a file that is only %s met %+v", h.name, met)
				case strings.HasPrefix(h.name, "truncated to nothing") && met.Faults == 0:
					t.Error("no fault was met")
				}
			}
		})
	}
}

// A ring's space is allocated when it is made: a full disk is the creator's
// error and nobody else's.
func TestAFullDiskIsTheErrorOfWhoMakesARing(t *testing.T) {
	dir := smallTmpfs(t, 4<<20)
	must(t, os.Chmod(dir, 0o700))
	must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: 1 << 18}))
	err := ring.Create("large", &ring.Options{Dir: dir, Capacity: 16 << 20})
	wantErrno(t, err, unix.ENOSPC)
	entries, err := os.ReadDir(dir)
	must(t, err)
	if len(entries) != 1 {
		t.Errorf("%d files are left, want the one ring", len(entries))
	}
	_ = os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 8<<20), 0o600) // as much as there is room for
	producer := start(t, order{Role: "producer", Dir: dir})
	consumer := start(t, order{Role: "consumer", Dir: dir})
	time.Sleep(20 * time.Millisecond)
	var sent, got passed
	producer.finish(&sent)
	consumer.finish(&got)
	if sent.End != "" || got.End != "EOF" || sent.Records != got.Records || got.Wrong != "" || got.Records == 0 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
}
