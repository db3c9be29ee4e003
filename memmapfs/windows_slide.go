package memmapfs

import (
	"errors"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// pin returns a slot that shows window index, with its lock held shared; the
// caller unlocks it. It returns nil when there is none to be had: every slot is
// in use, or the system refuses. The access then goes through the descriptor.
func (w *windows) pin(index int64) *slot {
	for {
		w.mu.Lock()
		if w.closed {
			w.mu.Unlock()
			return nil
		}
		s := w.byIndex[index]
		if s == nil {
			s = w.slide(index)
			if s == nil {
				return nil
			}
		} else {
			w.mu.Unlock()
		}
		s.mu.RLock()
		if s.index.Load() == index {
			s.used.Store(inUse)
			return s
		}
		s.mu.RUnlock()
	}
}

// slide makes a slot show window index and returns it, or nil. It is called
// with w.mu held and releases it.
func (w *windows) slide(index int64) *slot {
	s := w.victim()
	if s == nil {
		w.mu.Unlock()
		return nil
	}
	left := s.index.Load()
	s.hide()
	delete(w.byIndex, left)
	w.byIndex[index] = s // others wait for the lock of s
	ahead := w.f.cfg.WindowSlide && index == w.latest+1
	w.latest = index
	w.mu.Unlock()

	w.leave(s, left)
	err := w.show(s, index)
	if err != nil {
		w.f.refused(err)
		if must := (required{}); errors.As(err, &must) && w.f.cfg.LockMemory {
			w.f.keepRefusal(err, "lock memory")
		}
		w.mu.Lock()
		delete(w.byIndex, index)
		w.why = err
		w.mu.Unlock()
		s.mu.Unlock()
		return nil
	}
	s.present(index, index*w.size)
	s.mu.Unlock()
	w.hint(index, s)
	if ahead {
		w.prefetch(index + 1)
	}
	return s
}

// victim returns the slot unused for longest, locked alone, or nil when all are
// busy: the hand of a clock passes over slots used since it came by last.
func (w *windows) victim() *slot {
	for range 2 * len(w.slots) {
		s := &w.slots[w.hand]
		w.hand = (w.hand + 1) % len(w.slots)
		if s.used.Swap(0) == 0 && s.mu.TryLock() {
			return s
		}
	}
	for i := range w.slots {
		if s := &w.slots[i]; s.mu.TryLock() {
			return s
		}
	}
	return nil
}

// leave starts writing back what is dirty in the window that s shows. It stays
// dirty: when it is durable only Sync can tell.
func (w *windows) leave(s *slot, index int64) {
	f := w.f
	if index == none || !f.access.write || f.cfg.SyncMode == SyncNever {
		return
	}
	start := index * w.size
	f.dirty.each(start, int64(len(s.data)), func(off, n int64) {
		n = min(n, start+int64(len(s.data))-off)
		if err := mmap.Writeback(s.data[off-start:off-start+n], f.native, off); err != nil {
			f.failed(err)
		}
	})
}

// show maps window index into s, whose lock is held alone.
func (w *windows) show(s *slot, index int64) error {
	f := w.f
	start := index * w.size
	prot, flags := f.protection()
	if w.slab != nil {
		if err := w.mapAt(s.data, start, prot, flags); err != nil {
			return errors.Join(f.withoutDAX(err), mmap.Blank(s.data))
		}
	} else {
		if err := w.drop(s); err != nil {
			return err
		}
		n := min(w.size, f.size.Load()-start)
		if n <= 0 {
			return errEmpty
		}
		data, err := f.mapRange(f.mapper, start, int(n), prot, flags)
		if err != nil {
			return f.withoutDAX(err)
		}
		s.data = data
	}
	f.stats.slides.Add(1)
	s.warm.Store(0)
	if w.cold == nil {
		s.warm.Store(int64(len(s.data)))
	}
	return f.prepare(s.data, start)
}

// mapAt maps the file from start over data. On hugetlbfs a writable map that
// reaches past the end of the file makes it longer, but not one that becomes
// writable.
func (w *windows) mapAt(data []byte, start int64, prot mmap.Prot, flags mmap.Flag) error {
	if w.huge == 0 || prot&mmap.Write == 0 {
		return mmap.MapAt(data, w.f.mapper, start, prot, flags)
	}
	if err := mmap.MapAt(data, w.f.mapper, start, prot&^mmap.Write, flags); err != nil {
		return err
	}
	return mmap.Protect(data, prot)
}

// drop unmaps a slot that does not live in a slab.
func (w *windows) drop(s *slot) error {
	if s.data == nil {
		return nil
	}
	data := s.data
	s.data = nil
	return mmap.Unmap(data)
}

// close ends every window. Readers that come late find another generation.
func (w *windows) close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	var errs []error
	for i := range w.slots {
		s := &w.slots[i]
		s.mu.Lock()
		s.hide()
		if w.slab == nil {
			errs = append(errs, w.drop(s))
		}
		s.mu.Unlock()
	}
	if w.slab != nil {
		errs = append(errs, w.slab.retire())
	}
	return errors.Join(errs...)
}

// named puts the file into a fault: the addresses of a slot mean another part of
// the file with every slide, so they are not registered.
func (w *windows) named(err error, off int64) error {
	var fault *sigbus.FaultError
	if errors.As(err, &fault) && fault.Name == "" {
		fault.Name, fault.Offset = w.f.name, off
	}
	return err
}

// empty makes every slot show nothing. It waits for accesses in flight.
func (w *windows) empty() error {
	var errs []error
	for i := range w.slots {
		s := &w.slots[i]
		s.mu.Lock()
		w.mu.Lock()
		delete(w.byIndex, s.index.Load())
		s.hide()
		w.mu.Unlock()
		if w.slab == nil {
			errs = append(errs, w.drop(s))
		}
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// mappedBytes returns how much of the file windows show.
func (w *windows) mappedBytes() int64 {
	var n int64
	w.mu.Lock()
	defer w.mu.Unlock()
	for index := range w.byIndex {
		n += max(0, min(w.size, w.f.size.Load()-index*w.size))
	}
	return n
}
