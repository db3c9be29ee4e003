package faults

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/absfs/shmkit/internal/mmap"
	"golang.org/x/sys/unix"
)

// fileSizeRole writes beyond RLIMIT_FSIZE, which raises SIGXFSZ where a
// program asks for it, and EFBIG.
func fileSizeRole(o order) (any, error) {
	limit := unix.Rlimit{Cur: 2 * fileSize, Max: 2 * fileSize}
	if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return nil, err
	}
	ready()
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	if _, err := f.WriteAt([]byte("inside"), 2*fileSize-6); err != nil {
		return nil, fmt.Errorf("below the limit: %w", err)
	}
	_, werr := f.WriteAt([]byte("outside"), 4*fileSize)
	terr := f.Truncate(4 * fileSize)
	if !o.Plan.private() && (!errors.Is(werr, unix.EFBIG) || !errors.Is(terr, unix.EFBIG)) {
		return nil, fmt.Errorf("beyond the limit: write %w, truncate %w", werr, terr)
	}
	if err := readsWell(f, fileSize); err != nil {
		return nil, err
	}
	return fmt.Sprintf("%v; %v", werr, terr), errors.Join(f.Close(), m.Close())
}

var heap []byte

// noMappingsRole uses up vm.max_map_count: every second page of a reservation
// gets another protection.
func noMappingsRole(o order) (any, error) {
	text, err := os.ReadFile("/proc/sys/vm/max_map_count")
	if err != nil {
		return nil, err
	}
	limit, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, err
	}
	// The runtime needs memory of its own; it gets it now.
	heap = make([]byte, 64<<20)
	heap = nil
	runtime.GC()
	debug.SetGCPercent(-1)
	page := mmap.PageSize()
	const most = 1 << 21
	if limit > most {
		return fmt.Sprint("max_map_count is ", limit), nil
	}
	room, err := unix.Mmap(-1, 0, (limit+10)*page, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
	if err != nil {
		return nil, err
	}
	for i := 1; ; i += 2 {
		if (i+1)*page > len(room) {
			return nil, errors.New("the limit was not reached")
		}
		if err := unix.Mprotect(room[i*page:(i+1)*page], unix.PROT_NONE); err != nil {
			if !errors.Is(err, unix.ENOMEM) {
				return nil, err
			}
			break
		}
	}
	ready()
	said, err := starved(o)
	return said, errors.Join(err, unix.Munmap(room))
}
