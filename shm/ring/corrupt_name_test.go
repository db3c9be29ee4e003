package ring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhoeverOpensASpoiledRingIsToldItsFile shows the path to whoever has to
// remove the file: the ring's name alone does not say in which folder it is.
func TestWhoeverOpensASpoiledRingIsToldItsFile(t *testing.T) {
	o := &Options{Dir: t.TempDir(), Capacity: minCapacity}
	if err := Create("r", o); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(o.Dir, "r")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(b, []byte(magic))
	if at < 0 {
		t.Fatal("no ring in the file")
	}
	copy(b[at:], "garbage!")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, look := range map[string]func() error{
		"producer": func() error { _, err := OpenProducer("r", o); return err },
		"consumer": func() error { _, err := OpenConsumer("r", o); return err },
		"tap":      func() error { _, err := OpenTap("r", o); return err },
		"inspect":  func() error { _, err := Inspect("r", o); return err },
		"pipe": func() error {
			opts, err := o.resolve()
			if err != nil {
				return err
			}
			r, err := open("r", o)
			if err != nil {
				return err
			}
			_, err = newPipe(r, "r", dialEnd, opts)
			return errors.Join(err, r.Close())
		},
	} {
		err := look()
		if !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, want ErrCorrupt with the path", name, err)
		}
	}
}
