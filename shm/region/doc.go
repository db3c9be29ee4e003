// Package region gives processes a piece of memory with a name, and tells the
// truth about it after any of them died.
//
// # Guarantees
//
//   - A region is visible only when it is whole: space, header and initial payload
//     are made ready on a file nobody can find, which is then linked under the name
//     without replacing anything. Of racing creators one wins. A full file system is
//     an error, and a creator killed at any instruction leaves nothing half made.
//   - An opener believes nothing: every number of the header is checked against its
//     checksum and the file's real size, the file's type and owner and the folder's
//     permissions before anything is mapped. Each refusal is a typed error that says
//     what to do.
//   - Liveness is a kernel lock on a byte of the file, never a pid. A process that
//     dies, however it dies, is detached at that moment: zombies and other pid
//     namespaces cannot fool the count, pids that are used again neither. Pids, names
//     and times are recorded for people only.
//   - Remove and Reap never take away what a living process is attached to, and an
//     opener never ends up on an unlinked file: both look at the name again while they
//     hold the lock. Files removed by others (rm) are noticed by CheckLinked.
//   - Go pointers never get into a region: typed views refuse types with pointers,
//     platform-sized fields or padding.
//
// # Failure
//
// A file that something other than this package truncates makes a touch of the
// vanished pages a memory fault; package sigbus turns it into an error. A process
// with write access to the file can do that and can write any payload: treat what
// you read from a region of another trust domain as hostile input, or use
// Anonymous, whose seals rule truncation out.
//
// # Platforms
//
// Linux uses /dev/shm, files without names (O_TMPFILE), open file description
// locks and memfds. macOS has the same locks; regions are regular files in a
// folder of the user's own, published by link. Windows uses LockFileEx and a rename
// that does not replace; there is no owner to compare. Other BSDs have process-wide
// locks only: attachments of one process are counted as one, and a second
// attachment's Close frees the locks of the first. Elsewhere every function fails
// with errors.ErrUnsupported.
package region
