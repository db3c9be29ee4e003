package region

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/shmfile"
)

// Anonymous makes a region without a name, in memory that is sealed: nobody can
// shrink or grow it any more, so that no process that maps it can be made to
// fault. With Options.SealFutureWrite nobody but this attachment can write it
// either. Others get it by its descriptor: pass File in [os/exec.Cmd.ExtraFiles]
// or through SendFile, and attach there with FromFile. It vanishes with its last
// attachment and descriptor.
//
// A receiver that runs as another user needs Options.Perm to let it in. Errors:
// errors.ErrUnsupported off Linux, ENOSPC, ENOMEM, Init's error.
func Anonymous(size int64, o *Options) (*Region, error) {
	opts, err := o.resolve()
	if err == nil {
		err = checkSize(size)
	}
	if err == nil && opts.ReadOnly {
		err = fmt.Errorf("create and read-only: %w", fs.ErrInvalid)
	}
	if err != nil {
		return nil, pathError("create region", anonymousName(&opts), err)
	}
	r, err := anonymous(size, &opts)
	return r, pathError("create region", anonymousName(&opts), err)
}

// anonymousName is what anonymous memory is called in errors and in /proc.
func anonymousName(o *Options) string {
	if o.Kind != "" {
		return "anonymous " + o.Kind
	}
	return "anonymous region"
}

func anonymous(size int64, o *Options) (*Region, error) {
	f, err := shmfile.Anonymous(anonymousName(o), o.HugePages)
	if err != nil {
		return nil, err
	}
	lock, err := ownDescriptor(f, true)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	r := newRegion(anonymousName(o), "", lock, o)
	r.creator, r.file = true, f
	if err := r.buildAnonymous(size); err != nil {
		_ = r.release()
		return nil, err
	}
	totals.created.Add(1)
	remember(r)
	return r, nil
}

func (r *Region) buildAnonymous(size int64) error {
	if err := r.file.Chmod(r.opts.Perm); err != nil {
		return err
	}
	if err := r.build(size); err != nil {
		return err
	}
	seals := shmfile.SealShrink | shmfile.SealGrow | shmfile.SealSeal
	if r.opts.SealFutureWrite {
		seals |= shmfile.SealFutureWrite
	}
	return shmfile.AddSeals(r.lock, seals)
}

// FromFile attaches to the region behind a descriptor that was inherited or
// received. The memory must be sealed against shrinking and growing, unless
// Options.Unsealed says that its sender is trusted; where its maker sealed it
// against writing, Options.ReadOnly is needed. f stays the caller's and may be
// closed afterwards. Of the options Dir, Create, Perm, Group and Init mean nothing.
//
// Errors, as [*fs.PathError]: ErrSeals, ErrReadOnly, ErrNotRegion and the other
// refusals of Open, errors.ErrUnsupported.
//
// The attachment counts on its own, except where /proc is missing or does not
// let this user open the memory again: there it shares f's locks, and counts as
// one with everybody else who has f.
func FromFile(f *os.File, o *Options) (*Region, error) {
	opts, err := o.resolve()
	if err == nil && f == nil {
		err = fs.ErrInvalid
	}
	if err != nil {
		return nil, pathError("open region", anonymousName(&opts), err)
	}
	r, err := fromFile(f, &opts)
	return r, pathError("open region", f.Name(), err)
}

func fromFile(f *os.File, o *Options) (*Region, error) {
	st, err := shmfile.StatFile(f)
	if err != nil {
		return nil, err
	}
	trusting := *o
	trusting.AnyOwner = true
	if err := checkFile(st, &trusting); err != nil {
		return nil, err
	}
	if err := checkSeals(f, o); err != nil {
		return nil, err
	}
	lock, err := ownDescriptor(f, !o.ReadOnly)
	if err != nil {
		return nil, err
	}
	r := newRegion(f.Name(), "", lock, o)
	ok, err := fdlock.TryLock(lock, lockAttached, 1, false)
	if err == nil && !ok {
		err = refuse(ErrInUse, "somebody locks it exclusively")
	}
	if err == nil {
		err = r.join(st.Size)
	}
	if err != nil {
		_ = r.release()
		return nil, err
	}
	totals.opened.Add(1)
	remember(r)
	return r, nil
}

func checkSeals(f *os.File, o *Options) error {
	if o.Unsealed {
		return nil
	}
	const need = shmfile.SealShrink | shmfile.SealGrow
	seals, err := shmfile.GetSeals(f)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return refuse(ErrSeals, "a file that knows no seals")
	case err != nil:
		return err
	case seals&need != need:
		return refuse(ErrSeals, "it can still be resized")
	case seals&shmfile.SealFutureWrite != 0 && !o.ReadOnly:
		return refuse(ErrReadOnly, "its maker sealed it against writing; set Options.ReadOnly")
	}
	return nil
}

// ownDescriptor opens the file behind f again, so that locks taken with it are
// its own; where that is impossible it duplicates f.
func ownDescriptor(f *os.File, writable bool) (*os.File, error) {
	own, err := shmfile.Reopen(f, "", writable)
	if err == nil {
		return own, nil
	}
	return shmfile.Duplicate(f)
}
