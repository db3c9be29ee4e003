package memmapfs

import "sync/atomic"

// A length is that of a file, as far as its handles know, with what lies ahead of
// it. It leads to no handle, so that it can outlive a dropped one, and what an
// append looks at is behind one pointer.
type length struct {
	atomic.Int64
	ahead  atomic.Int64 // length of the file on disk while it runs ahead; else 0
	filled atomic.Int64 // up to here what is ahead is faulted in
	_      [40]byte     // the line that appends change holds nothing else
}
