// Package memmapfs is an absfs file system whose regular files are read and
// written through memory maps and otherwise behave as *os.File does.
//
// New wraps another file system. Over osfs, and over any file system whose
// files lead to an *os.File, regular files are mapped; everything else passes
// through: folders, FIFOs and devices are what the wrapped file system opens.
// Where mapping a regular file is impossible (no descriptor, /proc, no address
// space left) the handle works by plain reads and writes and its [FileStats] say
// why, unless [MapRequire] asks for an error.
//
// # Guarantees
//
// Reading takes no lock, makes no shared write and allocates nothing. A fault
// in mapped memory (the file was truncated by somebody, the disk failed) is an
// error of the operation and never ends the process; errors name the file.
// Growth is visible in the file's length the moment the call returns, and
// slices handed out before stay valid. Close may run at any time: operations in
// flight finish or return [fs.ErrClosed], and the memory of a live [View] stays
// until it is released.
//
// Raw slices from [MappedFile.Data] and [View.Bytes] are outside this
// protection: run code that touches them in sigbus.Guard when somebody else may
// truncate the file.
//
// # Platforms
//
// Linux and the other unix systems reserve addresses beyond the end of the
// file, so that a file grows in place. Windows maps again when a file grows.
// Systems without mappings work by plain reads and writes.
package memmapfs
