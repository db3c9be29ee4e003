//go:build darwin || freebsd || netbsd || openbsd || dragonfly || (linux && shmfifo)

package futex

import (
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// HasBells says whether [SetBell] does something.
const HasBells = true

const permissions = 0o666

// tick is how often, in nanoseconds, the sleeper with a bell looks at its word all
// the same.
var tick atomic.Int64

func init() { tick.Store(int64(10 * time.Millisecond)) }

var rings, misses atomic.Uint64

// Rings counts the sleeps that bells ended, and those whose word moved without a
// ring.
func Rings() (heard, missed uint64) { return rings.Load(), misses.Load() }

// SetTick is for tests: it has sleepers that heard their bell rely on it for d.
func SetTick(d time.Duration) (restore func()) {
	old := tick.Swap(int64(d))
	return func() { tick.Store(old) }
}

// bell is a FIFO: the sleeper on a word has it open for reading, in the runtime's
// poller, and whoever wakes it writes a byte. A bell shortens sleeps and ends
// none for good. It serves one sleeper at a time.
type bell struct {
	path    string
	mode    uint32 // permissions of the file that the word lies in
	holders int    // sides that have set it and not cleared it yet

	sleeping atomic.Bool // somebody reads
	deaf     atomic.Bool // the word moved without a ring, last time
	heard    [64]byte    // the reader's

	mu     sync.Mutex
	ear    *os.File // the reading end; nil before the first sleep
	fd     int      // ear's
	keep   int      // a writing end: while there is one the reader meets no end
	hammer int      // the writing end of wake-ups, -1 before the first
	users  int      // sleepers on ear
	gone   bool     // its name is, and the next sleeper makes a new one
	closed atomic.Bool
}

var (
	bells   sync.Map // uintptr, a word's address -> *bell
	hanging sync.Mutex
)

func bellOf(addr *uint32) *bell {
	if b, ok := bells.Load(uintptr(unsafe.Pointer(addr))); ok {
		return b.(*bell)
	}
	return nil
}

func setBell(addr *uint32, file, id string) {
	mode := uint32(0o600)
	var st unix.Stat_t
	if again(func() error { return unix.Lstat(file, &st) }) == nil { // it may have lost its name
		mode = uint32(st.Mode) & permissions
	}
	path := filepath.Join(filepath.Dir(file), bellPrefix+id+bellSuffix)
	hanging.Lock()
	defer hanging.Unlock()
	b := bellOf(addr)
	if b != nil && b.path != path {
		b.close() // of a mapping that was here before
		b = nil
	}
	if b == nil {
		b = &bell{path: path, mode: mode, keep: -1, hammer: -1}
		bells.Store(uintptr(unsafe.Pointer(addr)), b)
	}
	b.holders++
}

func clearBell(addr *uint32, remove bool) {
	hanging.Lock()
	defer hanging.Unlock()
	b := bellOf(addr)
	if b == nil {
		return
	}
	if remove {
		b.remove()
	}
	if b.holders--; b.holders == 0 {
		bells.Delete(uintptr(unsafe.Pointer(addr)))
		b.close()
	}
}

// deaf says whether nobody can sleep at the bell of this path any more.
func deaf(path string) bool {
	fd := -1
	err := again(func() (err error) {
		fd, err = unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	shut(&fd)
	return err == unix.ENXIO // a FIFO without a reader
}

// remove takes the FIFO away. No reader may be left on it, whom others would go on
// to ring.
func (b *bell) remove() {
	b.mu.Lock()
	defer b.mu.Unlock()
	_ = again(func() error { return unix.Unlink(b.path) })
	if b.gone = true; b.users == 0 {
		b.forgo()
	}
}

// ring wakes the sleeper, if there is one.
func (b *bell) ring() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range 2 {
		if b.hammer < 0 && !b.closed.Load() {
			b.hammer = openFIFO(b.path, unix.O_WRONLY)
		}
		if b.hammer < 0 {
			return // nobody ever slept
		}
		err := again(func() error { _, err := unix.Write(b.hammer, []byte{0}); return err })
		if err != unix.EPIPE {
			return // a full one wakes just as well
		}
		shut(&b.hammer) // the sleeper it led to is dead
	}
}

// listen returns the reading end; it has to be given back with leave.
func (b *bell) listen() *os.File {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed.Load() || b.sleeping.Swap(true) {
		return nil
	}
	if b.ear == nil && !b.open() {
		b.sleeping.Store(false)
		return nil
	}
	b.users++
	return b.ear
}

func (b *bell) leave() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.users--
	b.sleeping.Store(false)
	if b.closed.Load() || b.gone {
		b.forgo()
	}
}

// open makes the FIFO, or takes the one that a predecessor left behind. Reaping
// may take the name away between the making and the opening.
func (b *bell) open() bool {
	for range 3 {
		made := again(func() error { return unix.Mkfifo(b.path, 0o600) })
		if made != nil && made != unix.EEXIST {
			return false
		}
		if b.fd = openFIFO(b.path, unix.O_RDONLY); b.fd < 0 {
			continue
		}
		if made == nil {
			_ = unix.Fchmod(b.fd, b.mode) // the umask has taken something away
		}
		b.keep = openFIFO(b.path, unix.O_WRONLY)
		b.ear = os.NewFile(uintptr(b.fd), b.path)
		b.gone = false
		if b.keep >= 0 && b.named() && b.ear.SetReadDeadline(time.Time{}) == nil {
			return true
		}
		b.forgo()
	}
	return false
}

// named says whether the name still leads to the end that is open.
func (b *bell) named() bool {
	var here, there unix.Stat_t
	return unix.Fstat(b.fd, &here) == nil && unix.Lstat(b.path, &there) == nil &&
		here.Ino == there.Ino && here.Dev == there.Dev
}

func (b *bell) rung() {
	b.deaf.Store(false)
	rings.Add(1)
}

// missed is called when the word moved and no ring was heard: whoever moved it
// cannot find the bell, or does not know of it. Sleeps are short until it does.
func (b *bell) missed() {
	b.deaf.Store(true)
	misses.Add(1)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.users == 1 && b.ear != nil && !b.named() {
		b.forgo() // the next sleep makes a new one
	}
}

func (b *bell) tick() time.Duration {
	if b.deaf.Load() {
		return longNap
	}
	return time.Duration(tick.Load())
}

// close has the sleeper go, if there is one, and lets go of the descriptors.
func (b *bell) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed.Store(true)
	shut(&b.hammer)
	if b.users == 0 {
		b.forgo()
	} else if b.ear != nil {
		_ = b.ear.SetReadDeadline(past)
	}
}

// forgo closes the sleeper's descriptors. mu is held.
func (b *bell) forgo() {
	if b.ear != nil {
		_ = b.ear.Close()
		b.ear = nil
	}
	shut(&b.keep)
}

var past = time.Unix(1, 0)

// openFIFO opens what has to be a FIFO; it returns -1 when it cannot.
func openFIFO(path string, flag int) int {
	fd := -1
	err := again(func() (err error) {
		fd, err = unix.Open(path, flag|unix.O_NONBLOCK|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
		return err
	})
	if err != nil {
		return -1
	}
	var st unix.Stat_t
	if unix.Fstat(fd, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		shut(&fd)
	}
	return fd
}

func shut(fd *int) {
	if *fd >= 0 {
		_ = unix.Close(*fd)
		*fd = -1
	}
}

func again(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}
