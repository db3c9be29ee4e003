package ring

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

// TestDeathNamesTheRing kills a producer and reads what it left.
func TestDeathNamesTheRing(t *testing.T) {
	dir := t.TempDir()
	if err := Create("r", &Options{Dir: dir, Capacity: 1 << 16}); err != nil {
		t.Fatal(err)
	}
	c, err := OpenConsumer("r", &Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd, _ := start(t, "produce", dir)
	if _, err := c.Receive(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	var path *fs.PathError
	for err == nil {
		_, err = c.Receive(t.Context(), nil)
	}
	if !errors.Is(err, ErrPeerDead) || !errors.As(err, &path) || path.Path != filepath.Join(dir, "r") {
		t.Errorf("%v, want ErrPeerDead that names %s", err, filepath.Join(dir, "r"))
	}
}
