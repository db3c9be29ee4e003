package host

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

func space(dir string) (size, free uint64, err error) {
	path, err := windows.UTF16PtrFromString(dir)
	if err == nil {
		err = windows.GetDiskFreeSpaceEx(path, &free, &size, nil)
	}
	if err != nil {
		return 0, 0, &os.PathError{Op: "GetDiskFreeSpaceEx", Path: dir, Err: err}
	}
	return size, free, nil
}

// pageFaults: the system counts page faults of both kinds as one.
func pageFaults() (minor, major uint64, err error) { return 0, 0, errors.ErrUnsupported }

// look: memory that a process may lock goes by its working set, and its open
// files by memory alone.
func look() Limits {
	v := windows.RtlGetVersion()
	return Limits{OpenFiles: Unlimited, FileBytes: Unlimited, Kernel: fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber)}
}
