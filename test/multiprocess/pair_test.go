package multiprocess

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/wine"
)

func TestTreeArrivesByteForByteWhoeverStartsFirst(t *testing.T) {
	src := makeTree(t, 3<<20)
	for _, first := range []string{"producer", "consumer"} {
		t.Run(first, func(t *testing.T) {
			dir, out := shared(t), filepath.Join(t.TempDir(), "out")
			args := []string{"-json", "-dir", dir, "-capacity", "1MiB"}
			produce := func() *proc { return start(t, "producer", append(args[:len(args):len(args)], src)...) }
			consume := func() *proc { return start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...) }
			var p, c *proc
			if first == "producer" {
				p = produce()
				eventually(t, "the ring is made", func() bool { return exists(dir, "shmkit-demo") })
				c = consume()
			} else {
				c = consume()
				eventually(t, "the ring is made", func() bool { return exists(dir, "shmkit-demo") })
				p = produce()
			}
			sent, got := p.succeed(), c.succeed()
			if sent.SHA256 != got.SHA256 || sent.Files != 47 || got.Files != 47 || sent.Bytes != got.Bytes {
				t.Errorf("sent %+v, received %+v", sent, got)
			}
			sameTrees(t, src, out)
		})
	}
}

func exists(elem ...string) bool {
	_, err := os.Stat(filepath.Join(elem...))
	return err == nil
}

func TestSmallestRingCarriesFilesLargerThanItself(t *testing.T) {
	src, dir := makeTree(t, 2<<20), shared(t)
	p := start(t, "producer", "-json", "-dir", dir, "-capacity", "64KiB", src)
	c := start(t, "consumer", "-json", "-dir", dir, "-capacity", "64KiB")
	if sent, got := p.succeed(), c.succeed(); sent.SHA256 != got.SHA256 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
}

func TestSingleFilesAndSeveralPathsArriveUnderTheirNames(t *testing.T) {
	src, dir, out := makeTree(t, 1000), shared(t), filepath.Join(t.TempDir(), "out")
	p := start(t, "producer", "-json", "-dir", dir, filepath.Join(src, "z-big"), filepath.Join(src, "a"))
	c := start(t, "consumer", "-json", "-dir", dir, "-out", out)
	p.succeed()
	c.succeed()
	want := t.TempDir()
	if err := os.CopyFS(filepath.Join(want, "a"), os.DirFS(filepath.Join(src, "a"))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"z-big", "a/empty", "a/one", "a/page"} {
		if string(read(t, src, name)) != string(read(t, out, name)) {
			t.Errorf("%s differs", name)
		}
	}
}

func TestLinksAreSkippedAndCounted(t *testing.T) {
	wine.Skip(t, "CreateSymbolicLink makes nothing and reports success")
	src, dir, out := makeTree(t, 10), shared(t), filepath.Join(t.TempDir(), "out")
	if err := os.Symlink("/etc", filepath.Join(src, "link")); err != nil {
		t.Skip("platform: no symbolic links: ", err)
	}
	p := start(t, "producer", "-json", "-dir", dir, src)
	c := start(t, "consumer", "-json", "-dir", dir, "-out", out)
	if r := p.succeed(); r.Skipped != 1 {
		t.Errorf("%d skipped", r.Skipped)
	}
	c.succeed()
	if exists(out, "link") {
		t.Error("the link arrived")
	}
}

func TestInterruptEndsBothAndLeavesNothing(t *testing.T) {
	wine.Skip(t, "without a console no process is sent Ctrl-Break")
	src := makeTree(t, 1<<20)
	// Sparse, and so large that the transfer lasts however late the interrupt comes.
	if err := os.Truncate(filepath.Join(src, "z-big"), 8<<30); err != nil {
		t.Fatal(err)
	}
	for _, victim := range []string{"producer", "consumer"} {
		t.Run(victim, func(t *testing.T) {
			dir, out := shared(t), filepath.Join(t.TempDir(), "out")
			procs := map[string]*proc{
				"producer": start(t, "producer", "-dir", dir, "-capacity", "64KiB", src),
				"consumer": start(t, "consumer", "-dir", dir, "-capacity", "64KiB", "-out", out),
			}
			partGrew(t, out, 2<<20)
			procs[victim].interrupt()
			if code := procs[victim].wait(); code != 130 {
				t.Errorf("the %s exits with %d\n%s", victim, code, &procs[victim].stderr)
			}
			for name, p := range procs {
				if name == victim {
					continue
				}
				if code := p.wait(); code != 1 || !strings.Contains(p.stderr.String(), "the other side was interrupted") {
					t.Errorf("the %s exits with %d\n%s", name, code, &p.stderr)
				}
			}
			if exists(out, ".shmkit-transfer.part") {
				t.Error("half a file is left")
			}
		})
	}
}

func TestInterruptOfOneAloneLeavesNothing(t *testing.T) {
	wine.Skip(t, "without a console no process is sent Ctrl-Break")
	for _, name := range []string{"producer", "consumer"} {
		t.Run(name, func(t *testing.T) {
			dir := shared(t)
			args := []string{"-dir", dir}
			if name == "producer" {
				args = append(args, makeTree(t, 8<<20))
			}
			p := start(t, name, args...)
			eventually(t, "the ring is made", func() bool { return exists(dir, "shmkit-demo") })
			p.interrupt()
			if code := p.wait(); code != 130 {
				t.Errorf("exit code %d\n%s", code, &p.stderr)
			}
		})
	}
}
