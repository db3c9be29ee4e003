package memmapfs

import (
	"errors"
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/mmap"
)

// mostRuns is how many ranges are flushed one by one; more are joined, because
// each call waits for the device.
const mostRuns = 8

// run is a range of a file.
type run struct{ off, n int64 }

// flushDirty makes durable what was written since the last flush, and nothing
// else. When a range fails all stay dirty: the kernel may have failed to write
// any of them before, by itself, and reports that once for the whole file.
func (f *MappedFile) flushDirty() error {
	f.sync.mu.Lock()
	defer f.sync.mu.Unlock()
	f.markLent()
	var marked, runs []run
	whole := f.dirty.take(func(off, n int64) { marked = append(marked, run{off, n}) })
	size := f.size.Load() // after the marks: who marks has made the file longer
	for _, r := range marked {
		if r.n = min(r.n, size-r.off); r.n > 0 {
			runs = append(runs, r)
		}
	}
	var errs []error
	runs = joinRuns(runs)
	for _, r := range runs {
		if err := f.flushRange(r.off, r.n); err != nil {
			errs = append(errs, err)
		}
	}
	if whole {
		if err := f.syncFile(); err != nil {
			f.dirty.overflow.Store(true)
			errs = append(errs, err)
		}
	}
	if errs == nil {
		return nil
	}
	for _, r := range runs {
		f.dirty.add(r.off, r.n)
	}
	return errors.Join(errs...)
}

// joinRuns joins runs across ever wider gaps until few are left. Clean pages in
// a gap cost nothing: the kernel writes dirty pages only.
func joinRuns(runs []run) []run {
	for gap := int64(mmap.PageSize()); len(runs) > mostRuns; gap *= 4 {
		joined := runs[:1]
		for _, r := range runs[1:] {
			if last := &joined[len(joined)-1]; r.off-(last.off+last.n) <= gap {
				last.n = r.off + r.n - last.off
			} else {
				joined = append(joined, r)
			}
		}
		runs = joined
	}
	return runs
}

// flushRange makes the pages around [off, off+n) durable: through the mapping
// where there is one, through the descriptor where there is none.
func (f *MappedFile) flushRange(off, n int64) error {
	missed, err := f.onShown(off, n, f.flushPages)
	if err == nil && missed {
		err = f.syncFile()
	}
	return err
}

// flushPages makes the pages that hold b, which begins at off in the file,
// durable.
func (f *MappedFile) flushPages(b []byte, off int64) error {
	into := int(mmap.Address(b) % uintptr(mmap.PageSize()))
	page := mmap.Widen(b, into)
	f.stats.flushes.Add(1)
	f.stats.flushed.Add(roundUp(int64(len(page)), int64(mmap.PageSize())))
	start := time.Now()
	err := mmap.Sync(page, f.mapper, off-int64(into))
	f.stats.synced(time.Since(start), err)
	return err
}

// syncFile flushes the file through its descriptor.
func (f *MappedFile) syncFile() error {
	f.stats.fsyncs.Add(1)
	start := time.Now()
	var err error
	if f.mapped() {
		err = mmap.SyncFile(f.native)
	} else {
		err = unasked(f.flushPlain())
	}
	f.stats.synced(time.Since(start), err)
	return err
}

// onShown calls fn for the parts of [off, off+n) that are mapped now; missed
// reports that some part is not.
func (f *MappedFile) onShown(off, n int64, fn func(b []byte, off int64) error) (missed bool, err error) {
	if f.win != nil {
		return f.win.shown(off, n, fn)
	}
	f.mu.Lock()
	m := f.whole
	if m == nil || !m.covers(off, 1) {
		f.mu.Unlock()
		return true, nil
	}
	for m != nil && !m.pinLive() { // not under mu: a flush takes long
		m = f.instead()
	}
	f.mu.Unlock()
	if m == nil {
		return true, nil
	}
	hi := min(off+n, int64(len(m.data)))
	err = errors.Join(fn(m.data[off:hi], off), m.unpin())
	runtime.KeepAlive(m)
	return hi < off+n, err
}

// instead returns the memory in the place of one that was retired: an image gets
// other memory at times, a closed file gets none.
func (f *MappedFile) instead() *mapping {
	if f.img == nil || f.closed.Load() {
		return nil
	}
	return f.imageMemory()
}

// markLent counts what may have been written through slices as dirty.
func (f *MappedFile) markLent() {
	if !f.access.write {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.lent {
		f.dirty.add(0, f.size.Load())
	}
	for st := range f.views {
		f.dirty.add(st.off, int64(len(st.data)))
	}
}
