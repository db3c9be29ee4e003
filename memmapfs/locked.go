package memmapfs

import "github.com/absfs/shmkit/internal/mmap"

// Config.LockMemory covers what a file grows by as well. That costs a system call
// for every page, not for every write: the kernel brings in what it locks, so pages
// behind the end cannot be locked ahead. Where it refuses, the file has grown all
// the same: the refusal is noted, and tried again only when the file is mapped anew.

// lockWhole locks the file's pages in its first mapping.
func (f *MappedFile) lockWhole(m *mapping) error {
	if !f.cfg.LockMemory {
		return nil
	}
	end := f.wholePages()
	shown := m.data[:min(end, int64(len(m.data)))]
	if err := mmap.Lock(shown); err != nil {
		return lockError(err, int64(len(shown)))
	}
	f.locked.Store(end)
	return nil
}

// lockGrown locks the pages by which the file has grown since, as far as they are
// mapped. mu is not held.
func (f *MappedFile) lockGrown() {
	if !f.cfg.LockMemory || f.img != nil || !f.mapped() || f.lockRefused.Load() || f.wholePages() <= f.locked.Load() {
		return
	}
	f.mu.Lock()
	from, end := f.locked.Load(), f.wholePages()
	m := f.whole
	if end <= from || f.closed.Load() || m == nil && f.win == nil {
		f.mu.Unlock()
		return
	}
	f.locked.Store(end)
	if m == nil {
		f.mu.Unlock()
		_, err := f.win.shown(from, end-from, func(b []byte, _ int64) error { return mmap.Lock(b) })
		f.noteLock(err, end-from)
		return
	}
	m.pin() // not under mu: pages may have to be read
	f.mu.Unlock()
	f.lockIn(m, from, end)
	_ = m.unpin() // of a mapping that Close has ended meanwhile; it cannot be told
}

// lockAnew locks in m, which stands for old now, what was locked there, and then
// the rest. mu is held.
func (f *MappedFile) lockAnew(m, old *mapping) {
	if !f.cfg.LockMemory {
		return
	}
	end := roundUp(max(f.size.Load(), f.size.ahead.Load()), int64(mmap.PageSize()))
	before := int64(0)
	if old != nil {
		before = min(f.locked.Load(), end, int64(len(old.data)))
		_ = mmap.Unlock(old.data) // slices may need it still; the pages stay locked by m
	}
	f.lockRefused.Store(false)
	f.lockIn(m, 0, before)
	f.lockTo(m, before, end)
}

// lockAhead locks the pages of m that have become usable up to end. mu is held.
func (f *MappedFile) lockAhead(m *mapping, end int64) {
	if from := f.locked.Load(); f.cfg.LockMemory && from < end {
		f.lockTo(m, from, end)
	}
}

func (f *MappedFile) lockTo(m *mapping, from, end int64) {
	if !f.lockRefused.Load() {
		f.locked.Store(end)
		f.lockIn(m, from, end)
	}
}

// lockIn locks the pages of m from from to end.
func (f *MappedFile) lockIn(m *mapping, from, end int64) {
	if hi := min(end, int64(len(m.data))); from < hi {
		f.noteLock(mmap.Lock(m.data[from:hi]), hi-from)
	}
}

// noteLock notes that n bytes could not be locked, unless the file has become
// shorter meanwhile and that is why.
func (f *MappedFile) noteLock(err error, n int64) {
	if err == nil {
		return
	}
	if info, serr := f.plain().Stat(); serr == nil && info.Size() < f.size.Load() {
		return
	}
	f.lockRefused.Store(true)
	f.note(lockError(err, n), "lock memory")
}

// unlockBehind has the pages behind the end of the file count no longer against
// the limit. mu is held.
func (f *MappedFile) unlockBehind(end int64) {
	end = roundUp(end, int64(mmap.PageSize()))
	from := f.locked.Load()
	if from <= end {
		return
	}
	f.locked.Store(end)
	if m := f.whole; m != nil && end < int64(len(m.data)) {
		_ = mmap.Unlock(m.data[end:min(from, int64(len(m.data)))]) // it is not needed, it is only counted
	}
}
