package mmap

import (
	"os"
	"sync/atomic"
)

// Op names a kind of system call that passes through [Intercept].
type Op string

// The system calls of this package, under names that do not depend on the
// platform.
const (
	OpOpen       Op = "open"
	OpMap        Op = "map"
	OpUnmap      Op = "unmap"
	OpReserve    Op = "reserve"
	OpBlank      Op = "blank"
	OpProtect    Op = "protect"
	OpSync       Op = "msync"
	OpSyncFile   Op = "fsync"
	OpWriteback  Op = "writeback"
	OpAdvise     Op = "advise"
	OpPopulate   Op = "populate"
	OpLock       Op = "lock"
	OpUnlock     Op = "unlock"
	OpResident   Op = "resident"
	OpAllocate   Op = "allocate"
	OpTruncate   Op = "truncate"
	OpPunchHole  Op = "punchhole"
	OpReadahead  Op = "readahead"
	OpReadCached Op = "readcached"
	OpFileAdvise Op = "fadvise"
	OpLockBytes  Op = "setlk"
	OpAskBytes   Op = "getlk"
)

// Call describes one system call that is about to be made.
type Call struct {
	Op   Op
	Name string // of the file, where one is involved
	Data []byte // the memory concerned, where there is any
	Off  int64  // offset in the file
	Len  int64
	Wait bool // msync, populate: the call returns when the work is done
}

// Hook sees a call before it is made; an error it returns takes the place of
// the call. It may be called from many goroutines at once.
type Hook func(Call) error

var hook atomic.Pointer[Hook]

// SetHook installs h for the whole process and returns a function that puts
// back what was there before. It is for tests; nil removes the hook.
func SetHook(h Hook) (restore func()) {
	var p *Hook
	if h != nil {
		p = &h
	}
	old := hook.Swap(p)
	return func() { hook.Store(old) }
}

// Intercept gives the installed hook a chance to record or to refuse c. Other
// packages call it before system calls of their own that tests want to fail.
func Intercept(c Call) error {
	h := hook.Load()
	if h == nil {
		return nil
	}
	return (*h)(c)
}

func nameOf(f *os.File) string {
	if f == nil {
		return ""
	}
	return f.Name()
}
