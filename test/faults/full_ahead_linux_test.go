package faults

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// Who tries to make room ahead on a full disk, and takes back what it got, must not
// take back what others have written meanwhile.
func TestWritersAheadOnAFullDiskKeepWhatWasConfirmed(t *testing.T) {
	const left = 3 << 20
	for _, disk := range smallDisks {
		t.Run(disk.name, func(t *testing.T) {
			dir := disk.make(t, 24<<20)
			leave(t, filepath.Join(dir, ballast), left)
			base, err := osfs.NewFS()
			must(t, err)
			fsys := memmapfs.New(base, &memmapfs.Config{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncNever, GrowAhead: 1 << 20})
			name := filepath.Join(dir, "file")
			total := uint64(0)
			for range 30 {
				total += onAFullDisk(t, fsys, name)
			}
			if total == 0 {
				t.Error("nothing was written before the disk was full")
			}
			must(t, fsys.Close())
		})
	}
}

// leave makes a file that leaves so many bytes of the disk.
func leave(t *testing.T, name string, left int64) {
	t.Helper()
	f, err := os.Create(name)
	must(t, err)
	defer f.Close()
	block, size := make([]byte, 256<<10), int64(0)
	for {
		n, err := f.Write(block)
		size += int64(n)
		if err != nil {
			break
		}
	}
	must(t, f.Truncate(size-left))
	must(t, f.Sync())
}

// onAFullDisk has writers append until each was refused often, and returns how many
// records were confirmed, all of which must be there.
func onAFullDisk(t *testing.T, fsys *memmapfs.MemMapFS, name string) (total uint64) {
	t.Helper()
	const writers = 3
	f, err := open(fsys, name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
	must(t, err)
	var all sync.WaitGroup
	var confirmed [writers]uint64
	for w := range writers {
		all.Go(func() {
			rec := make([]byte, 64)
			for refused := 0; refused < 20; {
				binary.LittleEndian.PutUint64(rec, uint64(w+1))
				binary.LittleEndian.PutUint64(rec[8:], confirmed[w])
				if _, err := f.Write(rec); err != nil {
					refused++
					continue
				}
				confirmed[w]++
			}
		})
	}
	all.Wait()
	must(t, f.Close())
	content, err := os.ReadFile(name)
	must(t, err)
	there := map[[2]uint64]int{}
	for at := 0; at+64 <= len(content); at += 64 {
		there[[2]uint64{binary.LittleEndian.Uint64(content[at:]), binary.LittleEndian.Uint64(content[at+8:])}]++
	}
	for w, n := range confirmed {
		total += n
		lost := 0
		for i := range n {
			if there[[2]uint64{uint64(w + 1), i}] != 1 {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("writer %d: %d of %d records that were confirmed are gone, or there twice", w, lost, n)
		}
	}
	return total
}
