package memmapfs

import (
	"bytes"
	"os"
	"runtime"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// A tail is what a handle that runs ahead leaves on disk when it is dropped without
// Close: zeros behind the end of its file. It must not lead to the handle.
//
// What it holds stays open until the file is cut. Then the runtime closes what
// nobody else uses, as with every dropped file; that of Map may be in use.
type tail struct {
	length *length
	file   *os.File   // open for reading, too
	base   absfs.File // may close what is file when it is collected itself
	fs     *MemMapFS  // whose handles have to know; nil for files of Map
	id     mmap.FileID
}

// cutWhenDropped has the runtime cut the file when it collects the handle. mu is
// held.
func (f *MappedFile) cutWhenDropped() {
	if f.uncut != (runtime.Cleanup{}) {
		return
	}
	f.uncut = runtime.AddCleanup(f, func(t tail) {
		go t.cut() // it reads from the disk, for which other cleanups would wait
	}, tail{f.size, f.mapper, f.base, f.fs, f.id})
}

// cut is cutAhead for a handle that is gone. That can be long after the last use:
// whoever has opened the file anew may have found the zeros, cut them off and run
// ahead to the same length. So what is cut off must still be zeros.
func (t tail) cut() {
	size, ahead := t.length.Load(), t.length.ahead.Load()
	if ahead == 0 {
		return
	}
	if info, err := t.file.Stat(); err != nil || info.Size() != ahead {
		return // somebody else set the length: theirs counts
	}
	if !t.zeros(size, ahead) || mmap.Truncate(t.file, size) != nil { // nobody is left to whom a failure could be told
		return
	}
	if t.fs != nil {
		t.fs.shortened(t.id, size, t.file.Stat)
	}
}

// zeros says whether the file holds nothing else there. It looks at the beginning
// last, where whoever appends to the file would write meanwhile.
func (t tail) zeros(from, to int64) bool {
	buf := make([]byte, 64<<10)
	for to > from {
		b := buf[:min(to-from, int64(len(buf)))]
		to -= int64(len(b))
		if n, _ := t.file.ReadAt(b, to); n < len(b) || b[0] != 0 || !bytes.Equal(b[1:], b[:n-1]) {
			return false
		}
	}
	return true
}
