package memmapfs

import (
	"errors"
	"sync"
	"time"
)

// syncer is the one background goroutine of a file system under SyncPeriodic.
// It is started by the first write and ended by MemMapFS.Close.
type syncer struct {
	mu      sync.Mutex
	dirty   map[*MappedFile]struct{}
	stopped bool
	quit    chan struct{}
	done    chan struct{}
}

// announce tells the background goroutine, if there should be one, that f has
// something to flush.
func (f *MappedFile) announce() {
	if f.cfg.SyncMode != SyncPeriodic || f.sync.announced.Load() || f.fs == nil {
		return
	}
	f.fs.sync.add(f)
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
	if s.quit == nil {
		s.quit, s.done = make(chan struct{}), make(chan struct{})
		go s.run(f.cfg.SyncInterval, s.quit, s.done)
	}
}

// remove forgets f, which is being closed and flushes itself.
func (s *syncer) remove(f *MappedFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.dirty, f)
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

// flush flushes every file that has announced itself.
func (s *syncer) flush() error {
	s.mu.Lock()
	files := s.dirty
	s.dirty = nil
	s.mu.Unlock()
	var errs []error
	for f := range files {
		f.sync.announced.Store(false) // what is written from here on announces itself again
		if err := f.flushBehind(); err != nil {
			errs = append(errs, err)
		}
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

// stop ends the goroutine after a last flush.
func (s *syncer) stop() error {
	s.mu.Lock()
	s.stopped = true
	quit, done := s.quit, s.done
	s.mu.Unlock()
	if quit != nil {
		close(quit)
		<-done
	}
	return s.flush()
}
