package multiprocess

import (
	"os"
	"path/filepath"
	"testing"
)

// partGrew waits until the big file is half received.
func partGrew(t *testing.T, out string, beyond int64) {
	t.Helper()
	eventually(t, "the big file is under way", func() bool {
		info, err := os.Stat(filepath.Join(out, ".shmkit-transfer.part"))
		return err == nil && info.Size() > beyond
	})
}

func TestKilledConsumerIsSucceededInMidFile(t *testing.T) {
	src, dir, out := makeTree(t, 64<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	p := start(t, "producer", append(args, src)...)
	consumerArgs := append(args[:len(args):len(args)], "-out", out)
	for round := range int64(3) {
		c := start(t, "consumer", consumerArgs...)
		partGrew(t, out, (round+1)<<20)
		c.kill()
		if !p.running() {
			t.Fatalf("the producer ended when its consumer was killed\n%s", &p.stderr)
		}
	}
	c := start(t, "consumer", consumerArgs...)
	sent, got := p.succeed(), c.succeed()
	if sent.SHA256 != got.SHA256 || got.Files != 47 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
	sameTrees(t, src, out)
}

func TestKilledProducerIsSucceededByOneThatStartsItsFileAnew(t *testing.T) {
	src, dir, out := makeTree(t, 64<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	c := start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	for round := range int64(3) {
		p := start(t, "producer", append(args, src)...)
		partGrew(t, out, (round+1)<<20)
		p.kill()
		if !c.running() {
			t.Fatalf("the consumer ended when its producer was killed\n%s", &c.stderr)
		}
	}
	p := start(t, "producer", append(args, src)...)
	sent, got := p.succeed(), c.succeed()
	if sent.SHA256 != got.SHA256 || got.Files != 47 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
	sameTrees(t, src, out)
}

func TestBothKilledAndBothSucceeded(t *testing.T) {
	src, dir, out := makeTree(t, 64<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-json", "-dir", dir, "-capacity", "64KiB"}
	produce := func() *proc { return start(t, "producer", append(args[:len(args):len(args)], src)...) }
	consume := func() *proc { return start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...) }
	p, c := produce(), consume()
	partGrew(t, out, 1<<20)
	c.kill()
	p.kill()
	c, p = consume(), produce()
	sent, got := p.succeed(), c.succeed()
	if sent.SHA256 != got.SHA256 || got.Files != 47 {
		t.Errorf("sent %+v, received %+v", sent, got)
	}
	sameTrees(t, src, out)
}

func TestPeerThatStaysDeadEndsTheOther(t *testing.T) {
	src, dir, out := makeTree(t, 64<<20), shared(t), filepath.Join(t.TempDir(), "out")
	args := []string{"-dir", dir, "-capacity", "64KiB", "-patience", "300ms"}
	p := start(t, "producer", append(args, src)...)
	c := start(t, "consumer", append(args[:len(args):len(args)], "-out", out)...)
	partGrew(t, out, 1<<20)
	c.kill()
	if code := p.wait(); code != 1 {
		t.Errorf("exit code %d\n%s", code, &p.stderr)
	}
}
