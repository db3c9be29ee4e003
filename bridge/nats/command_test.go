package bridge

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheCommandCarriesARing runs shmbridge at both ends.
func TestTheCommandCarriesARing(t *testing.T) {
	const n = 1000
	bin := filepath.Join(t.TempDir(), "shmbridge")
	if out, err := exec.Command("go", "build", "-o", bin, "./cmd/shmbridge").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s := build(t, 1<<20)
	failed := s.produce(n)
	c := s.consumer()
	var ends []*exec.Cmd
	var texts [2]strings.Builder
	for i, args := range [][]string{{"send", "from", "--dir", s.here}, {"receive", "to", "--dir", s.there, "--metrics", "127.0.0.1:0"}} {
		cmd := exec.Command(bin, append(args, "--url", s.url, "--stream", "records", "--max-bytes", "1048576")...)
		cmd.Stdout, cmd.Stderr = &texts[i], os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		ends = append(ends, cmd)
	}
	s.expect(c, n, func(int) {})
	for i, end := range ends {
		if err := end.Wait(); err != nil || !strings.Contains(texts[i].String(), "1000 records, ") {
			t.Errorf("%v: %s", err, &texts[i])
		}
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
	out, err := exec.Command(bin, "send", "nothing", "--dir", s.here, "--url", s.url).CombinedOutput()
	if err == nil || strings.Count(string(out), "\n") != 1 {
		t.Errorf("a ring that is not there: %v, %q", err, out)
	}
}
