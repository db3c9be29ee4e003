package region

import (
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"

	"github.com/absfs/shmkit/internal/shmfile"
)

// Options say how a region is found, made and used. The zero value and nil are
// legal. Options are copied; changing them later changes nothing.
type Options struct {
	// Dir is the folder that holds the region. Empty: /dev/shm on Linux, a
	// folder of this user's own under the temporary folder elsewhere.
	Dir string
	// Size is the payload's size in bytes. Open with Size and Create makes a
	// missing region; Open with Size refuses a region of another size.
	Size int64
	// Create lets Open make the region when there is none; it needs Size.
	Create bool
	// Perm are a new region's permission bits, exactly, whatever the umask; 0
	// means 0600. The owner's read and write bits must be among them.
	Perm fs.FileMode
	// Group is the group, by name or number, a new region is given to; empty
	// leaves the default.
	Group string
	// AnyOwner accepts a region whose file belongs to another user. That user
	// can truncate and change it at any time.
	AnyOwner bool
	// ReadOnly attaches without write access: the mapping is PROT_READ, a seat
	// cannot be taken, and the attachment is counted but leaves no name.
	ReadOnly bool

	// Kind names what the payload holds, at most 63 bytes. An opener that sets
	// it refuses regions of another kind.
	Kind string
	// Version is the version of the Kind, compared by openers that set Kind.
	Version uint32
	// Schema is the fingerprint of the payload's type (see [SchemaOf]). An
	// opener that sets it refuses regions of another schema.
	Schema Schema
	// Init fills the payload of a new region, before anybody can see it; a
	// CreateFrom has filled in what was saved before that. Its
	// error ends the creation and leaves nothing behind. The slice is the one
	// Bytes returns later.
	Init func(payload []byte) error
	// Persistent marks a new region as one that outlives its users: Reap leaves
	// it alone. Keep it in a Dir on a disk to survive a reboot.
	Persistent bool

	// Name and Role describe this attachment to people who look at the region
	// (at most 39 bytes each). An empty Name is the program's.
	Name, Role string

	// Logger is told of regions that Reap removes or could not remove. Nil:
	// nobody is.
	Logger *slog.Logger

	// HugePages asks for huge pages: a new file in a hugetlbfs Dir and memory
	// of Anonymous get them or an error, elsewhere it is a hint.
	HugePages bool
	// LockMemory keeps the region in memory (mlock); its failure is an error.
	LockMemory bool
	// NoDump keeps the region out of this process's core dumps; errors are
	// errors.ErrUnsupported where the platform cannot.
	NoDump bool

	// SealFutureWrite has Anonymous forbid every writable mapping but its own:
	// receivers can attach ReadOnly only.
	SealFutureWrite bool
	// Unsealed has FromFile accept memory its sender could still shrink.
	Unsealed bool
}

// resolve copies o and checks what does not need the file system.
func (o *Options) resolve() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Perm == 0 {
		c.Perm = 0o600
	}
	if c.Name == "" && len(os.Args) > 0 {
		c.Name = filepath.Base(os.Args[0])
	}
	switch {
	case c.Size < 0:
		return c, fmt.Errorf("size %d: %w", c.Size, fs.ErrInvalid)
	case c.Perm != c.Perm.Perm():
		return c, fmt.Errorf("permissions %O: only bits of 0o777 may be set: %w", c.Perm, fs.ErrInvalid)
	case c.Perm&0o600 != 0o600:
		return c, fmt.Errorf("permissions %O shut the owner out, 0o600 must be among them: %w", c.Perm, fs.ErrInvalid)
	case len(c.Kind) > maxText:
		return c, fmt.Errorf("kind of %d bytes, at most %d: %w", len(c.Kind), maxText, fs.ErrInvalid)
	case c.Create && c.ReadOnly:
		return c, fmt.Errorf("create and read-only: %w", fs.ErrInvalid)
	}
	return c, nil
}

// folder opens the folder regions live in and refuses one that others could
// play tricks in.
func (o *Options) folder() (*shmfile.Dir, error) {
	path, private := o.Dir, false
	if path == "" {
		path, private = shmfile.DefaultDir()
	}
	d, err := shmfile.OpenDir(path, private)
	if err != nil {
		return nil, err
	}
	if err := checkFolder(d, private); err != nil {
		_ = d.Close()
		return nil, err
	}
	return d, nil
}

func checkFolder(d *shmfile.Dir, private bool) error {
	st, err := d.Self()
	if err != nil {
		return err
	}
	if st.Mode&0o002 != 0 && st.Mode&fs.ModeSticky == 0 {
		return pathError("open folder", d.Path(), refuse(ErrUnsafeDir, "mode %v", st.Mode))
	}
	if private && st.UID != os.Geteuid() && st.UID >= 0 {
		return pathError("open folder", d.Path(), refuse(ErrOwner, "the folder belongs to user %d", st.UID))
	}
	return nil
}

// maxName is the longest name, in bytes.
const maxName = 201

// mostShown is as much of a wrong name as an error repeats.
const mostShown = 64

// shown is name for an error's text: quoted where it holds what a terminal or a log
// should not get, and shortened where it is longer than any name may be.
func shown(name string) string {
	rest := ""
	if len(name) > maxName {
		name, rest = name[:mostShown], "..."
	}
	if quoted := strconv.Quote(name); name == "" || quoted != `"`+name+`"` {
		name = quoted
	}
	return name + rest
}

// checkName refuses names that could leave the folder, hide or clash with drafts.
func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return refuse(ErrName, "%d bytes", len(name))
	}
	for i, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '.' && c != '_' && c != '-') {
			return refuse(ErrName, "%q", name)
		}
	}
	return nil
}
