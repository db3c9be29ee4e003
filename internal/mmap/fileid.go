package mmap

import (
	"io/fs"
	"os"
)

// FileID tells files of this machine apart. It stays valid while the file is
// open or mapped somewhere.
type FileID struct{ Volume, Index uint64 }

// IDOf returns the identity of f; false where there is none.
func IDOf(f *os.File) (FileID, bool) { return idOf(f) }

// IDOfInfo returns the identity that info carries, which only unix tells.
func IDOfInfo(info fs.FileInfo) (FileID, bool) { return idOfInfo(info) }

// LinksOf returns how many names the file that info describes has, which only
// unix tells.
func LinksOf(info fs.FileInfo) (uint64, bool) { return linksOf(info) }

// Kind says what the file system of a file is made of.
type Kind struct {
	InMemory bool // tmpfs and its kin: nothing is ever read from a device
	HugePage int  // bytes per page on hugetlbfs, else 0
}

// KindOf asks the file system of f about itself; the zero Kind where it cannot
// be known.
func KindOf(f *os.File) Kind { return kindOf(f) }
