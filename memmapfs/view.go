package memmapfs

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"runtime"

	"github.com/absfs/shmkit/internal/mmap"
)

// A View is a pinned range of a file's memory. Its bytes stay where they are,
// and valid, until Release: growth, sliding windows and Close of the file do
// not end it. Bytes written to a view of a writable handle reach the file at
// once, and are durable after the next Sync of the file.
//
// A view dropped without Release is released by the runtime; its bytes must
// not be used any more then, so keep the View as long as the bytes.
type View struct {
	state   *viewState
	cleanup runtime.Cleanup
}

// viewState is what of a view the file knows. It must not lead to the View.
type viewState struct {
	f    *MappedFile
	m    *mapping // pinned, or the view's own
	own  bool
	base int64 // offset in the file of what m begins with
	off  int64
	data []byte
}

// View pins n bytes from off, which must lie within the file: beyond its end
// the error matches fs.ErrInvalid. No byte is copied. Under ModeCopyOnWrite the
// view shows private memory. In windowed mode a view has memory of its own, for
// which the config counts as for windows: under Config.LockMemory it is locked,
// or the error tells the limit. Building with the tag shmdebug makes every use of
// a view's bytes after Release a fault, but not under ModeCopyOnWrite on Windows.
func (f *MappedFile) View(off, n int64) (*View, error) {
	if off < 0 || n < 0 || n > math.MaxInt64-off {
		return nil, f.pathError("view", outside(off, n, f.size.Load()))
	}
	if err := f.shareImage(); err != nil {
		return nil, f.asPathError("view", err)
	}
	st, err := f.pinned(off, n)
	f.lockGrown()
	if err != nil {
		return nil, err
	}
	if st.own { // without mu, for pages may have to be read
		if err := f.prepare(st.m.data, st.base); err != nil {
			st.release()
			return nil, f.asPathError("view", err)
		}
	}
	f.announceLent()
	v := &View{state: st}
	v.cleanup = runtime.AddCleanup(v, (*viewState).release, st)
	return v, nil
}

// pinned counts a view among those of the file and finds memory for it.
func (f *MappedFile) pinned(off, n int64) (*viewState, error) {
	defer f.holdImage().release()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed.Load() {
		return nil, f.pathError("view", fs.ErrClosed)
	}
	if !f.mapped() {
		return nil, f.pathError("view", fmt.Errorf("%w: %w", ErrNotMapped, f.why))
	}
	if err := f.materialize(); err != nil {
		return nil, f.asPathError("view", err)
	}
	if n > f.size.Load()-off {
		size, err := f.learnLocked()
		if err != nil {
			return nil, f.asPathError("view", err)
		}
		if n > size-off {
			return nil, f.pathError("view", outside(off, n, size))
		}
	}
	st, err := f.memoryFor(off, n)
	if err != nil {
		return nil, f.asPathError("view", err)
	}
	if f.views == nil {
		f.views = make(map[*viewState]struct{})
	}
	f.views[st] = struct{}{}
	return st, nil
}

// memoryFor finds memory for a view. mu is held.
func (f *MappedFile) memoryFor(off, n int64) (*viewState, error) {
	st := &viewState{f: f, off: off}
	if n == 0 {
		st.data = []byte{}
		return st, nil
	}
	if n > maxInt-int64(mmap.Granularity()) {
		return nil, errTooLarge
	}
	if source := f.viewSource(); source != nil {
		return st, f.mapOwn(st, n, source)
	}
	if f.whole == nil || !f.whole.covers(off, int(n)) {
		if err := f.remap(0); err != nil {
			return nil, err
		}
	}
	if err := f.fillImage(off, n); err != nil {
		return nil, err
	}
	st.m = f.whole
	st.m.pin()
	st.data = st.m.data[off : off+n : off+n]
	return st, nil
}

// mapOwn maps the bytes of a view for it alone: the windows go on sliding.
func (f *MappedFile) mapOwn(st *viewState, n int64, source *os.File) error {
	lo, end := st.off-st.off%int64(mmap.Granularity()), st.off+n
	if f.win != nil && f.win.huge > 0 {
		lo, end = st.off-st.off%f.win.huge, roundUp(end, f.win.huge)
	}
	prot, flags := f.protection()
	data, err := f.mapRange(source, lo, int(end-lo), prot, flags)
	if err != nil {
		return err
	}
	st.m = newMapping(data, f.access.write, nil, registerAt(data, f.name, lo))
	st.own, st.base = true, lo
	st.data = data[st.off-lo : st.off-lo+n : st.off-lo+n]
	return nil
}

// Bytes returns the pinned bytes, nil after Release.
func (v *View) Bytes() []byte { return v.state.bytes() }

// Valid says whether all of the view still lies within the file, whose length
// is the one that Refresh, or an operation of this handle, found last; it asks
// nobody and costs nothing. Behind the end the error matches io.ErrUnexpectedEOF
// and tells how much is left: an access there would fault. Whoever reads a view
// of a file that others may shorten calls Refresh and Valid before each pass,
// and reads through package sigbus what may be cut off during it. After Release
// the error matches fs.ErrClosed.
func (v *View) Valid() error {
	st := v.state
	st.f.mu.Lock()
	defer st.f.mu.Unlock()
	if st.data == nil {
		return st.f.pathError("view", fs.ErrClosed)
	}
	n := int64(len(st.data))
	if left := max(0, st.f.size.Load()-st.off); left < n {
		return st.f.pathError("view", fmt.Errorf("%d of %d bytes are left: %w", left, n, io.ErrUnexpectedEOF))
	}
	return nil
}

// MarkDirty says that n bytes from off, counted from the view's beginning, were
// written. Under SyncImmediate they are durable when it returns; under the
// other modes they join what the next flush covers. A view of a writable handle
// is taken as written as a whole by Sync and Release anyway.
func (v *View) MarkDirty(off, n int64) error {
	st := v.state
	f := st.f
	data := st.bytes()
	if off < 0 || n < 0 || n > int64(len(data))-off {
		return f.pathError("markdirty", fs.ErrInvalid)
	}
	if !f.access.write || f.private() || n == 0 {
		return nil
	}
	err := f.wrote(st.off+off, n, st.m.data, st.base)
	runtime.KeepAlive(v)
	return err
}

// Release gives the view up; its bytes must not be used afterwards. Releasing
// again does nothing.
func (v *View) Release() {
	v.cleanup.Stop()
	v.state.release()
}

func (st *viewState) bytes() []byte {
	st.f.mu.Lock()
	defer st.f.mu.Unlock()
	if st.data == nil && debugViews {
		panic("memmapfs: use of a View after Release")
	}
	return st.data
}

func (st *viewState) release() {
	f := st.f
	f.mu.Lock()
	if _, live := f.views[st]; !live {
		f.mu.Unlock()
		return
	}
	delete(f.views, st)
	n := int64(len(st.data))
	st.data = nil
	f.mu.Unlock()
	if f.access.write && !f.private() && n > 0 {
		f.dirty.add(st.off, n)
		f.announce()
	}
	if st.m == nil {
		return
	}
	// A failure leaves addresses behind that nobody uses; there is nobody to tell.
	switch {
	case st.own && debugViews:
		if f.cfg.LockMemory {
			_ = mmap.Unlock(st.m.data)
		}
		_ = mmap.Protect(st.m.data, mmap.None)
		leaked.add(st.m)
	case st.own:
		_ = st.m.retire()
	default:
		_ = st.m.unpin()
		f.fs.leaveShown(f.img)
	}
}
