package memmapfs

import (
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// A MappedFile is a regular file read and written through memory maps. It
// behaves as an *os.File does, operation for operation and error for error, and
// its methods may be called from many goroutines at once.
//
// A handle dropped without Close is unmapped and closed by the runtime.
type MappedFile struct {
	// What a read looks at stands together and is rarely written.
	rd   atomic.Pointer[mapping] // what reads use; nil: the slow path decides
	size atomic.Int64            // the length, as far as this handle knows
	wr   atomic.Pointer[mapping] // what writes use

	fs     *MemMapFS // nil for files of Map
	cfg    *Config
	name   string
	base   absfs.File // what the wrapped file system opened; nil where native is it
	native *os.File   // nil: the base has no descriptor
	access access
	why    error // the reason for plain reads and writes; nil when mapped

	_   [64]byte
	pos atomic.Int64 // askKernel: the descriptor knows
	_   [64]byte

	gate   sync.RWMutex // writers hold it shared; Close and Truncate alone
	mu     sync.Mutex   // held to replace mappings and for what follows
	closed atomic.Bool
	whole  *mapping   // what rd and wr point to
	lent   bool       // Data was handed out: whole must stay where it is until Close
	old    []*mapping // mappings that Data's slices still need
	views  map[*View]struct{}

	dirty blockSet // pages written and not flushed
	sync  syncState
	stats fileCounters
}

// access is what the handle was opened for.
type access struct{ read, write, append bool }

// askKernel as a position means that the descriptor's own position counts.
const askKernel = -1

func (f *MappedFile) mapped() bool { return f.why == nil }

// Name returns the name of the file as the wrapped file system knows it.
func (f *MappedFile) Name() string { return f.name }

// Stat asks the file system about the file.
func (f *MappedFile) Stat() (fs.FileInfo, error) {
	if f.closed.Load() {
		return nil, f.pathError("stat", fs.ErrClosed)
	}
	if !f.mapped() {
		return f.plain().Stat()
	}
	info, err := f.native.Stat()
	if err != nil {
		return nil, err
	}
	return info, nil
}

// Readdir fails as it does on any file that is no directory.
func (f *MappedFile) Readdir(n int) ([]fs.FileInfo, error) { return f.plain().Readdir(n) }

// Readdirnames fails as it does on any file that is no directory.
func (f *MappedFile) Readdirnames(n int) ([]string, error) { return f.plain().Readdirnames(n) }

// ReadDir fails as it does on any file that is no directory.
func (f *MappedFile) ReadDir(n int) ([]fs.DirEntry, error) { return f.plain().ReadDir(n) }

// plain returns the file for everything that does not go through a map.
func (f *MappedFile) plain() absfs.File {
	if f.base != nil {
		return f.base
	}
	return f.native
}

// Data returns the whole mapping, as long as the file is known to be, or nil
// when the handle is windowed, works by plain reads and writes, may not read,
// or is closed. The slice is valid until Close; growth and Refresh leave it
// where it is. Accesses fault when somebody truncates the file: guard them with
// package sigbus. Writing through it needs a handle opened for writing, and is
// covered by the next Sync.
func (f *MappedFile) Data() []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.whole
	if m == nil || f.closed.Load() {
		return nil
	}
	f.lent = true
	n := min(f.size.Load(), int64(len(m.data)))
	return m.data[:n:n]
}

// learn fetches the length the file has now and returns it.
func (f *MappedFile) learn() (int64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.learnLocked()
}

func (f *MappedFile) learnLocked() (int64, error) {
	info, err := f.native.Stat()
	if err != nil {
		return 0, err
	}
	f.size.Store(info.Size())
	return info.Size(), nil
}

// grown raises the known length to end.
func (f *MappedFile) grown(end int64) {
	for {
		size := f.size.Load()
		if end <= size || f.size.CompareAndSwap(size, end) {
			return
		}
	}
}

var _ absfs.File = (*MappedFile)(nil)

// pageShift is log2 of the page size.
var pageShift = func() uint8 {
	s := uint8(0)
	for 1<<s < mmap.PageSize() {
		s++
	}
	return s
}()
