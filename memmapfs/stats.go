package memmapfs

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/chance"
)

// counters count what happens rarely; the short ways count nothing. Those of a
// handle are added to those of its file system when it is closed.
type counters struct {
	faults, remaps, refused, slides, populates, plainReads atomic.Int64
	flushes, flushed, fsyncs, syncErrors, syncNanos        atomic.Int64
	syncFailures, hits                                     atomic.Int64
	syncTimes                                              [SyncBuckets]atomic.Int64

	mu       sync.Mutex
	refusals map[string]string
}

// synced counts a system call that made something durable, or failed to.
func (c *counters) synced(d time.Duration, err error) {
	c.syncNanos.Add(int64(d))
	c.syncTimes[syncBucket(d)].Add(1)
	if err != nil {
		c.syncFailures.Add(1)
	}
}

// SyncBuckets is the number of buckets of Counters.SyncTimes.
const SyncBuckets = 14

// SyncBound is the upper bound of bucket i of Counters.SyncTimes: 1 µs, 4 µs,
// 16 µs and so on, about 17 s for the last but one.
func SyncBound(i int) time.Duration { return time.Microsecond << (2 * i) }

func syncBucket(d time.Duration) int {
	i := 0
	for i < SyncBuckets-1 && d > SyncBound(i) {
		i++
	}
	return i
}

// hitSampling is how many accesses a counted one stands for.
const hitSampling = 64

// hit counts an access that found its window mapped. Most calls only draw
// lots, so that readers on several cores do not share a cache line.
func (c *counters) hit() {
	if chance.OneIn(hitSampling) {
		c.hits.Add(hitSampling)
	}
}

// FileStats describes a handle.
type FileStats struct {
	Mapped      bool              // false: plain reads and writes
	Windowed    bool              // mapped in windows
	Why         string            // the reason when it is not mapped
	Refusals    map[string]string // what the config asked for and the handle has not, and why
	Size        int64             // as far as the handle knows
	MappedBytes int64             // of the file; room kept for growth not counted
	Views       int               // live views
	Counters
}

// Counters say what has happened.
type Counters struct {
	Faults       int64         // faults that became errors or plain reads
	Remaps       int64         // times a file was mapped anew because it grew
	Refused      int64         // times the system refused a mapping
	Slides       int64         // windows mapped
	Hits         int64         // accesses that found their window mapped and its pages touched before; estimated: additions at the same instant may be lost, or one in 64 is counted
	Populates    int64         // times cold pages were brought in before an access
	PlainReads   int64         // reads of a mapped file through its descriptor
	Flushes      int64         // ranges made durable
	FlushedBytes int64         // bytes in them, in whole pages
	FileSyncs    int64         // fsync calls
	SyncErrors   int64         // flushes that failed with nobody waiting
	SyncFailures int64         // system calls to flush that failed, whoever waited
	SyncTime     time.Duration // spent flushing

	// SyncTimes are the system calls to flush, by how long they took:
	// SyncTimes[i] up to SyncBound(i), the last one without a bound.
	SyncTimes [SyncBuckets]int64
}

func (c *counters) read() Counters {
	out := Counters{
		Faults: c.faults.Load(), Remaps: c.remaps.Load(), Refused: c.refused.Load(), Slides: c.slides.Load(),
		Populates: c.populates.Load(), PlainReads: c.plainReads.Load(),
		Flushes: c.flushes.Load(), FlushedBytes: c.flushed.Load(), FileSyncs: c.fsyncs.Load(),
		SyncErrors: c.syncErrors.Load(), SyncTime: time.Duration(c.syncNanos.Load()),
		SyncFailures: c.syncFailures.Load(), Hits: c.hits.Load(),
	}
	for i := range c.syncTimes {
		out.SyncTimes[i] = c.syncTimes[i].Load()
	}
	return out
}

func (a *Counters) add(b Counters) {
	a.Faults += b.Faults
	a.Remaps += b.Remaps
	a.Refused += b.Refused
	a.Slides += b.Slides
	a.Populates += b.Populates
	a.PlainReads += b.PlainReads
	a.Flushes += b.Flushes
	a.FlushedBytes += b.FlushedBytes
	a.FileSyncs += b.FileSyncs
	a.SyncErrors += b.SyncErrors
	a.SyncFailures += b.SyncFailures
	a.Hits += b.Hits
	a.SyncTime += b.SyncTime
	for i, n := range b.SyncTimes {
		a.SyncTimes[i] += n
	}
}

// counted returns the counters of the handle.
func (f *MappedFile) counted() Counters {
	c := f.stats.read()
	if f.win != nil {
		c.Hits += f.win.hits.Sum()
	}
	return c
}

// Stats returns the state and the counters of the handle.
func (f *MappedFile) Stats() FileStats {
	why := f.unshown()
	s := FileStats{Mapped: why == nil, Windowed: f.win != nil, Size: f.size.Load(), Counters: f.counted()}
	if why != nil {
		s.Why = why.Error()
	}
	f.stats.mu.Lock()
	s.Refusals = maps.Clone(f.stats.refusals)
	f.stats.mu.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Views = len(f.views)
	switch {
	case f.closed.Load():
	case f.win != nil:
		s.MappedBytes = f.win.mappedBytes()
	case f.whole != nil:
		s.MappedBytes = min(s.Size, int64(len(f.whole.data)))
	}
	return s
}

// FSStats sums up a file system.
type FSStats struct {
	Open          int   // handles open now
	OpenMapped    int   // of which are mapped
	Opened        int64 // handles opened so far
	OpenedPlain   int64 // of which worked by plain reads and writes
	MappedBytes   int64 // mapped now, all handles together
	Views         int   // live now
	PrivateImages int   // files with private changes, open or not
	AddressBytes  int64 // addresses held by this package in the whole process, room for growth included
	Counters            // open and closed handles together
}
