package multiprocess

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

// refused checks for one clear line and the exit code.
func refused(t *testing.T, p *proc, code int, parts ...string) {
	t.Helper()
	got := p.wait()
	text := p.stderr.String()
	if got != code {
		t.Errorf("exit code %d, want %d", got, code)
	}
	if strings.Count(text, "\n") != 1 || strings.Contains(text, "goroutine ") {
		t.Errorf("not one line: %q", text)
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q does not say %q", text, part)
		}
	}
	if p.stdout.Len() > 0 {
		t.Errorf("printed %q", &p.stdout)
	}
}

func TestBadInputIsOneClearLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	for _, test := range []struct {
		name, program string
		code          int
		args          []string
		parts         []string
	}{
		{"missing path", "producer", 1, []string{"/nowhere/at/all"}, []string{"/nowhere"}},
		{"empty path", "producer", 1, []string{"no\nsuch\x1b[1mname"}, []string{"no; such?[1m"}},
		{"twice the name", "producer", 1, []string{file, file}, []string{"would both arrive as file"}},
		{"capacity 0", "producer", 1, []string{"-capacity", "0", file}, []string{"capacity"}},
		{"capacity -1", "consumer", 1, []string{"-capacity", "-1"}, []string{"capacity"}},
		{"capacity 1 TB", "producer", 1, []string{"-capacity", "1TB", file}, []string{"capacity"}},
		{"capacity 1 TB", "consumer", 1, []string{"-capacity", "1TB"}, []string{"capacity"}},
		{"capacity in words", "consumer", 2, []string{"-capacity", "much"}, []string{"capacity", "-h"}},
		{"bad ring name", "consumer", 1, []string{"-ring", "../x"}, []string{"../x", "name"}},
		{"empty ring name", "producer", 1, []string{"-ring", "", file}, []string{"name"}},
		{"unknown flag", "producer", 2, []string{"-x"}, []string{"-x", "-h"}},
		{"an argument", "consumer", 2, []string{"x"}, []string{`"x"`}},
		{"no such folder", "consumer", 1, []string{"-dir", "/nowhere/at/all"}, []string{"/nowhere/at/all"}},
		{"out is a file", "consumer", 1, []string{"-out", file}, []string{file}},
		{"address taken", "consumer", 1, []string{"-metrics", busy.Addr().String()}, []string{"in use"}},
		{"bad address", "producer", 1, []string{"-metrics", "nonsense", file}, []string{"nonsense"}},
	} {
		t.Run(test.program+" "+test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && test.parts[0] == "in use" {
				test.parts = nil
			}
			args := test.args
			if !strings.Contains(strings.Join(args, " "), "-dir") {
				args = append([]string{"-dir", shared(t)}, args...)
			}
			for i := range test.parts {
				if strings.HasPrefix(test.parts[i], "/") {
					test.parts[i] = filepath.FromSlash(test.parts[i])
				}
			}
			refused(t, start(t, test.program, args...), test.code, test.parts...)
		})
	}
}

func TestHelpIsNoError(t *testing.T) {
	for _, name := range []string{"producer", "consumer", "demo"} {
		p := start(t, name, "-h")
		if code := p.wait(); code != 0 || !strings.Contains(p.stdout.String(), "Examples:") || p.stderr.Len() > 0 {
			t.Errorf("%s -h: exit code %d, %q", name, code, &p.stderr)
		}
	}
}

func TestRingOfAnotherVersionIsRefused(t *testing.T) {
	for _, name := range []string{"producer", "consumer"} {
		dir := shared(t)
		o := &region.Options{Dir: dir, Kind: "shmkit.ring", Version: 1 << 30}
		r, err := shm.Create("shmkit-demo", 1<<20, o)
		if err != nil {
			t.Fatal(err)
		}
		args := []string{"-dir", dir}
		if name == "producer" {
			args = append(args, dir)
		}
		refused(t, start(t, name, args...), 1, "version")
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		if err := shm.Remove("shmkit-demo", o); err != nil {
			t.Error(err)
		}
	}
}

func TestBusySeatIsRefusedAndTheFirstGoesOn(t *testing.T) {
	src := makeTree(t, 4<<20)
	dir := shared(t)
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	p := start(t, "producer", append(args, src)...)
	eventually(t, "the ring is made", func() bool { return exists(dir, "shmkit-demo") })
	refused(t, start(t, "producer", append(args, src)...), 1, "shmkit-demo", "producer")
	c := start(t, "consumer", args...)
	if sent, got := p.succeed(), c.succeed(); sent.SHA256 != got.SHA256 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
}

func TestOtherPathsOnAnUnfinishedRingAreRefusedUnlessFresh(t *testing.T) {
	src, other, dir, out := makeTree(t, 32<<20), makeTree(t, 100), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	c := start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	p := start(t, "producer", append(args[:len(args):len(args)], src)...)
	partGrew(t, out, 1<<20)
	c.kill()
	p.kill()
	refused(t, start(t, "producer", append(args[:len(args):len(args)], "-quiet", other)...), 1, "unfinished", "-fresh")
	if info, err := ring.Inspect("shmkit-demo", &ring.Options{Dir: dir}); err != nil || info.Producer.Closed {
		t.Errorf("a refused producer ended the stream for a later consumer: %+v, %v", info, err)
	}
	refused(t, start(t, "consumer", args...), 1, "unfinished", "-out")
	refused(t, start(t, "consumer", append(args[:len(args):len(args)], "-out", t.TempDir())...), 1, "unfinished", "half received")
	c = start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	p = start(t, "producer", append(args[:len(args):len(args)], "-fresh", other)...)
	if sent, got := p.succeed(), c.succeed(); sent.SHA256 != got.SHA256 || got.Files != 47 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
	sameTrees(t, other, out)
}

// describe is for failures of tests that need a certain user.
func describe(p *proc) string { return fmt.Sprintf("%s%s", &p.stdout, &p.stderr) }
