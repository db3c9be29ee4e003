package faults

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

func init() { roles["inherited"] = inheritedRole }

// inheritedRole tells which files it found open.
func inheritedRole(o order) (any, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && (strings.Contains(target, o.Dir) || strings.Contains(target, "memfd:")) {
			found = append(found, target)
		}
	}
	maps, err := mappedBelow(o.Dir)
	ready()
	return append(found, maps...), err
}

func TestChildrenInheritNeitherDescriptorsNorMappings(t *testing.T) {
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	name := filepath.Join(dir, "file")
	writeFile(t, name, numbered(fileSize))
	for _, p := range plans {
		m, err := p.fs()
		must(t, err)
		defer m.Close()
		f, err := open(m, name, os.O_RDWR)
		must(t, err)
		defer f.Close()
		_, err = f.ReadAt(make([]byte, 100), 0)
		must(t, err)
	}
	r, err := region.Create("region", 1<<16, &region.Options{Dir: dir})
	must(t, err)
	defer r.Close()
	a, err := region.Anonymous(1<<16, nil)
	must(t, err)
	defer a.Close()
	p, err := ring.OpenProducer("ring", &ring.Options{Dir: dir, Create: true})
	must(t, err)
	defer p.Close()
	l := lock.NewFile(filepath.Join(dir, "lock"))
	must(t, l.Lock(t.Context()))
	defer l.Unlock()

	var found []string
	start(t, order{Role: "inherited", Dir: dir}).finish(&found)
	if len(found) > 0 {
		t.Errorf("a child inherited:\n%s", strings.Join(found, "\n"))
	}
	here, err := mappedBelow(dir)
	must(t, err)
	if len(here) == 0 {
		t.Error("nothing was mapped here; the test shows nothing")
	}
}
