//go:build !386 && !arm

package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

func init() { roles["unwritable region"] = unwritableRegionRole }

// onDevice moves the file that was made in dir to a device of its own.
func onDevice(t *testing.T, dir, name string) (*device, string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return mountDevice(t, name, content)
}

func TestUnreadableBlocksOfARegionAreFaultsOfItsPeers(t *testing.T) {
	made := privateDir(t)
	r, err := region.Create("region", deviceSize, &region.Options{Dir: made})
	must(t, err)
	must(t, r.Close())
	_, dir := onDevice(t, made, "region")
	must(t, breakDevice(dir, "reads"))
	var peers [2]*child
	for i := range peers {
		peers[i] = start(t, order{Role: "region peer", Dir: dir})
	}
	time.Sleep(20 * time.Millisecond)
	must(t, breakDevice(dir, ""))
	time.Sleep(20 * time.Millisecond)
	for _, peer := range peers {
		var met attached
		peer.finish(&met)
		t.Logf("%+v", met)
		if met.Reads == 0 || met.Writes == 0 || met.Recovered < uint64(met.Faults) {
			t.Errorf("%+v", met)
		}
	}
}

// TestUnreadableBlocksOfARingAreFaultsOfBothSides sends through a ring whose
// second half cannot be read, which to write a part of a page needs too.
func TestUnreadableBlocksOfARingAreFaultsOfBothSides(t *testing.T) {
	if detecting {
		t.Skip("platform: the race detector does atomics in C, where a fault cannot be recovered from")
	}
	made := privateDir(t)
	must(t, ring.Create("ring", &ring.Options{Dir: made, Capacity: 1 << 18}))
	_, dir := onDevice(t, made, "ring")
	for _, broken := range []string{"reads", ""} {
		must(t, breakDevice(dir, broken))
		producer := start(t, order{Role: "producer", Dir: dir})
		consumer := start(t, order{Role: "consumer", Dir: dir})
		time.Sleep(50 * time.Millisecond)
		var sent, got passed
		producer.finish(&sent)
		consumer.finish(&got)
		t.Logf("broken %q: sent %+v, received %+v", broken, sent, got)
		switch {
		case got.Wrong != "" && broken == "":
			// The first producer's last records come first.
		case got.Wrong != "":
			t.Errorf("a record that nobody sent: %s", got.Wrong)
		case got.Records == 0 || sent.Records == 0:
			t.Error("nothing was sent")
		}
		if broken != "" && !strings.Contains(sent.End, filepath.Join(dir, "ring")) {
			t.Errorf("the producer ended with %q, which does not name the ring", sent.End)
		}
		if broken == "" && sent.End != "" {
			t.Errorf("after the mending the producer ended with %q", sent.End)
		}
	}
}

func TestAFailedWriteBackOfARegionIsReturnedBySync(t *testing.T) {
	made := privateDir(t)
	r, err := region.Create("region", deviceSize, &region.Options{Dir: made})
	must(t, err)
	at := r.PayloadOffset()
	must(t, r.Close())
	d, dir := onDevice(t, made, "region")
	var done string
	start(t, order{Role: "unwritable region", Dir: dir}).finish(&done)
	t.Log(done)
	d.mu.Lock()
	defer d.mu.Unlock()
	if got := string(d.content[at:][:len(unwritten[0])]); got != unwritten[0] {
		t.Errorf("after the Sync that succeeded the device holds %q", got)
	}
}

func unwritableRegionRole(o order) (any, error) {
	r, err := region.Open("region", &region.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	ready()
	if _, err := sigbus.Copy(r.Bytes(), []byte(unwritten[0])); err != nil {
		return nil, err
	}
	if err := breakDevice(o.Dir, "writes"); err != nil {
		return nil, err
	}
	serr := r.Sync()
	if path := new(fs.PathError); !errors.Is(serr, unix.EIO) || !errors.As(serr, &path) || path.Path != r.Path() {
		return nil, fmt.Errorf("sync: %w", serr)
	}
	if err := breakDevice(o.Dir, ""); err != nil {
		return nil, err
	}
	// The kernel may have tried again in between, and failed, and says so once.
	if err := r.Sync(); err != nil {
		if err = r.Sync(); err != nil {
			return nil, fmt.Errorf("sync of the mended device: %w", err)
		}
	}
	return serr.Error(), r.Close()
}
