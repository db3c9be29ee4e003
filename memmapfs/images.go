package memmapfs

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"reflect"
	"strings"
	"weak"

	"github.com/absfs/shmkit/internal/mmap"
)

// privateFlags are the flags for opening the base of a copy-on-write handle:
// the base is only read; a new file gets an empty entry, its content stays private.
func privateFlags(flag int) int {
	return flag &^ (os.O_WRONLY | os.O_RDWR | os.O_TRUNC | os.O_APPEND | os.O_SYNC)
}

// imageOf returns the image of f's file and counts f as a user of it.
func (m *MemMapFS) imageOf(f *MappedFile, info fs.FileInfo) *image {
	key := imageKey{path: path.Clean(f.name)}
	if id, ok := fileID(f.native); ok {
		key = imageKey{id: id}
	} else if node := nodeOf(info, f.plain().Stat); node != nil {
		key = imageKey{node: node}
	}
	if m == nil { // a file of Map has nobody to share with
		i := &image{key: key, refs: 1}
		i.size.Store(info.Size())
		return i
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.images[key]
	if i == nil {
		i = &image{key: key, info: info}
		i.size.Store(info.Size())
		if m.images == nil {
			m.images = make(map[imageKey]*image)
		}
		m.images[key] = i
	}
	i.refs++
	return i
}

// leave counts a user of the image out and frees the image when nobody needs it.
func (m *MemMapFS) leave(i *image) error {
	if m == nil {
		return i.free()
	}
	m.mu.Lock()
	i.refs--
	if i.refs > 0 || i.changed.Load() && !i.gone && !m.closed.Load() {
		m.mu.Unlock()
		return nil
	}
	if m.images[i.key] == i {
		delete(m.images, i.key)
	}
	m.mu.Unlock()
	return i.free()
}

// leaveShown has an image that no handle uses leave its base to others, which must
// not find it in use then. Views may keep it: their Release tries again. mu of no
// handle is held, nor the image.
func (m *MemMapFS) leaveShown(i *image) {
	if m == nil || i == nil {
		return
	}
	m.mu.Lock()
	idle := i.refs == 0
	m.mu.Unlock()
	if idle {
		_ = i.hideAlone() // the view stays, and nothing is lost
	}
}

// leaveDropped is what Close would have done to the image of a handle.
func (m *MemMapFS) leaveDropped(i *image, p weak.Pointer[MappedFile]) {
	i.takeBack(p)
	_ = m.leave(i) // nobody is left to whom a failure could be told
	m.leaveShown(i)
}

// freeImages ends the images that no handle uses.
func (m *MemMapFS) freeImages() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for key, i := range m.images {
		if i.refs == 0 {
			delete(m.images, key)
			errs = append(errs, i.free())
		}
	}
	return errors.Join(errs...)
}

// imageAt returns the image of the file called name, if it was changed.
func (m *MemMapFS) imageAt(name string, info fs.FileInfo) *image {
	if m.cfg.Mode != ModeCopyOnWrite {
		return nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.images[m.keyOf(name, info)]
	for _, other := range m.images {
		if i == nil && os.SameFile(other.info, info) {
			i = other
		}
	}
	if i == nil || !i.changed.Load() {
		return nil
	}
	return i
}

// keyOf returns the key of the file that name leads to. Info may be nil; the
// key is that of the name then.
func (m *MemMapFS) keyOf(name string, info fs.FileInfo) imageKey {
	if info != nil {
		if id, ok := mmap.IDOfInfo(info); ok {
			return imageKey{id: id}
		}
		again := m.base.Stat
		if info.Mode()&fs.ModeSymlink != 0 {
			again = m.links.Lstat
		}
		if node := nodeOf(info, func() (fs.FileInfo, error) { return again(name) }); node != nil {
			return imageKey{node: node}
		}
	}
	if !path.IsAbs(name) {
		if cwd, err := m.base.Getwd(); err == nil {
			name = path.Join(cwd, name)
		}
	}
	return imageKey{path: path.Clean(name)}
}

// knownKey returns the key that the image of a file has, which is another than
// that of its name where only an open file tells its identity.
func (m *MemMapFS) knownKey(key imageKey, info fs.FileInfo) imageKey {
	if key.path == "" {
		return key
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, i := range m.images {
		if os.SameFile(i.info, info) {
			return k
		}
	}
	return key
}

// dropImages forgets the images of files that were removed: of name itself and,
// where images are kept by path, of everything below it.
func (m *MemMapFS) dropImages(key imageKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var errs []error
	for k, i := range m.images {
		if k == key || key.path != "" && strings.HasPrefix(k.path, strings.TrimSuffix(key.path, "/")+"/") {
			delete(m.images, k)
			i.gone = true
			if i.refs == 0 {
				errs = append(errs, i.free())
			}
		}
	}
	return errors.Join(errs...)
}

// moveImages lets images that are kept by path follow their files.
func (m *MemMapFS) moveImages(from, to imageKey) {
	if from.path == "" || to.path == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, i := range m.images {
		rest, below := strings.CutPrefix(k.path, from.path+"/")
		if k != from && !below {
			continue
		}
		delete(m.images, k)
		i.key = imageKey{path: path.Join(to.path, rest)}
		if !below {
			i.key = to
		}
		m.images[i.key] = i
	}
}

// lastLink reports whether the file goes when the name that info describes goes.
func lastLink(info fs.FileInfo) bool {
	n, ok := mmap.LinksOf(info)
	return !ok || n <= 1 || info.IsDir()
}

func fileID(f *os.File) (mmap.FileID, bool) {
	if f == nil {
		return mmap.FileID{}, false
	}
	return mmap.IDOf(f)
}

// nodeOf returns what info.Sys points to if that is the file's node and not a
// copy of it: asking again leads to the same pointer.
func nodeOf(info fs.FileInfo, again func() (fs.FileInfo, error)) any {
	node := info.Sys()
	if node == nil || reflect.TypeOf(node).Kind() != reflect.Pointer {
		return nil
	}
	other, err := again()
	if err != nil || other.Sys() != node {
		return nil
	}
	return node
}
