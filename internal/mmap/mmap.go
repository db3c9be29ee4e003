package mmap

import (
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"unsafe"
)

// Prot is what may be done with mapped memory.
type Prot uint8

// Protections. None forbids every access.
const (
	None  Prot = 0
	Read  Prot = 1
	Write Prot = 2
	Exec  Prot = 4
)

// Flag modifies how a file is mapped.
type Flag uint8

// Flags of [Map]. Without Private a mapping is shared: writes reach the file.
const (
	Private    Flag = 1 << iota // copy-on-write; no swap is reserved for the copies
	Prefault                    // fault every page in before returning
	Durable                     // MAP_SYNC: only file systems with DAX accept it
	LargePages                  // MAP_HUGETLB: only hugetlbfs accepts it; Windows: needs a privilege, and a DAX volume
)

// Supported reports whether this platform can map files.
const Supported = supported

// Coherent reports whether mappings may reach past the end of the file and
// show what the file grows by, so that growth needs no new mapping.
const Coherent = coherent

// LargePagesWhenMapped reports whether large pages are asked for by a flag of
// [Map] only, not by advice afterwards.
const LargePagesWhenMapped = runtime.GOOS == "windows"

var pageSize = os.Getpagesize()

// PageSize returns the size of a page of memory.
func PageSize() int { return pageSize }

// Granularity returns what offsets of mappings must be multiples of: the page
// size, or 64 KiB on Windows.
func Granularity() int { return granularity() }

// Map maps n bytes of f from off and returns them. Off must be a multiple of
// [Granularity]. n may reach past the end of the file where [Coherent] is true.
// The mapping does not need f to stay open.
func Map(f *os.File, off int64, n int, prot Prot, flags Flag) ([]byte, error) {
	if err := checkRange(off, n); err != nil {
		return nil, err
	}
	if err := Intercept(Call{Op: OpMap, Name: nameOf(f), Off: off, Len: int64(n)}); err != nil {
		return nil, err
	}
	if err := budget.take(n, 1); err != nil {
		return nil, err
	}
	b, err := leaveRoom(mapFile(f, off, n, prot, flags))
	return budget.keep(b, n, 1, err)
}

// MapAt maps n = len(at) bytes of f from off over the addresses of at, which
// must belong to a reservation or a mapping of the caller. What was mapped
// there is gone in the same instant. On error the old content may be gone too.
func MapAt(at []byte, f *os.File, off int64, prot Prot, flags Flag) error {
	if err := checkRange(off, len(at)); err != nil {
		return err
	}
	if err := Intercept(Call{Op: OpMap, Name: nameOf(f), Data: at, Off: off, Len: int64(len(at))}); err != nil {
		return err
	}
	return mapFileAt(at, f, off, prot, flags)
}

// Reserve takes n bytes of addresses that nothing may touch until [MapAt],
// [AnonymousAt] or [Commit] puts something there. It costs no memory.
func Reserve(n int) ([]byte, error) {
	if err := checkRange(0, n); err != nil {
		return nil, err
	}
	if err := Intercept(Call{Op: OpReserve, Len: int64(n)}); err != nil {
		return nil, err
	}
	if err := budget.take(n, reservationWeight); err != nil {
		return nil, err
	}
	b, err := leaveRoom(reserve(n))
	return budget.keep(b, n, reservationWeight, err)
}

// PrivateRoom takes n bytes of addresses, as [Reserve] does, of which the first shown
// are a copy-on-write view of f from its beginning. Shown must be a multiple of
// [Granularity] and smaller than n, and f at least as long. [Unmap] ends it as a whole.
func PrivateRoom(f *os.File, shown, n int) ([]byte, error) {
	if err := checkRange(int64(shown), n); err != nil {
		return nil, err
	}
	if shown == 0 || shown >= n {
		return nil, fmt.Errorf("show %d of %d bytes: %w", shown, n, errInvalid)
	}
	if err := Intercept(Call{Op: OpMap, Name: nameOf(f), Len: int64(shown)}); err != nil {
		return nil, err
	}
	if err := budget.take(n, reservationWeight); err != nil {
		return nil, err
	}
	b, err := leaveRoom(privateRoom(f, shown, n))
	return budget.keep(b, n, reservationWeight, err)
}

// AnonymousAt puts fresh private zero memory over the addresses of at.
func AnonymousAt(at []byte) error {
	if len(at) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpMap, Data: at, Len: int64(len(at))}); err != nil {
		return err
	}
	return anonymousAt(at)
}

// Commit makes the pages of b, which lie in a reservation, usable where
// [AnonymousAt] is unsupported. They are zeros at first; doing so again changes
// nothing.
func Commit(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpMap, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return commit(b)
}

// Blank drops what is mapped at b, and the file with it, and keeps the
// addresses reserved: an access that comes late faults and can meet nobody
// else's memory. Where the platform cannot, errors.ErrUnsupported.
func Blank(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpBlank, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return blank(b)
}

// Unmap ends a mapping or a reservation made by this package. b must be the
// whole of it.
func Unmap(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpUnmap, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	undo := budget.gone(b)
	if err := unmap(b); err != nil {
		undo()
		return err
	}
	return nil
}

// Protect changes what may be done with b, which must begin on a page.
func Protect(b []byte, prot Prot) error {
	if len(b) == 0 {
		return nil
	}
	if err := Intercept(Call{Op: OpProtect, Data: b, Len: int64(len(b))}); err != nil {
		return err
	}
	return protect(b, prot)
}

// Address returns where b begins. It is for telling whether a fault lies in b.
func Address(b []byte) uintptr { return uintptr(unsafe.Pointer(unsafe.SliceData(b))) }

// PageSpan returns the smallest range of whole pages of base that covers
// base[off:off+n]. Base must begin on a page; the range may end before a page
// does only where base ends.
func PageSpan(base []byte, off, n int) []byte {
	lo := off &^ (pageSize - 1)
	hi := min((off+n+pageSize-1)&^(pageSize-1), cap(base))
	return base[lo:hi:hi]
}

func checkRange(off int64, n int) error {
	switch {
	case n <= 0:
		return fmt.Errorf("map %d bytes: %w", n, errInvalid)
	case off < 0 || off%int64(Granularity()) != 0:
		return fmt.Errorf("map at offset %d: %w", off, errInvalid)
	case int64(n) > math.MaxInt64-off:
		return fmt.Errorf("map %d bytes at offset %d: %w", n, off, errInvalid)
	}
	return nil
}

var errInvalid = errors.New("invalid range")

// Inside reports whether b begins within outer.
func Inside(b, outer []byte) bool { return Address(b)-Address(outer) < uintptr(len(outer)) }

// Widen returns b with the into bytes that lie before it in memory, which must
// belong to the same mapping.
func Widen(b []byte, into int) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(unsafe.Pointer(unsafe.SliceData(b)), -into)), len(b)+into)
}

// LockLimit returns how many bytes the process may lock, where there is a limit.
func LockLimit() (int64, bool) { return lockLimit() }
