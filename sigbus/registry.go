package sigbus

import (
	"sync"
	"sync/atomic"

	"github.com/absfs/shmkit/internal/vmem"
)

// Register tells the package that data is a mapping of the file called name,
// beginning at the offset off of the file, so that a [FaultError] can name both.
// The returned function ends that, before data is unmapped; calling it again
// does nothing. Ranges may overlap: the one registered last is found first.
//
// Both functions take a constant time, whatever the number of ranges.
func Register(data []byte, name string, off int64) (unregister func()) {
	start, end := vmem.Span(data)
	if start == end {
		return func() {}
	}
	n := &node{start: start, end: end, name: name, off: off}
	ranges.insert(n)
	return sync.OnceFunc(func() { ranges.remove(n) })
}

// ranges holds every registered range of the process.
var ranges list

// list is a doubly linked list of ranges. Writers exclude each other; readers
// follow the next pointers without a lock. A removed node keeps its next
// pointer, so that a reader standing on it finds its way back to the list.
type list struct {
	head atomic.Pointer[node]
	mu   sync.Mutex // excludes writers
	size atomic.Int64
}

type node struct {
	start, end uintptr
	name       string
	off        int64
	next       atomic.Pointer[node]
	prev       *node // of writers only
}

func (l *list) insert(n *node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := l.head.Load()
	n.next.Store(first)
	if first != nil {
		first.prev = n
	}
	l.head.Store(n) // publishes n and its fields to readers
	l.size.Add(1)
}

func (l *list) remove(n *node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	next := n.next.Load()
	if next != nil {
		next.prev = n.prev
	}
	if n.prev != nil {
		n.prev.next.Store(next)
	} else {
		l.head.Store(next)
	}
	n.prev = nil
	l.size.Add(-1)
}

// find returns the range addr lies in, nil when there is none.
func (l *list) find(addr uintptr) *node {
	for n := l.head.Load(); n != nil; n = n.next.Load() {
		if addr >= n.start && addr < n.end {
			return n
		}
	}
	return nil
}
