package memmapfs

import (
	"io"
	"io/fs"

	"github.com/absfs/absfs"
)

// Sub returns the tree below dir as a read-only fs.FS. Its files are mapped.
func (m *MemMapFS) Sub(dir string) (fs.FS, error) {
	tree, err := absfs.FilerToFS(m, dir)
	if err != nil {
		return nil, err
	}
	return onlyPlainNames(tree), nil
}

// ReadFile returns the content of the named file.
func (m *MemMapFS) ReadFile(name string) ([]byte, error) {
	f, err := m.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var size int64
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		size = info.Size()
	}
	buf := make([]byte, 0, min(size+512, 1<<62))
	for {
		n, err := f.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
	}
}
