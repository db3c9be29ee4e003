package memmapfs

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/sysx"
)

// An image is the private state of one file under ModeCopyOnWrite. Every handle
// of the file in one MemMapFS shares it, so that what one writes the others
// read. An image that was changed lives until Discard, until the file is
// removed, or until the MemMapFS is closed; the base file never changes.
type image struct {
	key     imageKey
	info    fs.FileInfo // as the first handle found it, for os.SameFile
	size    length
	changed atomic.Bool // the length and the content are the image's own

	gate sync.RWMutex // writers shared; Truncate, Discard and append alone
	mu   sync.Mutex
	m    atomic.Pointer[mapping] // nil: not in memory yet, reads go to the base
	file *os.File                // a descriptor of the image's own for Discard; nil where the base was copied
	twin *os.File                // what the memory of a copy is mapped from, when views map it too
	edge int64                   // where what is mapped or copied of the base ends and anonymous memory begins
	lack map[string]string       // what the config asked for and the memory has not; FileStats.Refusals of every handle
	have *blockSet               // what is in memory of an image that comes in block by block; else nil
	refs int                     // open handles
	seen shownBase               // of an image that comes in block by block

	beside atomic.Pointer[besideFile] // holds the blocks instead of memory
	gone   bool                       // the file was removed; guarded, as refs, by mu of the MemMapFS
	freed  bool                       // nobody uses the image any more; with mu
}

// imageKey names a file: by its identity on disk, by the node that its file
// system shows in FileInfo.Sys, or by path where nothing better is known.
type imageKey struct {
	id   mmap.FileID
	node any
	path string
}

// load brings the image into memory: as a private mapping, as a copy where the
// base cannot be mapped, or as room for the blocks that will be copied. mu of the
// image is taken.
func (i *image) load(f *MappedFile) (*mapping, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if m := i.m.Load(); m != nil {
		f.stats.inherit(i.lack)
		return m, nil
	}
	if s := i.beside.Load(); s != nil {
		return nil, s.why
	}
	if i.freed {
		return nil, fs.ErrClosed
	}
	var m *mapping
	var err error
	switch {
	case byBlock:
		m, err = i.startBlocks(f)
	case f.native != nil:
		m, err = i.mapPrivate(f)
	default:
		m, err = i.copyBase(f)
	}
	if err != nil {
		return nil, err
	}
	f.noteRoom(m, i.size.Load())
	i.lack = f.stats.unmet()
	i.m.Store(m)
	return m, nil
}

func (i *image) mapPrivate(f *MappedFile) (*mapping, error) {
	own, err := mmap.Duplicate(f.native)
	if err != nil {
		return nil, required{err} // what lacks is no memory
	}
	size := i.size.Load()
	if size == 0 {
		if err := probeEmpty(own); err != nil {
			own.Close()
			return i.startEmpty(f, err)
		}
	}
	edge := roundUp(size, int64(mmap.PageSize()))
	data, err := reserveRoom(edge)
	if err != nil {
		own.Close()
		return nil, err
	}
	m := newMapping(data, true, f.coldSet(), register(data, f.name))
	err = i.layout(m, own, edge)
	if err == nil {
		err = f.prepareImage(m)
	}
	if err != nil {
		own.Close()
		return nil, joinRetire(err, m)
	}
	i.file, i.edge = own, edge
	return m, nil
}

// layout puts the file over the first edge bytes of m and memory behind it.
func (i *image) layout(m *mapping, file *os.File, edge int64) error {
	if edge > 0 {
		if err := mmap.MapAt(m.data[:edge], file, 0, mmap.Read|mmap.Write, mmap.Private); err != nil {
			return err
		}
	}
	return mmap.AnonymousAt(m.data[edge:])
}

// copyBase reads the whole base into memory.
func (i *image) copyBase(f *MappedFile) (*mapping, error) {
	size := i.size.Load()
	m, err := roomFor(size)
	if err != nil {
		return nil, err
	}
	if err := f.prepareCopy(m, size); err != nil {
		return nil, joinRetire(err, m)
	}
	if _, err := io.ReadFull(io.NewSectionReader(f.plain(), 0, size), m.data[:size]); err != nil {
		return nil, joinRetire(err, m)
	}
	i.edge = size
	return m, nil
}

// truncate sets the length. Bytes behind the end are always zero, so that
// growing shows zeros. gate is held alone.
func (i *image) truncate(f *MappedFile, size int64) error {
	if size > i.store().length() {
		return sysx.EFBIG
	}
	if err := i.begin(f); err != nil {
		return err
	}
	old := i.size.Load()
	i.size.Store(size)
	if size >= old {
		return nil
	}
	if i.have != nil {
		return i.cut(size, old)
	}
	m, page := i.m.Load(), int64(mmap.PageSize())
	edge, beyond := roundUp(size, page), roundUp(old, page)
	if i.twin != nil {
		return clearGuarded(m.data[size:old])
	}
	if edge < beyond {
		if err := f.freshAt(m.data[edge:beyond]); err != nil {
			return err
		}
		i.edge = min(i.edge, edge)
	}
	return clearGuarded(m.data[size:min(edge, old)])
}

// discard shows the base again. gate is held alone.
func (i *image) discard(f *MappedFile) error {
	base := f.plain()
	info, err := base.Stat()
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	m, st, size := i.m.Load(), i.store(), info.Size()
	switch {
	case st == nil:
	case size > st.length():
		return sysx.EFBIG
	case i.file != nil:
		edge := roundUp(size, int64(mmap.PageSize()))
		if err := i.layout(m, i.file, edge); err != nil {
			return err
		}
		i.edge = edge
	case i.have != nil:
		if err := i.refill(f, base, size); err != nil {
			return err
		}
	default:
		if err := clearGuarded(m.data[:i.size.Load()]); err != nil {
			return err
		}
		if _, err := io.ReadFull(io.NewSectionReader(base, 0, size), m.data[:size]); err != nil {
			return err
		}
		i.edge = size
	}
	i.size.Store(size)
	i.changed.Store(false)
	if m == nil || i.file == nil {
		return nil
	}
	m.cool()
	return f.prepareImage(m)
}

// free ends the image's memory, once no view pins it.
func (i *image) free() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.freed = true
	m := i.m.Swap(nil)
	i.seen.end(i)
	var err error
	if m != nil {
		err = m.retire()
	}
	if s := i.beside.Swap(nil); s != nil {
		err = errors.Join(err, s.end())
	}
	for _, file := range []**os.File{&i.file, &i.twin} {
		if *file != nil {
			(*file).Close()
			*file = nil
		}
	}
	return err
}
