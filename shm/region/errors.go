package region

import (
	"errors"
	"fmt"
	"io/fs"
)

// reason is a sentinel that carries advice and may be a special case of another.
type reason struct {
	text, advice string
	parent       error
}

func (r *reason) Error() string { return r.text }
func (r *reason) Unwrap() error { return r.parent }

// Why a region could not be had. Match with [errors.Is]; a name that is taken or
// missing is [fs.ErrExist] or [fs.ErrNotExist], use after Close [fs.ErrClosed].
var (
	// ErrName: the name does not follow the rules.
	ErrName error = &reason{"invalid region name", "use letters, digits, '.', '_' and '-', at most 201, the first a letter or digit", fs.ErrInvalid}
	// ErrNotRegion: the file is something else.
	ErrNotRegion error = &reason{"not a shmkit region", "choose another name or take the file away", nil}
	// ErrTooShort: the file cannot even hold a header. It is an [ErrNotRegion].
	ErrTooShort error = &reason{"file too short to be a region", "choose another name or take the file away", ErrNotRegion}
	// ErrDirectory: the name leads to a folder. It is an [ErrNotRegion].
	ErrDirectory error = &reason{"a directory, not a region", "choose another name, or give the folder as Options.Dir", ErrNotRegion}
	// ErrSymlink: the name leads to a symbolic link. It is an [ErrNotRegion].
	ErrSymlink error = &reason{"a symbolic link is never followed", "open the target by its own folder and name", ErrNotRegion}
	// ErrNotRegular: the name leads to a FIFO, a socket or a device. It is an [ErrNotRegion].
	ErrNotRegular error = &reason{"not a regular file", "choose another name or take the file away", ErrNotRegion}
	// ErrSnapshot: the file is a saved region. It is an [ErrNotRegion].
	ErrSnapshot error = &reason{"a snapshot, not a live region", "make a region of it with CreateFrom", ErrNotRegion}

	// ErrVersion: the region's kind has another version than Options.Version.
	ErrVersion error = &reason{"region of another version", "run programs of one version, or remove and re-create the region", nil}
	// ErrLayout: the file's layout is one this package does not know. It is an [ErrVersion].
	ErrLayout error = &reason{"region with an unknown layout", "build both programs with the same release of shmkit, or re-create the region", ErrVersion}
	// ErrByteOrder: the region was made on a machine of the other byte order.
	ErrByteOrder error = &reason{"region of the other byte order", "re-create it on this machine", nil}
	// ErrKind: the region holds another kind of data than Options.Kind.
	ErrKind error = &reason{"region of another kind", "check the name: it belongs to another program or purpose", nil}
	// ErrSchema: the region was made for another data type than Options.Schema.
	ErrSchema error = &reason{"region with another schema", "build both programs from the same type, or re-create the region", nil}
	// ErrSize: the region's payload has another size than Options.Size.
	ErrSize error = &reason{"region of another size", "open it with Size 0 to take the size it has, or re-create it", nil}

	// ErrCorrupt: the header contradicts itself.
	ErrCorrupt error = &reason{"corrupt region", "remove and re-create it", nil}
	// ErrChecksum: the header was changed after it was written. It is an [ErrCorrupt].
	ErrChecksum error = &reason{"region header fails its checksum", "remove and re-create it", ErrCorrupt}
	// ErrTruncated: the file is shorter than the region. It is an [ErrCorrupt].
	ErrTruncated error = &reason{"region file was truncated", "remove and re-create it; nothing but shmkit should resize it", ErrCorrupt}
	// ErrTooLarge: the region does not fit this process's address space.
	ErrTooLarge error = &reason{"region too large", "use a smaller region or a 64-bit program", nil}

	// ErrOwner: the file belongs to another user.
	ErrOwner error = &reason{"region of another user", "set Options.AnyOwner if that user is trusted", fs.ErrPermission}
	// ErrUnsafeDir: others could replace the region's name.
	ErrUnsafeDir error = &reason{"folder is writable for everybody and not sticky", "chmod +t the folder, or use one of your own", fs.ErrPermission}

	// ErrInUse: living processes are attached; the region was not removed.
	ErrInUse error = &reason{"region in use", "let the attached processes close it first", nil}
	// ErrBusy: a living attachment holds the seat.
	ErrBusy error = &reason{"seat taken", "wait until its holder leaves or dies", nil}
	// ErrUnlinked: the region's name is gone or leads to another file.
	ErrUnlinked error = &reason{"region was unlinked or replaced", "close it and open the name again", nil}
	// ErrReadOnly: the attachment may only read.
	ErrReadOnly error = &reason{"read-only attachment", "open without Options.ReadOnly", errors.ErrUnsupported}
	// ErrType: values of the type cannot live in shared memory.
	ErrType error = &reason{"type not fit for shared memory", "", nil}
	// ErrBounds: a typed view does not fit there.
	ErrBounds error = &reason{"view out of bounds", "", nil}
	// ErrSeals: the descriptor's memory is not sealed against shrinking.
	ErrSeals error = &reason{"memory without the needed seals", "have the sender use Anonymous, or set Options.Unsealed if it is trusted", nil}
)

// A RefusalError says why a region was refused and what to do about it.
type RefusalError struct {
	Reason error  // one of this package's errors
	Detail string // what was found
}

func refuse(why error, format string, args ...any) error {
	return &RefusalError{Reason: why, Detail: fmt.Sprintf(format, args...)}
}

// Error is one line: reason, detail, advice.
func (e *RefusalError) Error() string {
	s := e.Reason.Error()
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if a := e.Advice(); a != "" {
		s += " (" + a + ")"
	}
	return s
}

// Advice says what to do; empty when there is nothing to say.
func (e *RefusalError) Advice() string {
	if r, ok := e.Reason.(*reason); ok {
		return r.advice
	}
	return ""
}

// Unwrap gives the reason, so that errors.Is finds it.
func (e *RefusalError) Unwrap() error { return e.Reason }

// pathError puts operation and path before err, in place of those err has.
func pathError(op, path string, err error) error {
	if err == nil {
		return nil
	}
	if pe, ok := err.(*fs.PathError); ok {
		err = pe.Err
	}
	return &fs.PathError{Op: op, Path: path, Err: err}
}
