package faults

import (
	"errors"
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

// hollow takes the space of a part of a file that nobody uses yet away and fills
// the disk with it. It returns what makes room again.
func hollow(t *testing.T, path string, off, size int64) (mend func()) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	must(t, err)
	defer file.Close()
	filler, err := os.OpenFile(filepath.Join(filepath.Dir(path), ballast), os.O_CREATE|os.O_RDWR, 0o600)
	must(t, err)
	defer filler.Close()
	must(t, unix.Fallocate(int(file.Fd()), unix.FALLOC_FL_PUNCH_HOLE|unix.FALLOC_FL_KEEP_SIZE, off, size-off))
	for _, part := range []int{1 << 16, 1 << 12} {
		for err = nil; err == nil; {
			_, err = filler.Write(make([]byte, part))
		}
		wantErrno(t, err, unix.ENOSPC)
	}
	return func() { must(t, os.Remove(filler.Name())) }
}

// TestHolesOfARegionOnAFullDiskAreFaultsOfItsPeers has two peers of eight
// goroutines each work on a region of which one half has no space.
func TestHolesOfARegionOnAFullDiskAreFaultsOfItsPeers(t *testing.T) {
	for _, disk := range smallDisks {
		t.Run(disk.name, func(t *testing.T) {
			dir := disk.make(t, diskSize)
			must(t, os.Chmod(dir, 0o700))
			r, err := region.Create("region", 2<<20, &region.Options{Dir: dir})
			must(t, err)
			defer r.Close()
			info, err := os.Stat(r.Path())
			must(t, err)
			mend := hollow(t, r.Path(), info.Size()/2, info.Size())
			var peers [2]*child
			for i := range peers {
				peers[i] = start(t, order{Role: "region peer", Dir: dir})
			}
			_, err = sigbus.Copy(r.Bytes(), numbered(len(r.Bytes())))
			if fault := new(sigbus.FaultError); !errors.As(err, &fault) || fault.Name != r.Path() {
				t.Errorf("writing all of it on the full disk: %v", err)
			}
			time.Sleep(20 * time.Millisecond)
			mend()
			for _, peer := range peers {
				var met attached
				peer.finish(&met)
				t.Logf("%+v", met)
				if met.Reads == 0 || met.Writes == 0 || met.Recovered < uint64(met.Faults) {
					t.Errorf("%+v", met)
				}
			}
			want := numbered(len(r.Bytes()))
			if n, err := sigbus.Copy(r.Bytes(), want); err != nil || n != len(want) {
				t.Errorf("after there was room again: %d, %v", n, err)
			}
			must(t, r.Sync())
		})
	}
}

// TestHolesOfARingOnAFullDiskAreFaultsOfItsSides sends through a ring whose
// second half has no space and gets none until there is room.
func TestHolesOfARingOnAFullDiskAreFaultsOfItsSides(t *testing.T) {
	if detecting {
		t.Skip("platform: the race detector does atomics in C, where a fault cannot be recovered from")
	}
	for _, disk := range smallDisks {
		t.Run(disk.name, func(t *testing.T) {
			dir := disk.make(t, diskSize)
			must(t, os.Chmod(dir, 0o700))
			must(t, ring.Create("ring", &ring.Options{Dir: dir, Capacity: 1 << 18}))
			path := filepath.Join(dir, "ring")
			info, err := os.Stat(path)
			must(t, err)
			mend := hollow(t, path, info.Size()/2&^0xffff, info.Size())
			for _, full := range []bool{true, false} {
				if !full {
					mend()
				}
				producer := start(t, order{Role: "producer", Dir: dir})
				consumer := start(t, order{Role: "consumer", Dir: dir})
				time.Sleep(50 * time.Millisecond)
				var sent, got passed
				producer.finish(&sent)
				consumer.finish(&got)
				t.Logf("full %v: sent %+v, received %+v", full, sent, got)
				if sent.Records == 0 || got.Records == 0 {
					t.Error("nothing was sent")
				}
				if full && (!strings.Contains(sent.End, path) || got.Wrong != "" || got.Records > sent.Records) {
					t.Error("the producer met no fault in the ring, or the consumer what was not sent")
				}
				if !full && sent.End != "" {
					t.Error("after there was room again the producer did not go on")
				}
			}
		})
	}
}
