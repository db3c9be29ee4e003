package mmap

import (
	"os"

	"golang.org/x/sys/unix"
)

func kindOf(f *os.File) Kind {
	var k Kind
	_ = withDescriptor(f, func(fd int) error {
		var st unix.Statfs_t
		if err := unix.Fstatfs(fd, &st); err != nil {
			return err
		}
		switch uint32(st.Type) {
		case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
			k.InMemory = true
		case unix.HUGETLBFS_MAGIC:
			k.InMemory = true
			k.HugePage = int(st.Bsize)
		}
		return nil
	})
	return k
}
