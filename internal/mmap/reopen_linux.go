package mmap

import (
	"fmt"
	"os"
)

// reopenReadWrite goes through /proc, which leads to the file itself whatever
// has become of its name.
func reopenReadWrite(f *os.File) (*os.File, error) {
	var g *os.File
	err := withDescriptor(f, func(fd int) error {
		var err error
		g, err = os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", fd), os.O_RDWR, 0)
		return err
	})
	if os.IsNotExist(err) {
		return reopenByName(f, os.O_RDWR)
	}
	return g, err
}
