package memmapfs

import (
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// A MappedFile is a regular file read and written through memory maps. It
// behaves as an *os.File does, operation for operation and error for error, and
// its methods may be called from many goroutines at once.
//
// A handle dropped without Close is unmapped and closed by the runtime, which also
// cuts off what Config.GrowAhead left behind the end of the file.
type MappedFile struct {
	// What a read looks at stands together and is rarely written.
	rd   atomic.Pointer[mapping] // what reads use; nil: the slow path decides
	wr   atomic.Pointer[mapping] // what writes use
	size *length                 // as far as this handle knows
	look *windows                // win, for handles that may read
	win  *windows                // set before anybody else has the handle
	img  *image                  // of ModeCopyOnWrite, likewise

	fs     *MemMapFS // nil for files of Map
	cfg    *Config
	name   string
	base   absfs.File // what the wrapped file system opened; nil for files of Map
	native *os.File   // nil: the base has no descriptor
	mapper *os.File   // what is mapped: native, or the same file opened for more
	access access

	id         mmap.FileID
	identified bool // id is known
	ownsNative bool // native was opened by the handle, beside base
	dropped    runtime.Cleanup
	unlisted   runtime.Cleanup
	why        error           // the reason for plain reads and writes; nil when mapped
	imageless  error           // why there was no memory for the image of a copy-on-write handle
	uncut      runtime.Cleanup // with mu

	_   [64]byte
	pos cursor
	_   [64]byte

	kernel   sync.Mutex   // held while the descriptor's position is used
	gate     sync.RWMutex // writers hold it shared; Close and Truncate alone
	mu       sync.Mutex   // held to replace mappings and for what follows
	closed   atomic.Bool
	whole    *mapping   // what rd and wr point to
	filling  bool       // fillBehind runs
	outgrown bool       // and cannot be replaced by one that reaches further ahead
	shrunk   uint8      // log2 of how much smaller the steps ahead are than asked for: the disk is full
	lent     bool       // Data was handed out: whole must stay where it is until Close
	old      []*mapping // mappings that Data's slices still need
	views    map[*viewState]struct{}

	locked      atomic.Int64 // up to where Config.LockMemory has locked what is mapped; changes with mu held
	lockRefused atomic.Bool  // and no further, for the system refuses

	dirty blockSet // pages written and not flushed
	sync  syncState
	stats counters
}

// access is what the handle was opened for.
type access struct{ read, write, append, sync bool }

// askKernel as a position means that the descriptor's own position counts.
const askKernel = -1

// unshown returns why the handle has no memory that shows the file, and can have none
// as things are. Others decide that too: they share the image.
func (f *MappedFile) unshown() error {
	if f.img == nil {
		return f.why
	}
	if s := f.img.beside.Load(); s != nil {
		return s.why
	}
	if f.imageMemory() != nil {
		return nil
	}
	return f.imageless
}

// mapped reports whether reads and writes go another way than the descriptor: through
// memory, or through an image.
func (f *MappedFile) mapped() bool { return f.why == nil }

// Name returns the name of the file as the wrapped file system knows it.
func (f *MappedFile) Name() string { return f.name }

// Stat asks the file system about the file.
func (f *MappedFile) Stat() (fs.FileInfo, error) {
	if f.closed.Load() {
		return nil, f.pathError("stat", fs.ErrClosed)
	}
	if f.cfg.GrowAhead != 0 && f.img == nil { // the file on disk gets longer and shorter with mu held
		f.mu.Lock()
		defer f.mu.Unlock()
	}
	info, err := f.plain().Stat()
	if err != nil {
		return nil, f.closedOr("stat", err)
	}
	if f.cfg.GrowAhead != 0 && f.img == nil && f.size.ahead.Load() == info.Size() {
		return resized{info, f.size.Load()}, nil
	}
	if f.img != nil && f.img.changed.Load() {
		size, err := f.learn()
		if err != nil {
			return nil, f.closedOr("stat", err)
		}
		return resized{info, size}, nil
	}
	return info, nil
}

// resized describes a file whose length on disk is not the one its handle shows.
type resized struct {
	fs.FileInfo
	size int64
}

func (r resized) Size() int64 { return r.size }

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
// when the handle is windowed, works by plain reads and writes, was opened for
// writing only, or is closed. The slice is valid until Close; growth and
// Refresh leave it where it is. Accesses fault when somebody truncates the file:
// guard them with package sigbus. Writing through it needs a handle opened for
// writing, and is covered by the next Sync.
func (f *MappedFile) Data() []byte {
	defer f.holdImage().release()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() || !f.mapped() || !f.access.read || f.win != nil || f.materialize() != nil {
		return nil
	}
	size := f.size.Load()
	if f.img != nil && f.img.have != nil {
		var err error
		if size, err = f.learnLocked(); err != nil {
			f.refused(err)
			return nil
		}
	}
	if f.whole == nil || !f.whole.covers(0, int(min(size, maxInt))) {
		if err := f.remap(0); err != nil {
			f.refused(err)
		}
	}
	m := f.whole
	if m == nil {
		return []byte{} // an empty file where that cannot be mapped
	}
	if err := f.fillImage(0, size); err != nil {
		f.refused(err)
		return nil
	}
	if f.img != nil {
		f.img.lend(f)
	}
	f.lent = true
	f.announceLent()
	n := min(size, int64(len(m.data)))
	return m.data[:n:n]
}

// learn fetches the length the file has now and returns it.
func (f *MappedFile) learn() (int64, error) {
	f.mu.Lock()
	size, err := f.learnLocked()
	f.mu.Unlock()
	f.lockGrown()
	return size, err
}

func (f *MappedFile) learnLocked() (int64, error) {
	if f.img != nil && f.img.changed.Load() {
		return f.size.Load(), nil
	}
	info, err := f.plain().Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size()
	if f.img != nil {
		return f.img.follow(f, size)
	}
	if ahead := f.size.ahead.Load(); ahead != 0 {
		if size == ahead {
			return f.size.Load(), nil
		}
		f.size.ahead.Store(0) // somebody else set the length: theirs counts
	}
	f.size.Store(size)
	f.unlockBehind(size)
	return size, nil
}

// grown raises the known length to end. mu is not held.
func (f *MappedFile) grown(end int64) {
	for {
		size := f.size.Load()
		if end <= size {
			return
		}
		if f.size.CompareAndSwap(size, end) {
			f.lockGrown()
			return
		}
	}
}

var _ absfs.File = (*MappedFile)(nil)

const maxInt = int64(^uint(0) >> 1)

// pageShift is log2 of the page size.
var pageShift = func() uint8 {
	s := uint8(0)
	for 1<<s < mmap.PageSize() {
		s++
	}
	return s
}()
