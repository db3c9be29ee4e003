package memmapfs

import "runtime"

// readHinted copies from the window that probably is there. It reports false
// when the pinned way has to be taken: another window, one that slid meanwhile, a
// page that may be cold, a fault.
func (w *windows) readHinted(p []byte, off int64) bool {
	index, start := w.locate(off)
	s := w.hinted(index)
	if s == nil {
		return false
	}
	gen := s.gen.Load()
	if s.index.Load() != index {
		return false
	}
	if end := start + int64(len(p)); end > s.warm.Load() && (end > int64(len(s.data)) || !w.warm(off, len(p))) {
		return false
	}
	if s.used.Load() == 0 {
		s.used.Store(inUse)
	}
	w.f.stats.hit()
	_, err := copyGuarded(p, s.data[start:])
	runtime.KeepAlive(w)
	return err == nil && s.gen.Load() == gen
}

// readPinned reads window by window. The range lies in the file.
func (w *windows) readPinned(p []byte, off int64) (int, error) {
	done := 0
	for done < len(p) {
		n, err := w.readPart(p[done:], off+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// part cuts p where the window that holds off ends.
func (w *windows) part(p []byte, off int64) (index, start int64, part []byte) {
	index, start = w.locate(off)
	return index, start, p[:min(int64(len(p)), w.size-start)]
}

func (w *windows) readPart(p []byte, off int64) (int, error) {
	index, start, p := w.part(p, off)
	s := w.pin(index)
	if s == nil {
		return w.f.readPlain(p, off)
	}
	defer s.mu.RUnlock()
	if !s.covers(start, len(p)) {
		return w.f.readPlain(p, off)
	}
	w.warmUp(s, start, off, int64(len(p)))
	n, err := copyGuarded(p, s.data[start:])
	if err != nil {
		return w.f.readFaulted(p, off, w.named(err, off))
	}
	return n, nil
}

// warm reports whether the blocks of the range have been touched before.
func (w *windows) warm(off int64, n int) bool { return w.cold == nil || w.cold.has(off, n) }

// warmUp is populate for the pinned slot s.
func (w *windows) warmUp(s *slot, start, off, n int64) {
	if w.cold == nil || start+n <= s.warm.Load() {
		return
	}
	if !w.cold.has(off, int(n)) {
		w.f.populate(w.cold, s.data, off-start, off, n)
	}
	for warm := s.warm.Load(); warm < int64(len(s.data)) && w.cold.has(off-start+warm, 1); {
		s.warm.CompareAndSwap(warm, min((warm>>coldShift+1)<<coldShift, int64(len(s.data))))
		warm = s.warm.Load()
	}
}

// write copies p into windows. Done tells how much; the rest goes through the
// descriptor. The range lies in the file.
func (w *windows) write(p []byte, off int64) (done int, err error) {
	for done < len(p) {
		n, err := w.writePart(p[done:], off+int64(done))
		done += n
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

func (w *windows) writePart(p []byte, off int64) (int, error) {
	index, start, p := w.part(p, off)
	s := w.lockHinted(index)
	if s == nil {
		s = w.pin(index)
	} else {
		w.f.stats.hit()
	}
	if s == nil {
		return w.f.writeThrough(p, off)
	}
	defer s.mu.RUnlock()
	if !s.covers(start, len(p)) {
		return w.f.writeThrough(p, off)
	}
	w.warmUp(s, start, off, int64(len(p)))
	n, err := copyGuarded(s.data[start:], p)
	if err != nil {
		n, err = w.f.writeFaulted(p, off, w.named(err, off))
	}
	if serr := w.f.wrote(off, int64(len(p)), s.data, index*w.size); err == nil {
		err = serr
	}
	return n, err
}

// lockHinted returns the slot that shows window index with its lock held
// shared, if that takes no waiting.
func (w *windows) lockHinted(index int64) *slot {
	s := w.hinted(index)
	if s == nil || !s.mu.TryRLock() {
		return nil
	}
	if s.index.Load() != index {
		s.mu.RUnlock()
		return nil
	}
	if s.used.Load() == 0 {
		s.used.Store(inUse)
	}
	return s
}

// shown calls fn for each window that lies in [off, off+n) and is mapped, with
// the mapped part of the range and its offset. Missed reports that some part of
// the range was not mapped.
func (w *windows) shown(off, n int64, fn func(b []byte, off int64) error) (missed bool, err error) {
	for end := off + n; off < end; {
		index, start := w.locate(off)
		part := min(end-off, w.size-start)
		s := w.lockHinted(index)
		if s == nil {
			s = w.present(index)
		}
		if s == nil {
			missed = true
		} else {
			hi := min(start+part, int64(len(s.data)))
			if start < hi {
				err = fn(s.data[start:hi], off)
			}
			missed = missed || hi < start+part // the file was shorter when it was mapped
			s.mu.RUnlock()
			if err != nil {
				return missed, err
			}
		}
		off += part
	}
	return missed, nil
}

// present is pin without sliding.
func (w *windows) present(index int64) *slot {
	w.mu.Lock()
	s := w.byIndex[index]
	w.mu.Unlock()
	if s == nil {
		return nil
	}
	s.mu.RLock()
	if s.index.Load() == index {
		return s
	}
	s.mu.RUnlock()
	return nil
}
