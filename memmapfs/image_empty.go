package memmapfs

import (
	"os"

	"github.com/absfs/shmkit/internal/mmap"
)

// probeEmpty returns why a file of length 0 cannot be mapped, of which an image has
// no page to map. Files that make up what they hold when they are read, as those of
// /proc do, have a length of 0, are not empty, and show themselves that way.
func probeEmpty(file *os.File) error {
	data, err := mmap.Map(file, 0, mmap.PageSize(), mmap.Read, mmap.Private)
	if err != nil {
		return err
	}
	return mmap.Unmap(data)
}

// startEmpty brings the image of a file into memory that has a length of 0 and
// cannot be mapped for why: for a handle that has nowhere else to write, if the file
// is empty. Others are not read for that: some files wait for something to happen.
func (i *image) startEmpty(f *MappedFile, why error) (*mapping, error) {
	if f.access.write {
		if n, _ := f.native.ReadAt(make([]byte, 1), 0); n == 0 {
			return i.copyBase(f)
		}
	}
	return nil, why
}
