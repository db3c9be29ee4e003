package region

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os/user"
	"strconv"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/sigbus"
)

// Create makes the region called name with size bytes of payload, zero but for
// what Options.Init puts there, and attaches to it. Nobody sees the region
// before it is whole: file, space, header and payload are made ready first and
// then linked under the name, without replacing anything. A failure leaves
// nothing behind.
//
// Errors, as [*fs.PathError]: fs.ErrExist when the name is taken, by whatever;
// ENOSPC when there is no room; ErrName, ErrUnsafeDir; Init's error.
func Create(name string, size int64, o *Options) (*Region, error) {
	opts, err := o.resolve()
	if err == nil {
		err = checkName(name)
	}
	if err == nil {
		err = checkSize(size)
	}
	if err == nil && opts.ReadOnly {
		err = fmt.Errorf("create and read-only: %w", fs.ErrInvalid)
	}
	if err != nil {
		return nil, pathError("create region", shown(name), err)
	}
	d, err := opts.folder()
	if err != nil {
		return nil, err
	}
	defer d.Close()
	r, err := create(d, name, size, &opts)
	return r, pathError("create region", d.Join(name), err)
}

func checkSize(size int64) error {
	switch {
	case size <= 0:
		return fmt.Errorf("size %d: %w", size, fs.ErrInvalid)
	case size > math.MaxInt-(1<<31-1) && math.MaxInt > math.MaxInt32, size > math.MaxInt32-frontSize && math.MaxInt == math.MaxInt32:
		return refuse(ErrTooLarge, "%d bytes", size)
	}
	return nil
}

func create(d *shmfile.Dir, name string, size int64, o *Options) (*Region, error) {
	for p := newPause(); ; {
		if _, err := d.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			if err == nil {
				err = fs.ErrExist
			}
			return nil, err
		}
		r, err := createOnce(d, name, size, o)
		if !errors.Is(err, errAgain) {
			return r, err
		}
		totals.retries.Add(1)
		if !p.wait() {
			return nil, refuse(ErrInUse, "its draft is removed again and again")
		}
	}
}

func createOnce(d *shmfile.Dir, name string, size int64, o *Options) (*Region, error) {
	w, err := d.Draft(name, o.Perm)
	if err != nil {
		return nil, err
	}
	r := newRegion(name, d.Join(name), w.File, o)
	r.creator = true
	published := false
	defer func() {
		if !published {
			r.unmap()
			_ = w.Discard()
		}
	}()
	if err := r.build(size); err != nil {
		return nil, err
	}
	if err := w.Publish(name); err != nil {
		if errors.Is(err, fs.ErrNotExist) { // somebody reaped the draft in the instant before it was locked
			err = errAgain
		}
		return nil, err
	}
	published = true
	totals.created.Add(1)
	remember(r)
	return r, nil
}

// build turns an empty file that nobody else can find into a whole region with
// this process attached.
func (r *Region) build(size int64) error {
	for _, at := range []struct {
		lock      int64
		exclusive bool
	}{{lockAttached, false}, {lockCreator, true}} {
		ok, err := fdlock.TryLock(r.lock, at.lock, 1, at.exclusive)
		if err != nil {
			return err
		}
		if !ok { // a Reap has found the draft's temporary name
			return errAgain
		}
	}
	if err := r.giveToGroup(); err != nil {
		return err
	}
	h, err := r.newHeader(size)
	if err != nil {
		return err
	}
	if err := mmap.Allocate(r.lock, 0, h.fileSize); err != nil {
		return err
	}
	r.hdr = *h
	if err := r.mapFile(); err != nil {
		return err
	}
	// Space is allocated, and still a draft that has a name can be truncated, and
	// huge pages can be refused at their first use.
	if err := sigbus.Guard(func() { h.encode(r.data) }); err != nil {
		return err
	}
	if err := r.enter(); err != nil {
		return err
	}
	if r.opts.Init == nil {
		return nil
	}
	if fault := sigbus.Guard(func() { err = r.opts.Init(r.payload) }); fault != nil {
		return fault
	}
	return err
}

func (r *Region) newHeader(size int64) (*header, error) {
	h := &header{
		payloadOff:  frontSize,
		payloadLen:  size,
		schema:      r.opts.Schema,
		version:     r.opts.Version,
		kind:        r.opts.Kind,
		created:     r.since,
		pid:         r.who.PID,
		uid:         r.who.UID,
		namespace:   r.who.Namespace,
		started:     r.who.Started,
		boot:        shmfile.BootID(),
		creatorName: r.opts.Name,
	}
	if _, err := rand.Read(h.id[:]); err != nil {
		return nil, err
	}
	if r.opts.Persistent {
		h.flags |= flagPersistent
	}
	page := int64(fileAlign)
	if huge := shmfile.HugePageSize(r.lock); huge > 0 {
		h.payloadOff, page = max(frontSize, huge), huge
	}
	h.fileSize = alignUp(h.payloadOff+size, page)
	return h, nil
}

func (r *Region) giveToGroup() error {
	if r.opts.Group == "" {
		return nil
	}
	gid, err := strconv.Atoi(r.opts.Group)
	if err != nil {
		g, err := user.LookupGroup(r.opts.Group)
		if err != nil {
			return err
		}
		if gid, err = strconv.Atoi(g.Gid); err != nil {
			return fmt.Errorf("group %s: %w", r.opts.Group, errors.ErrUnsupported)
		}
	}
	return r.lock.Chown(-1, gid)
}

func now() time.Time { return time.Now().Round(0) }
