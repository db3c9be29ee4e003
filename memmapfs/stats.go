package memmapfs

import "sync/atomic"

// fileCounters count what happens rarely; the hot paths count nothing.
type fileCounters struct {
	faults, remaps, refused, populates, plainReads atomic.Int64
	flushes, flushed                               atomic.Int64
}

type fsCounters struct{}

// FileStats describes a handle.
type FileStats struct {
	Mapped      bool   // false: plain reads and writes
	Why         string // the reason when it is not mapped
	Size        int64  // as far as the handle knows
	MappedBytes int64  // of the file; room kept for growth not counted
	Views       int    // live views
	Faults      int64  // faults that became errors or plain reads
	Remaps      int64  // times the file was mapped anew because it grew
	Refused     int64  // times that was impossible
	Populates   int64  // system calls that brought cold pages in
	PlainReads  int64  // reads of a mapped file through its descriptor
	Flushes     int64  // ranges made durable
	FlushedByte int64
}

// Stats returns the state and the counters of the handle.
func (f *MappedFile) Stats() FileStats {
	s := FileStats{
		Mapped: f.mapped(), Size: f.size.Load(),
		Faults: f.stats.faults.Load(), Remaps: f.stats.remaps.Load(), Refused: f.stats.refused.Load(),
		Populates: f.stats.populates.Load(), PlainReads: f.stats.plainReads.Load(),
		Flushes: f.stats.flushes.Load(), FlushedByte: f.stats.flushed.Load(),
	}
	if f.why != nil {
		s.Why = f.why.Error()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s.Views = len(f.views)
	if f.whole != nil && !f.closed.Load() {
		s.MappedBytes = min(s.Size, int64(len(f.whole.data)))
	}
	return s
}

// FSStats sums up a file system.
type FSStats struct{}

// Stats returns the counters of the file system.
func (m *MemMapFS) Stats() FSStats { return FSStats{} }
