package ring

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/absfs/shmkit/sigbus"
)

// A side that lost the data but not its page says so there, for whoever looks.
func TestAFaultIsTheLastErrorOfASide(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: Windows keeps mapped files from being truncated")
	}
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: 64 << 10}
	p, err := OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	path := filepath.Join(o.Dir, "r")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, info.Size()-o.Capacity); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(make([]byte, 100)); !errors.Is(err, sigbus.ErrFault) {
		t.Fatalf("%v", err)
	}
	if err := os.Truncate(path, info.Size()); err != nil {
		t.Fatal(err)
	}
	seen, err := Inspect("r", o)
	if err != nil || seen.Producer.Stats.LastError != sigbus.ErrFault {
		t.Fatalf("%v, %v", seen.Producer.Stats.LastError, err)
	}
}
