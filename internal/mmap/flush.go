package mmap

import "os"

// Sync makes what was written to the pages of b durable before it returns.
// B must be a part of a shared mapping of f that begins on a page. On Linux and
// the BSDs that is msync(MS_SYNC), on Windows FlushViewOfFile and
// FlushFileBuffers, on Darwin msync and F_FULLFSYNC.
func Sync(b []byte, f *os.File, off int64) error {
	if len(b) == 0 {
		return nil
	}
	c := Call{Op: OpSync, Name: nameOf(f), Data: b, Off: off, Len: int64(len(b)), Wait: true}
	if err := Intercept(c); err != nil {
		return err
	}
	return syncRange(b, f)
}

// Writeback starts writing the pages of b and does not wait for the device. On
// platforms where a later [SyncFile] does not cover pages that are not mapped
// any more it waits until they are handed to the file system.
func Writeback(b []byte, f *os.File, off int64) error {
	if len(b) == 0 {
		return nil
	}
	c := Call{Op: OpWriteback, Name: nameOf(f), Data: b, Off: off, Len: int64(len(b))}
	if err := Intercept(c); err != nil {
		return err
	}
	return writeback(b, f, off)
}

// WritebackFile is Writeback of a whole file, mapped or not. Where the kernel has
// no such call, or not for this file, errors.ErrUnsupported.
func WritebackFile(f *os.File) error {
	if err := Intercept(Call{Op: OpWriteback, Name: nameOf(f)}); err != nil {
		return err
	}
	return writebackFile(f)
}

// SyncFile makes the content and the metadata of f durable before it returns:
// fsync, F_FULLFSYNC on Darwin, FlushFileBuffers on Windows.
func SyncFile(f *os.File) error {
	if err := Intercept(Call{Op: OpSyncFile, Name: nameOf(f), Wait: true}); err != nil {
		return err
	}
	return f.Sync()
}
