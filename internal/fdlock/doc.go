// Package fdlock takes advisory kernel locks on byte ranges of an open file.
// The kernel frees them when their holder dies, however it dies.
//
// On Linux and macOS the locks are open file description locks: they belong to
// the *os.File they were taken with, so two files opened by one process exclude
// each other, closing another descriptor of the same file frees nothing, and a
// child that inherits the descriptor holds the lock too. On Windows they are
// LockFileEx ranges, owned by the handle, and mandatory for ReadFile and
// WriteFile of others (not for mappings): lock bytes beyond the data. Other
// Unixes have only POSIX locks: they belong to the process, so goroutines of
// one process do not exclude each other, and closing any descriptor of the file
// frees them all. Elsewhere every call fails with [errors.ErrUnsupported].
//
// Ranges may lie beyond the end of the file.
package fdlock
