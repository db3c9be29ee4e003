package region

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/internal/sysx"
	"github.com/absfs/shmkit/memmapfs"
)

// Open attaches to the region called name, after checking every byte of its
// header against the file and against what the options expect. With
// Options.Create and Size it makes the region when there is none; of several
// processes that do so at once one makes it and the others attach.
//
// Errors, as [*fs.PathError]: fs.ErrNotExist; ErrNotRegion and its special
// cases; ErrLayout, ErrByteOrder, ErrCorrupt, ErrTruncated; ErrKind, ErrVersion,
// ErrSchema, ErrSize; ErrOwner, ErrUnsafeDir; fs.ErrPermission. Opening may wait
// for a removal under way, a few microseconds as a rule, five seconds at most.
func Open(name string, o *Options) (*Region, error) {
	opts, err := o.resolve()
	if err == nil {
		err = checkName(name)
	}
	if err == nil && opts.Create {
		err = checkSize(opts.Size)
	}
	if err != nil {
		return nil, pathError("open region", shown(name), err)
	}
	d, err := opts.folder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	for p := newPause(); ; {
		r, err := open(d, name, &opts)
		if !opts.Create || !errors.Is(err, fs.ErrNotExist) {
			return r, pathError("open region", d.Join(name), err)
		}
		r, err = create(d, name, opts.Size, &opts)
		if !errors.Is(err, fs.ErrExist) || !p.wait() {
			return r, pathError("create region", d.Join(name), err)
		}
	}
}

func open(d *shmfile.Dir, name string, o *Options) (*Region, error) {
	f, st, err := attach(d, name, o)
	if err != nil {
		return nil, err
	}
	r := newRegion(name, d.Join(name), f, o)
	if err := r.join(st.Size); err != nil {
		_ = r.release()
		return nil, err
	}
	totals.opened.Add(1)
	remember(r)
	return r, nil
}

// join validates an open file, maps it and makes the attachment countable.
func (r *Region) join(size int64) error {
	h, err := readHeader(r.lock, size)
	if err == nil && h.flags&flagSnapshot != 0 {
		err = refuse(ErrSnapshot, "")
	}
	if err == nil {
		err = h.check(&r.opts)
	}
	if err != nil {
		return err
	}
	r.hdr = *h
	if err := r.mapFile(); err != nil {
		return err
	}
	return r.enter()
}

func newRegion(name, path string, lock *os.File, o *Options) *Region {
	return &Region{name: name, path: path, opts: *o, lock: lock, who: shmfile.Self(), since: now(), slot: -1}
}

// mapFile maps the whole file and cuts the payload out.
func (r *Region) mapFile() error {
	c := &memmapfs.Config{
		Mode:         memmapfs.ModeReadWrite,
		SyncMode:     memmapfs.SyncNever,
		MapFullFile:  true,
		Mapping:      memmapfs.MapRequire,
		UseHugePages: r.opts.HugePages,
	}
	if r.opts.ReadOnly {
		c.Mode = memmapfs.ModeReadOnly
	}
	m, err := memmapfs.Map(r.lock, c)
	if err != nil {
		return err
	}
	r.mapped = m
	r.data = m.Data()
	end := r.hdr.payloadOff + r.hdr.payloadLen
	if m.Stats().Windowed { // there are not as many addresses in a row
		return fmt.Errorf("%d bytes cannot be mapped in one piece: %w", end, sysx.ENOMEM)
	}
	if int64(len(r.data)) < end {
		return refuse(ErrTruncated, "%d bytes of %d are left", len(r.data), r.hdr.fileSize)
	}
	r.payload = r.data[r.hdr.payloadOff:end:end]
	return r.applyMemoryOptions()
}

func (r *Region) applyMemoryOptions() error {
	if r.opts.NoDump {
		if err := r.mapped.Advise(memmapfs.AdviceDontDump); err != nil {
			return fmt.Errorf("keep out of core dumps: %w", err)
		}
	}
	if r.opts.LockMemory {
		if err := r.mapped.LockMemory(0, int64(len(r.data))); err != nil {
			return fmt.Errorf("keep in memory: %w", err)
		}
	}
	return nil
}
