package memmapfs

import (
	"runtime"
	"sync"
	"weak"

	"github.com/absfs/shmkit/internal/mmap"
)

// mustUnmap says that the system does not let a file that is mapped become
// shorter: whoever shortens it has to know who maps it.
const mustUnmap = mmap.Supported && !mmap.Coherent

// mapped lists the handles of the process that map files, whichever file system
// or call they come from. Only where mustUnmap.
var mapped listByFile[MappedFile]

// listByFile lists what has to do with files by their identity, and keeps none of it
// alive.
type listByFile[T any] struct {
	mu   sync.Mutex
	list map[mmap.FileID]map[weak.Pointer[T]]struct{}
}

// listing is a place in the list.
type listing[T any] struct {
	id mmap.FileID
	p  weak.Pointer[T]
}

// add lists x until remove, which the caller stops the cleanup for, or until x is
// dropped.
func (h *listByFile[T]) add(id mmap.FileID, x *T) runtime.Cleanup {
	l := listing[T]{id, weak.Make(x)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list == nil {
		h.list = make(map[mmap.FileID]map[weak.Pointer[T]]struct{})
	}
	if h.list[id] == nil {
		h.list[id] = make(map[weak.Pointer[T]]struct{})
	}
	h.list[id][l.p] = struct{}{}
	return runtime.AddCleanup(x, h.drop, l)
}

func (h *listByFile[T]) remove(id mmap.FileID, x *T) { h.drop(listing[T]{id, weak.Make(x)}) }

func (h *listByFile[T]) drop(l listing[T]) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.list[l.id], l.p)
	if len(h.list[l.id]) == 0 {
		delete(h.list, l.id)
	}
}

// of returns what is listed for a file, except one.
func (h *listByFile[T]) of(id mmap.FileID, except *T) []*T {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*T
	for p := range h.list[id] {
		if x := p.Value(); x != nil && x != except {
			list = append(list, x)
		}
	}
	return list
}
