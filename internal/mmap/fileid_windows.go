package mmap

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

func idOf(f *os.File) (FileID, bool) {
	var info windows.ByHandleFileInformation
	err := withHandle(f, func(h windows.Handle) error { return windows.GetFileInformationByHandle(h, &info) })
	if err != nil {
		return FileID{}, false
	}
	return FileID{
		Volume: uint64(info.VolumeSerialNumber),
		Index:  uint64(info.FileIndexHigh)<<32 | uint64(info.FileIndexLow),
	}, true
}

func idOfInfo(fs.FileInfo) (FileID, bool) { return FileID{}, false }

func linksOf(fs.FileInfo) (uint64, bool) { return 0, false }
