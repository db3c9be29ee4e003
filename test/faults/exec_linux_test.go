package faults

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"golang.org/x/sys/unix"
)

func init() { roles["inherited"] = inheritedRole }

// inheritedRole tells which descriptors, beyond the standard three, and which
// files in memory it found.
func inheritedRole(o order) (any, error) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil, err
	}
	found := []string{}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err != nil || fd <= 2 {
			continue
		}
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil {
			found = append(found, target)
		}
	}
	maps, err := mappedBelow(o.Dir)
	ready()
	return append(found, maps...), err
}

// inherits starts a child and returns what it inherited.
func inherits(t *testing.T, dir string) (found []string) {
	t.Helper()
	start(t, order{Role: "inherited", Dir: dir}).finish(&found)
	for i, f := range found { // its own look at the list
		if strings.HasPrefix(f, "/proc/") && strings.HasSuffix(f, "/fd") {
			found[i] = "/proc/self/fd"
		}
	}
	slices.Sort(found)
	return found
}

func TestChildrenInheritNeitherDescriptorsNorMappings(t *testing.T) {
	dir := privateDir(t)
	before := inherits(t, dir)
	mine, err := held()
	must(t, err)
	openEverything(t, dir)
	now, err := held()
	must(t, err)
	here, err := mappedBelow(dir)
	must(t, err)
	if len(here) == 0 || now.descriptors < mine.descriptors+20 {
		t.Errorf("%d mappings and %d new descriptors; the test shows nothing", len(here), now.descriptors-mine.descriptors)
	}
	if after := inherits(t, dir); !slices.Equal(before, after) {
		t.Errorf("a child inherited:\n%s\nbefore anything was opened:\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
	}
	passed, err := unix.Dup(0) // without CLOEXEC
	must(t, err)
	defer unix.Close(passed)
	if after := inherits(t, dir); len(after) != len(before)+1 {
		t.Errorf("a descriptor that is inherited is not seen: the test shows nothing")
	}
}

// openEverything leaves one of each kind of handle open until the test ends.
func openEverything(t *testing.T, dir string) {
	t.Helper()
	closing := func(c interface{ Close() error }, err error) {
		t.Helper()
		must(t, err)
		t.Cleanup(func() { c.Close() })
	}
	name := filepath.Join(dir, "file")
	writeFile(t, name, numbered(fileSize))
	configs := []*memmapfs.Config{{Mode: memmapfs.ModeReadOnly, Preload: true}, {Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncImmediate}}
	for _, p := range plans {
		configs = append(configs, p.config())
	}
	for _, config := range configs {
		base, err := osfs.NewFS()
		must(t, err)
		m := memmapfs.New(base, config)
		for _, flag := range []int{os.O_RDONLY, os.O_RDWR, os.O_WRONLY, os.O_RDWR | os.O_APPEND} {
			f, err := open(m, name, flag)
			closing(f, err)
			if flag == os.O_RDWR {
				_, err = f.WriteAt([]byte("x"), fileSize)
				must(t, err)
			}
		}
	}

	o := &region.Options{Dir: dir}
	r, err := region.Create("region", 1<<16, o)
	closing(r, err)
	other, err := region.Open("region", o)
	closing(other, err)
	must(t, r.TakeSeat(3))
	must(t, r.SaveTo(filepath.Join(dir, "saved")))
	a, err := region.Anonymous(1<<16, nil)
	closing(a, err)
	received := passFile(t, a.File())
	closing(received, nil)
	b, err := region.FromFile(received, nil)
	closing(b, err)

	ro := &ring.Options{Dir: dir, Create: true}
	p, err := ring.OpenProducer("ring", ro)
	closing(p, err)
	c, err := ring.OpenConsumer("ring", ro)
	closing(c, err)
	tap, err := ring.OpenTap("ring", ro)
	closing(tap, err)
	l, err := ring.Listen("listener", &ring.Options{Dir: dir})
	closing(l, err)
	accepted := make(chan net.Conn, 1)
	go func() {
		c, _ := l.Accept()
		accepted <- c
	}()
	dialled, err := ring.Dial(context.Background(), "listener", &ring.Options{Dir: dir})
	closing(dialled, err)
	closing(<-accepted, nil)

	locked := lock.NewFile(filepath.Join(dir, "lock"))
	must(t, locked.Lock(t.Context()))
	t.Cleanup(func() { locked.Unlock() })
	f, err := os.Create(filepath.Join(dir, "ranges"))
	closing(f, err)
	must(t, lock.NewRange(f, 0, 100).Lock(t.Context()))
}

// passFile sends f through a socket and returns what arrives, leaving the socket open.
func passFile(t *testing.T, f *os.File) *os.File {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	must(t, err)
	t.Cleanup(func() { l.Close() })
	out, err := net.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
	must(t, err)
	t.Cleanup(func() { out.Close() })
	in, err := l.AcceptUnix()
	must(t, err)
	t.Cleanup(func() { in.Close() })
	must(t, region.SendFile(out, f))
	got, err := region.ReceiveFile(in)
	must(t, err)
	return got
}
