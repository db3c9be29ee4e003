package mmap

import "os"

// Advice tells the kernel how memory will be used. None of it changes what the
// memory holds; what destroys data is called [PunchHole].
type Advice int

// The advice of all platforms. One that a platform does not know is refused
// with errors.ErrUnsupported.
const (
	Normal     Advice = iota
	Random            // no read-ahead
	Sequential        // much read-ahead, pages behind may go
	WillNeed          // start reading
	DontNeed          // drop the pages of a shared map from this process; the file keeps them
	Cold              // reclaim these pages first
	PageOut           // write them out and reclaim them now
	HugePage          // back with transparent huge pages
	NoHugePage
	Collapse // make huge pages now
	Mergeable
	Unmergeable
	DontFork // the child of a fork does not get the pages
	DoFork
	DontDump // leave out of core dumps
	DoDump
	Free // the content of private anonymous pages may be lost lazily
)

var adviceNames = [...]string{
	"normal", "random", "sequential", "willneed", "dontneed", "cold", "pageout", "hugepage", "nohugepage",
	"collapse", "mergeable", "unmergeable", "dontfork", "dofork", "dontdump", "dodump", "free",
}

func (a Advice) String() string {
	if a < 0 || int(a) >= len(adviceNames) {
		return "unknown advice"
	}
	return adviceNames[a]
}

// Advise gives advice about b, which must begin on a page.
func Advise(b []byte, a Advice) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpAdvise, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return advise(b, a)
}

// Populate faults the pages of b in, for writing if write is set, as a system
// call: the scheduler runs other goroutines meanwhile, and a page that cannot
// be had is the error EFAULT instead of a fault. Writing breaks copy-on-write
// pages off. Where the kernel has no such call, errors.ErrUnsupported.
func Populate(b []byte, write bool) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpPopulate, Data: b, Len: int64(len(b)), Wait: true}); err != nil {
		return err
	}
	return populate(b, write)
}

// PopulateFile has n bytes of f from off in the page cache, in pieces as large as
// the file system has them: pages faulted in one by one are cached one by one, and
// each costs its first writer a fault. off is a multiple of the page size. Where the
// kernel has no such call, errors.ErrUnsupported.
func PopulateFile(f *os.File, off int64, n int) error {
	if n == 0 {
		return nil
	}
	return populateFile(f, off, n)
}

// Lock keeps the pages of b in memory. RLIMIT_MEMLOCK and its kin on other
// platforms bound how much a process may lock.
func Lock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpLock, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return lock(b)
}

// Unlock ends a Lock.
func Unlock(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpUnlock, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return unlock(b)
}

// Resident returns how many bytes of b, which must begin on a page, are in
// memory, in whole pages.
func Resident(b []byte) (int64, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := Intercept(Call{Op: OpResident, Data: b, Len: int64(len(b))}); err != nil {
		return 0, err
	}
	return resident(b)
}

// Readahead asks for n bytes of f from off to be read into the page cache and
// does not wait for them.
func Readahead(f *os.File, off, n int64) error {
	if err := Intercept(Call{Op: OpReadahead, Name: nameOf(f), Off: off, Len: n}); err != nil {
		return err
	}
	return readahead(f, off, n)
}

// ReadCached reads into p what is in the page cache at off, and starts to read the
// rest from the device, as much as the kernel thinks right behind the reads before
// it; it does not wait. Without an error, n < len(p) means that the rest is on its
// way or behind the end. Where the kernel has no such call or the file system does
// not know it, errors.ErrUnsupported.
func ReadCached(f *os.File, p []byte, off int64) (n int, err error) {
	if err := Intercept(Call{Op: OpReadCached, Name: nameOf(f), Off: off, Len: int64(len(p))}); err != nil {
		return 0, err
	}
	return readCached(f, p, off)
}

// FileAdvise gives Normal, Random, Sequential, WillNeed or DontNeed as advice
// about n bytes of the file itself, mapped or not; n == 0 means to its end.
func FileAdvise(f *os.File, off, n int64, a Advice) error {
	if err := Intercept(Call{Op: OpFileAdvise, Name: nameOf(f), Off: off, Len: n}); err != nil {
		return err
	}
	return fileAdvise(f, off, n, a)
}

// NoCache turns caching of reads and writes through f off or on, where the
// platform has that (F_NOCACHE on Darwin).
func NoCache(f *os.File, on bool) error { return noCache(f, on) }
