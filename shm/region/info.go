package region

import (
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/absfs/shmkit/internal/shmfile"
)

// Info describes a region at one moment, for people and monitoring. What is
// counted comes from kernel locks and is true of every process on the machine,
// in whatever container; pids, names and times are what processes said about
// themselves when they attached.
type Info struct {
	Name       string
	Path       string      // empty for anonymous regions
	ID         ID          // a region made again under its name has another
	Kind       string      // what the payload holds
	Version    uint32      // of the kind
	Schema     Schema      // of the payload's type
	Size       int64       // payload, bytes
	FileSize   int64       // file, bytes
	Allocated  int64       // memory or disk really used, bytes; -1 where unknown
	Perm       fs.FileMode // permission bits of the file
	UID, GID   int         // owner and group of the file; -1 where there are none
	Persistent bool        // Reap leaves it alone
	Linked     bool        // its name leads to it
	Created    time.Time
	Creator    Process
	ThisBoot   bool // made since the system started, as far as it can tell

	CreatorAttached bool         // the attachment that made the region lives
	Attached        int          // living attachments, this one included
	Attachments     []Attachment // the same one by one, those without a slot last
	Seats           [Seats]Seat  // who holds which seat

	// Err says why a region found by List cannot be opened; the fields that
	// could not be read are zero.
	Err error
}

// Info looks at the region this attachment is on. It never fails: what cannot
// be read is zero, and Err says why. It costs some tens of system calls.
func (r *Region) Info() Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	info := r.hdr.info(r.name, r.path)
	if r.closed.Load() {
		info.Err = pathError("look at region", r.label(), fs.ErrClosed)
		return info
	}
	st, err := shmfile.StatFile(r.lock)
	if err == nil {
		info.file(st)
		info.Linked = r.path != "" && r.linked() == nil
		err = info.census(r.lock, r)
	}
	info.Err = pathError("look at region", r.label(), err)
	return info
}

// Stat looks at the region called name without attaching. A region that could
// not be opened is described as far as possible, with Info.Err saying why.
// Errors, as [*fs.PathError]: fs.ErrNotExist, ErrNotRegion and its special
// cases, ErrOwner, ErrUnsafeDir, fs.ErrPermission.
func Stat(name string, o *Options) (Info, error) {
	opts, err := o.resolve()
	if err == nil {
		err = checkName(name)
	}
	if err != nil {
		return Info{}, pathError("look at region", shown(name), err)
	}
	d, err := opts.folder()
	if err != nil {
		return Info{}, err
	}
	defer d.Close()
	info, err := look(d, name, &opts)
	return info, pathError("look at region", d.Join(name), err)
}

func look(d *shmfile.Dir, name string, o *Options) (Info, error) {
	f, st, err := openChecked(d, name, o, false)
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	h, err := readHeader(f, st.Size)
	if err != nil {
		info := Info{Name: name, Path: d.Join(name), Linked: true, Err: err}
		info.file(st)
		if errors.Is(err, ErrNotRegion) {
			return Info{}, err
		}
		return info, nil
	}
	info := h.info(name, d.Join(name))
	info.file(st)
	info.Linked = true
	info.Err = info.census(f, nil)
	return info, nil
}

func (h *header) info(name, path string) Info {
	return Info{
		Name: name, Path: path,
		ID: h.id, Kind: h.kind, Version: h.version, Schema: h.schema,
		Size: h.payloadLen, FileSize: h.fileSize, Persistent: h.flags&flagPersistent != 0,
		Created:  h.created,
		Creator:  Process{PID: h.pid, Namespace: h.namespace, UID: h.uid, Started: h.started, Name: h.creatorName},
		ThisBoot: h.boot == shmfile.BootID(),
	}
}

func (i *Info) file(st shmfile.Stat) {
	i.Perm, i.UID, i.GID, i.Allocated = st.Mode.Perm(), st.UID, st.GID, st.Allocated
	if i.FileSize == 0 {
		i.FileSize = st.Size
	}
}

// census counts who is attached. own is the attachment that asks through its
// own descriptor, whose locks the kernel does not report to it.
func (i *Info) census(f *os.File, own *Region) error {
	bytes, err := lockedBytes(f, lockBase, slotlessRange+lockSlotless-lockBase)
	if err != nil {
		return err
	}
	if own != nil {
		own.addOwn(bytes)
	}
	i.CreatorAttached = bytes[lockCreator]
	for s := range i.Seats {
		i.Seats[s].Held = bytes[lockSeats+int64(s)]
	}
	table := make([]byte, slotCount*slotSize)
	if _, err := f.ReadAt(table, tableOffset); err != nil {
		return err
	}
	for s := range slotCount {
		if bytes[lockSlots+int64(s)] {
			i.addSlot(table[s*slotSize : (s+1)*slotSize])
		}
	}
	for at := range bytes {
		if at >= lockSlotless {
			i.Attachments = append(i.Attachments, Attachment{Process: Process{PID: int((at - lockSlotless) >> 16), UID: -1}})
		}
	}
	i.Attached = len(i.Attachments)
	return nil
}

func (i *Info) addSlot(b []byte) {
	a, seats, _ := decodeSlot(b)
	i.Attachments = append(i.Attachments, a)
	for s := range i.Seats {
		if i.Seats[s].Held && seats&(1<<s) != 0 {
			i.Seats[s].Holder = a.Process
		}
	}
}

// addOwn adds the locks this attachment itself holds.
func (r *Region) addOwn(bytes map[int64]bool) {
	bytes[lockCreator] = bytes[lockCreator] || r.creator
	if r.slot >= 0 {
		bytes[lockSlots+int64(r.slot)] = true
	}
	if r.slotless != 0 {
		bytes[r.slotless] = true
	}
	for s := range Seats {
		if r.seats&(1<<s) != 0 {
			bytes[lockSeats+int64(s)] = true
		}
	}
}
