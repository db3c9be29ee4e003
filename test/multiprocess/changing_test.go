package multiprocess

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFileThatShrinksWhileItIsSentIsSentAgain(t *testing.T) {
	src, dir, out := makeTree(t, 64<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	p := start(t, "producer", append(args, src)...)
	c := start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	partGrew(t, out, 1<<20)
	if err := os.Truncate(filepath.Join(src, "z-big"), 12345); err != nil {
		t.Skip("platform: a mapped file cannot be truncated here: ", err)
	}
	if sent, got := p.succeed(), c.succeed(); sent.SHA256 != got.SHA256 || got.Files != 47 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
	if !strings.Contains(p.stderr.String(), "trying again z-big") {
		t.Errorf("not told: %s", &p.stderr)
	}
	sameTrees(t, src, out)
}

func TestFileThatNeverHoldsStillCostsThatFileOnly(t *testing.T) {
	src, dir, out := makeTree(t, 16<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	p := start(t, "producer", append(args, src)...)
	big, err := os.OpenFile(filepath.Join(src, "z-big"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer big.Close()
	c := start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	eventually(t, "the producer gives up", func() bool {
		if _, err := big.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		return !p.running()
	})
	for _, side := range []*proc{p, c} {
		if code := side.wait(); code != 1 || !strings.Contains(side.stderr.String(), "1 files could not be sent") {
			t.Errorf("exit code %d\n%s", code, describe(side))
		}
	}
	if exists(out, "z-big") || exists(out, ".shmkit-transfer.part") {
		t.Error("a file arrived that never was")
	}
	if err := big.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(src, "z-big")); err != nil {
		t.Fatal(err)
	}
	sameTrees(t, src, out)
}
