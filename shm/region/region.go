package region

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/fdwatch"
	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/memmapfs"
)

// Region is one attachment to a shared memory region. Its methods may be called
// by several goroutines; what they do with the bytes is theirs to order.
//
// An attachment lasts until Close or the end of the process, whichever comes
// first: dropping the Region does not detach, since slices of it may be in use.
type Region struct {
	name, path string
	opts       Options
	hdr        header
	who        shmfile.Process
	since      time.Time
	creator    bool

	lock     *os.File // carries mapping and locks, never leaves this package
	mapped   *memmapfs.MappedFile
	data     []byte // the whole file as it was when it was mapped
	payload  []byte
	slot     int   // in the attachment table, or -1
	slotless int64 // the locked byte of an attachment without slot, or 0

	closed atomic.Bool      // set under mu
	mu     sync.Mutex       // guards what follows, and the descriptor against Close
	seats  uint32           // bit i: this attachment holds seat i
	file   *os.File         // what File gives out
	quiet  map[*byte]func() // end what NotifyRelease began
}

// Name is the name the region was opened by; of anonymous regions the text they
// were made with.
func (r *Region) Name() string { return r.name }

// Path is where the region's file had its name; empty for anonymous regions.
func (r *Region) Path() string { return r.path }

// Bytes is the payload: Size bytes, page aligned, shared with every attachment,
// read-only memory under Options.ReadOnly. The slice dies with Close; touching
// it later ends the process. Concurrent use is the caller's to order, by atomics,
// package lock, or shm/ring. After Close it returns nil.
func (r *Region) Bytes() []byte {
	if r.closed.Load() {
		return nil
	}
	return r.payload
}

// Size is the payload's size in bytes.
func (r *Region) Size() int64 { return r.hdr.payloadLen }

// PayloadOffset is where the payload starts in File, a multiple of 64 KiB.
func (r *Region) PayloadOffset() int64 { return r.hdr.payloadOff }

// ID is the region's identity: a region that is removed and made again under its
// old name has another one.
func (r *Region) ID() ID { return r.hdr.id }

// ReadOnly reports whether the attachment may only read.
func (r *Region) ReadOnly() bool { return r.opts.ReadOnly }

// Created reports whether this attachment made the region.
func (r *Region) Created() bool { return r.creator }

func (r *Region) writable() bool { return !r.opts.ReadOnly }

// File is a descriptor of the region's file for mapping it again or for handing
// it to a child process. It carries none of the region's locks, so that passing
// it on does not keep a dead attachment alive; only where the system cannot
// open the file a second time is it the attachment's own. The Region owns it;
// it is closed by Close. After Close it is nil.
func (r *Region) File() *os.File {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return nil
	}
	if r.file == nil {
		f, err := shmfile.Reopen(r.lock, r.path, r.writable())
		if err != nil {
			return r.lock
		}
		r.file = f
	}
	return r.file
}

// Sync returns when the payload is on the medium the region lives on and the
// region's name will be found after a power failure. Memory file systems have
// nothing to do. It blocks.
func (r *Region) Sync() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return pathError("sync", r.path, fs.ErrClosed)
	}
	if err := r.mapped.Sync(); err != nil {
		return pathError("sync", r.path, err)
	}
	if r.path == "" {
		return nil
	}
	return syncFolder(filepath.Dir(r.path))
}

// CheckLinked returns ErrUnlinked when the region's name is gone or leads to
// another file, so that nobody who comes later can meet this attachment. It
// costs one or two system calls. Anonymous regions are always fine.
func (r *Region) CheckLinked() error {
	if r.path == "" {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return pathError("check", r.path, fs.ErrClosed)
	}
	return pathError("check", r.path, r.linked())
}

func (r *Region) linked() error {
	have, err := shmfile.StatFile(r.lock)
	if err != nil {
		return err
	}
	if have.Links == 0 {
		return refuse(ErrUnlinked, "the file has no name any more")
	}
	now, err := shmfile.StatPath(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return refuse(ErrUnlinked, "the name is gone")
	case err != nil:
		return err
	case !now.Same(have):
		return refuse(ErrUnlinked, "the name leads to another file")
	}
	return nil
}

// Close detaches: it leaves the seats, unmaps and closes. Slices and pointers
// into the region are dead afterwards. The region itself stays until Remove or
// Reap. A second Close returns fs.ErrClosed.
func (r *Region) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return pathError("close", r.label(), fs.ErrClosed)
	}
	r.closed.Store(true)
	quiet := r.quiet
	r.quiet = nil
	r.mu.Unlock()
	for _, end := range quiet {
		end() // waits for one that may want mu
	}
	r.mu.Lock()
	forget(r)
	return pathError("close", r.label(), r.release())
}

// unmap is the part of release that a draft needs: its file is discarded.
func (r *Region) unmap() {
	if r.mapped != nil {
		_ = r.mapped.Close()
	}
}

// NotifyRelease has fn called soon after an attachment that can write ended,
// anywhere, a killed one too, or the region's file lost its name or length; it may be
// called for nothing, and once for several. What the attachment held, a seat for
// example, may be held for some microseconds still. fn is called from one goroutine
// for the whole process, has to return soon and must call neither stop nor Close.
//
// stop ends that, as Close does; fn is not called any more when it returned. The error
// matches errors.ErrUnsupported where the system does not tell: only Linux does.
func (r *Region) NotifyRelease(fn func()) (stop func(), err error) {
	if r.closed.Load() {
		return nil, pathError("watch", r.label(), fs.ErrClosed)
	}
	end, err := fdwatch.Watch(r.lock, fn) // not under mu, which fn may want
	if err != nil {
		return nil, pathError("watch", r.label(), err)
	}
	key := new(byte)
	r.mu.Lock()
	if r.closed.Load() {
		r.mu.Unlock()
		end()
		return nil, pathError("watch", r.label(), fs.ErrClosed)
	}
	if r.quiet == nil {
		r.quiet = make(map[*byte]func())
	}
	r.quiet[key] = end
	r.mu.Unlock()
	return func() {
		end()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.quiet, key)
	}, nil
}

// release undoes whatever of attaching has been done, locks last, so that
// nobody sees the region unused while this process still maps it.
func (r *Region) release() error {
	var errs []error
	if r.mapped != nil {
		r.clearSlot()
		errs = append(errs, r.mapped.Close())
	}
	if r.file != nil {
		errs = append(errs, r.file.Close())
	}
	_ = fdlock.Unlock(r.lock, 0, 0) // closing frees them too, unless somebody shares the descriptor
	errs = append(errs, r.lock.Close())
	return errors.Join(errs...)
}

func (r *Region) label() string {
	if r.path != "" {
		return r.path
	}
	return r.name
}
