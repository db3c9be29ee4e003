package memmapfs

import (
	"runtime"
	"weak"
)

// fsCounters are what a file system remembers about its handles.
type fsCounters struct {
	opened, openedPlain int64    // guarded by MemMapFS.mu
	closed              Counters // of closed handles; guarded by MemMapFS.mu
}

// remember lists f among the open handles without keeping it alive.
func (m *MemMapFS) remember(f *MappedFile) {
	p := weak.Make(f)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open == nil {
		m.open = make(map[weak.Pointer[MappedFile]]struct{})
	}
	m.open[p] = struct{}{}
	m.stats.opened++
	if f.unshown() != nil {
		m.stats.openedPlain++
	}
	i := f.img
	f.dropped = runtime.AddCleanup(f, func(p weak.Pointer[MappedFile]) {
		m.mu.Lock()
		delete(m.open, p)
		m.mu.Unlock()
		if i != nil {
			go m.leaveDropped(i, p) // it may copy, for which other cleanups would wait
		}
	}, p)
}

// forget takes f, which is being closed, off the lists.
func (m *MemMapFS) forget(f *MappedFile) {
	if m == nil {
		return
	}
	f.dropped.Stop()
	p := weak.Make(f)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.open, p)
	m.stats.closed.add(f.counted())
}

// handles returns the open handles.
func (m *MemMapFS) handles() []*MappedFile {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]*MappedFile, 0, len(m.open))
	for p := range m.open {
		if f := p.Value(); f != nil {
			list = append(list, f)
		}
	}
	return list
}

// Stats returns the state and the counters of the file system.
func (m *MemMapFS) Stats() FSStats {
	var s FSStats
	for _, f := range m.handles() {
		fs := f.Stats()
		s.Open++
		if fs.Mapped {
			s.OpenMapped++
		}
		s.MappedBytes += fs.MappedBytes
		s.Views += fs.Views
		s.Counters.add(fs.Counters)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s.Opened, s.OpenedPlain = m.stats.opened, m.stats.openedPlain
	for _, i := range m.images {
		if i.changed.Load() {
			s.PrivateImages++
		}
	}
	s.AddressBytes = addresses.held.Load()
	s.Counters.add(m.stats.closed)
	return s
}
