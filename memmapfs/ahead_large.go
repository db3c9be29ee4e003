package memmapfs

import (
	"os"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// largePages asks for pages of the page cache as large as a file system has them.
// Where memory is in pieces the kernel moves pages of others together to make one,
// which takes tens of milliseconds and small pages a quarter of one. When that has
// happened it is not asked for until that costs a hundredth of the time.
type largePages struct {
	until atomic.Int64 // when to ask again, in nanoseconds since the process began
}

// pagesAhead are for all files: memory is that of the whole machine.
var pagesAhead largePages

var processBegan = time.Now()

// slowPage is how long the kernel may take for hugePage bytes.
const slowPage = time.Millisecond

// cache has [off, off+n) of a file in the page cache in large pages, where it does not
// take too long.
func (l *largePages) cache(file *os.File, off int64, n int) {
	begun := time.Since(processBegan)
	if int64(begun) < l.until.Load() {
		return
	}
	_ = mmap.PopulateFile(file, off, n) // small pages come without
	end := time.Since(processBegan)
	if took := end - begun; took > slowPage*time.Duration(max(1, n/hugePage)) {
		l.until.Store(int64(end + 99*took))
	}
}
