package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm/ring"
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
	var werr, terr error
	err = beside(f, 0, fileSize, func() error {
		_, werr = f.WriteAt([]byte("outside"), 4*fileSize)
		terr = f.Truncate(4 * fileSize)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if !o.Plan.private() && (!errors.Is(werr, unix.EFBIG) || !errors.Is(terr, unix.EFBIG)) {
		return nil, fmt.Errorf("beyond the limit: write %w, truncate %w", werr, terr)
	}
	if err := readsWell(f, fileSize); err != nil {
		return nil, err
	}
	return fmt.Sprintf("%v; %v", werr, terr), errors.Join(f.Close(), m.Close())
}

// crowdedRole opens more handles than the process may have mappings.
func crowdedRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	file, err := os.Open(o.File)
	if err != nil {
		return nil, err
	}
	config := o.Plan.config()
	config.Mapping = memmapfs.MapAuto
	ready()
	var files []*memmapfs.MappedFile
	var one [1]byte
	for plain := 0; plain < 100; {
		f, err := memmapfs.Map(file, config)
		if o.Plan.private() && errors.Is(err, memmapfs.ErrNotMappable) && errors.Is(err, unix.ENOMEM) {
			break // private bytes have no place but memory
		}
		if err != nil {
			return nil, fmt.Errorf("handle number %d: %w", len(files)+1, err)
		}
		files = append(files, f)
		if o.Plan.Window > 0 { // keeps its window
			_, _ = f.View(0, 1)
		}
		if n, err := f.ReadAt(one[:], int64(len(files))); n != 1 || err != nil {
			return nil, fmt.Errorf("handle %d: %d, %w", len(files), n, err)
		}
		if !f.Stats().Mapped {
			plain++
		}
	}
	n := len(files)
	runtime.GC() // which needs mappings
	c, refused := ring.OpenConsumer("ring", &ring.Options{Dir: o.Dir})
	switch path := new(fs.PathError); {
	case refused == nil && (o.Plan.private() || o.Plan.Window > 0):
		// Room kept for windows is taken in larger pieces; the rest does for a ring.
		if err := c.Close(); err != nil {
			return nil, err
		}
	case !errors.Is(refused, unix.ENOMEM) || !errors.As(refused, &path):
		return nil, fmt.Errorf("a ring that nothing can map: %w", refused)
	}
	for _, f := range files {
		err = errors.Join(err, f.Close())
	}
	files = nil
	if c, rerr := ring.OpenConsumer("ring", &ring.Options{Dir: o.Dir}); rerr != nil {
		err = errors.Join(err, rerr)
	} else {
		err = errors.Join(err, c.Close())
	}
	return fmt.Sprintf("%d handles, then none that is mapped; a ring: %v", n, refused), errors.Join(err, file.Close(), before.leaked(o.Dir))
}

func mostMappings() (int, error) {
	text, err := os.ReadFile("/proc/sys/vm/max_map_count")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(text)))
}
