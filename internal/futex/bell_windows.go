package futex

import (
	"fmt"
	"hash/fnv"
	"math"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	kernel32         = windows.NewLazySystemDLL("kernel32.dll")
	createSemaphore  = kernel32.NewProc("CreateSemaphoreW")
	releaseSemaphore = kernel32.NewProc("ReleaseSemaphore")
	mappedFileName   = kernel32.NewProc("K32GetMappedFileNameW")
)

// maxRings bounds the wake-ups that nobody waited for and that later sleepers
// take for theirs.
const maxRings = 64

// bell is a semaphore in the session's namespace that is named for the place of
// a word in its file: whoever has the file mapped finds the same one. It lives as
// long as somebody has it open.
type bell windows.Handle

// bellOf opens the bell of the word at addr. Memory of no file has none.
//
// Views begin at multiples of 64 KiB in memory and file, so the low bits of an
// address are those of the place in the file. Words as far apart as that share a
// bell, and one may take a ring meant for the other: sleepers look by themselves
// too.
func bellOf(addr *uint32) (bell, bool) {
	var path [1024]uint16 // of a longer one the beginning
	n, _, _ := mappedFileName.Call(uintptr(windows.CurrentProcess()), uintptr(unsafe.Pointer(addr)),
		uintptr(unsafe.Pointer(&path[0])), uintptr(len(path)))
	if n == 0 {
		return 0, false
	}
	h := fnv.New64a()
	for _, c := range path[:n] {
		_, _ = h.Write([]byte{byte(c), byte(c >> 8)})
	}
	name, err := windows.UTF16PtrFromString(fmt.Sprintf(`Local\shmkit-%016x-%04x`, h.Sum64(), uintptr(unsafe.Pointer(addr))&math.MaxUint16))
	if err != nil {
		return 0, false
	}
	s, _, _ := createSemaphore.Call(0, 0, maxRings, uintptr(unsafe.Pointer(name)))
	return bell(s), s != 0
}

// ring wakes n sleepers; one, when others are still being woken and n is too many.
func (b bell) ring(n int) {
	for _, n := range []int{min(n, maxRings), 1} {
		if ok, _, _ := releaseSemaphore.Call(uintptr(b), uintptr(n), 0); ok != 0 {
			return
		}
	}
}

func (b bell) close() { _ = windows.CloseHandle(windows.Handle(b)) }
