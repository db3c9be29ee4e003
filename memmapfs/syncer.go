package memmapfs

import (
	"errors"
	"runtime"
	"sync"
	"time"
	"weak"
)

// syncer is the background goroutine of SyncPeriodic: one for a file system,
// which the first write starts and MemMapFS.Close ends, and one for a file of Map,
// which its Close ends.
type syncer struct {
	mu      sync.Mutex
	dirty   map[*MappedFile]struct{}
	lenders map[weak.Pointer[MappedFile]]struct{} // may be written through slices at any time
	rest    time.Time                             // until when lenders are left alone
	stopped bool
	quit    chan struct{}
	done    chan struct{}
}

// announce tells the background goroutine, if there should be one, that f has
// something to flush.
func (f *MappedFile) announce() {
	if f.cfg.SyncMode != SyncPeriodic || f.sync.announced.Load() {
		return
	}
	f.syncer().add(f)
}

// announceLent tells the background goroutine that a slice of f has been handed
// out, by which f may be written without a word.
func (f *MappedFile) announceLent() {
	if f.cfg.SyncMode != SyncPeriodic || !f.access.write || f.private() || f.sync.lending.Load() {
		return
	}
	f.syncer().lend(f)
}

// lends reports whether somebody may write through a slice.
func (f *MappedFile) lends() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return !f.closed.Load() && (f.lent || len(f.views) > 0)
}

// syncer returns the syncer of f's file system, or f's own.
func (f *MappedFile) syncer() *syncer {
	if f.fs != nil {
		return &f.fs.sync
	}
	if s := f.sync.own.Load(); s != nil {
		return s
	}
	s := new(syncer) // not a part of f, which it must not keep alive
	if !f.sync.own.CompareAndSwap(nil, s) {
		return f.sync.own.Load()
	}
	runtime.AddCleanup(f, func(s *syncer) { s.end() }, s)
	return s
}

// leaveSyncer is the end of what happens behind f, which is being closed and
// flushes itself.
func (f *MappedFile) leaveSyncer() {
	switch {
	case f.cfg.SyncMode != SyncPeriodic:
	case f.fs != nil:
		f.fs.sync.remove(f)
	default:
		f.syncer().end() // does not wait: it may be OnSyncError that closes f
	}
}

func (s *syncer) add(f *MappedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	if s.dirty == nil {
		s.dirty = make(map[*MappedFile]struct{})
	}
	s.dirty[f] = struct{}{}
	f.sync.announced.Store(true)
	s.start(f.cfg.SyncInterval)
}

// lend is add for a file that is flushed in every period until lends says no. It
// does not keep a handle alive that was dropped without Close.
func (s *syncer) lend(f *MappedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return
	}
	if s.lenders == nil {
		s.lenders = make(map[weak.Pointer[MappedFile]]struct{})
	}
	s.lenders[weak.Make(f)] = struct{}{}
	f.sync.lending.Store(true)
	s.start(f.cfg.SyncInterval)
}

// start has the goroutine run. mu is held.
func (s *syncer) start(interval time.Duration) {
	if s.quit == nil {
		s.quit, s.done = make(chan struct{}), make(chan struct{})
		go s.run(interval, s.quit, s.done)
	}
}

// remove forgets f, which is being closed and flushes itself.
func (s *syncer) remove(f *MappedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.dirty, f)
	delete(s.lenders, weak.Make(f))
}

func (s *syncer) run(interval time.Duration, quit, done chan struct{}) {
	defer close(done)
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
			s.flush()
		}
	}
}

// flush flushes every file that has announced itself. Lenders, which nobody need
// have written, then rest as long as it took: a device slower than the interval is
// not kept busy with them all the time, and what is being flushed all the time
// could not be collected when it was dropped.
func (s *syncer) flush() error {
	s.mu.Lock()
	files := s.dirty
	s.dirty = nil
	var lenders map[weak.Pointer[MappedFile]]struct{}
	begun := time.Now()
	if s.stopped || !begun.Before(s.rest) {
		lenders, s.lenders = s.lenders, nil
	}
	s.mu.Unlock()
	var errs []error
	for f := range files {
		f.sync.announced.Store(false) // what is written from here on announces itself again
		errs = append(errs, f.flushBehind())
	}
	for p := range lenders {
		f := p.Value()
		if f == nil {
			continue
		}
		f.sync.lending.Store(false) // and slices handed out from here on, too
		if !f.lends() {
			continue
		}
		s.lend(f)
		if _, done := files[f]; !done {
			errs = append(errs, f.flushBehind())
		}
	}
	if len(lenders) > 0 {
		now := time.Now()
		s.mu.Lock()
		s.rest = now.Add(now.Sub(begun))
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}

// flushBehind is a flush that nobody waits for.
func (f *MappedFile) flushBehind() error {
	if f.closed.Load() {
		return nil
	}
	err := f.flushDirty()
	if err == nil || f.closed.Load() {
		return nil
	}
	f.keepDirty()
	f.failed(f.asPathError("sync", err))
	f.announce()
	return err
}

// end has the goroutine end, and nothing start it again. The channel it returns is
// closed when it has; nil means that there was none.
func (s *syncer) end() (done <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.quit != nil && !s.stopped {
		close(s.quit)
	}
	s.stopped = true
	return s.done
}

// stop ends the goroutine after a last flush.
func (s *syncer) stop() error {
	if done := s.end(); done != nil {
		<-done
	}
	return s.flush()
}
