package region

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/shmfile"
)

// handshakeLimit bounds every wait for somebody who holds a lock for an
// instant: an opener waits for a removal to finish, a removal for another.
const handshakeLimit = 5 * time.Second

// errAgain says that the name led to another file by the time it was locked.
var errAgain = errors.New("try again")

// attach opens name and takes the shared attached lock on it, in such a way
// that the file is certainly linked under the name while the lock is held:
// Remove and Reap unlink only under the exclusive lock, and the name is looked
// at again once the shared one is held.
func attach(d *shmfile.Dir, name string, o *Options) (*os.File, shmfile.Stat, error) {
	for p := newPause(); ; {
		f, st, err := attachOnce(d, name, o)
		if !errors.Is(err, errAgain) {
			return f, st, err
		}
		totals.retries.Add(1)
		if !p.wait() {
			return nil, st, refuse(ErrInUse, "its removal does not end")
		}
	}
}

func attachOnce(d *shmfile.Dir, name string, o *Options) (f *os.File, st shmfile.Stat, err error) {
	f, st, err = openChecked(d, name, o, !o.ReadOnly)
	if err != nil {
		return nil, st, err
	}
	ok, err := fdlock.TryLock(f, lockAttached, 1, false)
	if err == nil && !ok {
		err = errAgain
	}
	if err == nil {
		err = stillNamed(d, name, st)
	}
	if err != nil {
		_ = f.Close()
		return nil, st, err
	}
	return f, st, nil
}

// openChecked opens name if it is a regular file of a trusted owner. It is
// looked at before it is opened, since opening a device can do things, and the
// open file once more, since the name may have changed hands in between.
func openChecked(d *shmfile.Dir, name string, o *Options, writable bool) (*os.File, shmfile.Stat, error) {
	st, err := d.Stat(name)
	if err == nil {
		err = checkFile(st, o)
	}
	if err != nil {
		return nil, st, err
	}
	f, err := d.Open(name, writable)
	if err != nil {
		return nil, st, err
	}
	st, err = shmfile.StatFile(f)
	if err == nil {
		err = checkFile(st, o)
	}
	if err != nil {
		_ = f.Close()
		return nil, st, err
	}
	return f, st, nil
}

func checkFile(st shmfile.Stat, o *Options) error {
	switch {
	case st.Mode.IsDir():
		return refuse(ErrDirectory, "")
	case st.Mode&fs.ModeSymlink != 0:
		return refuse(ErrSymlink, "")
	case !st.Mode.IsRegular():
		return refuse(ErrNotRegular, "%v", st.Mode)
	}
	return checkOwner(st.UID, o)
}

func checkOwner(uid int, o *Options) error {
	if me := os.Geteuid(); !o.AnyOwner && uid >= 0 && uid != me {
		return refuse(ErrOwner, "user %d, this process runs as %d", uid, me)
	}
	return nil
}

// stillNamed returns errAgain when name does not lead to st any more.
func stillNamed(d *shmfile.Dir, name string, st shmfile.Stat) error {
	now, err := d.Stat(name)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !now.Same(st) {
		return errAgain
	}
	return err
}

// readHeader reads and validates the header of an open file.
func readHeader(f *os.File, size int64) (*header, error) {
	buf := make([]byte, headerSize)
	if n, err := f.ReadAt(buf, 0); n < headerSize {
		if size >= headerSize && err != nil {
			return nil, err
		}
		return decode(buf[:n], size)
	}
	return decode(buf, size)
}

// check compares a region with what its opener expects.
func (h *header) check(o *Options) error {
	switch {
	case o.Kind != "" && h.kind != o.Kind:
		return refuse(ErrKind, "it holds %q, not %q", h.kind, o.Kind)
	case o.Kind != "" && h.version != o.Version:
		return refuse(ErrVersion, "%q version %d, this program speaks %d", h.kind, h.version, o.Version)
	case o.Schema != (Schema{}) && h.schema != o.Schema:
		return refuse(ErrSchema, "fingerprint %.16s, expected %.16s", h.schema.String(), o.Schema.String())
	case o.Size > 0 && h.payloadLen != o.Size:
		return refuse(ErrSize, "%d bytes, expected %d", h.payloadLen, o.Size)
	}
	return nil
}

// pause waits a little longer each time, up to handshakeLimit altogether.
type pause struct {
	next  time.Duration
	until time.Time
}

func newPause() pause {
	return pause{next: 20 * time.Microsecond, until: time.Now().Add(handshakeLimit)}
}

// wait reports false, without waiting, once the limit has passed.
func (p *pause) wait() bool {
	if time.Now().After(p.until) {
		return false
	}
	time.Sleep(p.next)
	p.next = min(2*p.next, 2*time.Millisecond)
	return true
}
