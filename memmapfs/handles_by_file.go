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
// or call they come from, and keeps none of them alive. Only where mustUnmap.
var mapped handlesByFile

type handlesByFile struct {
	mu   sync.Mutex
	list map[mmap.FileID]map[weak.Pointer[MappedFile]]struct{}
}

// listing is the place of a handle in the list.
type listing struct {
	id mmap.FileID
	p  weak.Pointer[MappedFile]
}

func (h *handlesByFile) add(f *MappedFile) {
	if !mustUnmap || f.native == nil || !f.identified {
		return
	}
	l := listing{f.id, weak.Make(f)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.list == nil {
		h.list = make(map[mmap.FileID]map[weak.Pointer[MappedFile]]struct{})
	}
	if h.list[l.id] == nil {
		h.list[l.id] = make(map[weak.Pointer[MappedFile]]struct{})
	}
	h.list[l.id][l.p] = struct{}{}
	f.unlisted = runtime.AddCleanup(f, h.drop, l)
}

// remove takes f, which is being closed, off the list.
func (h *handlesByFile) remove(f *MappedFile) {
	if mustUnmap {
		f.unlisted.Stop()
		h.drop(listing{f.id, weak.Make(f)})
	}
}

func (h *handlesByFile) drop(l listing) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.list[l.id], l.p)
	if len(h.list[l.id]) == 0 {
		delete(h.list, l.id)
	}
}

// of returns the handles of a file, except one.
func (h *handlesByFile) of(id mmap.FileID, except *MappedFile) []*MappedFile {
	h.mu.Lock()
	defer h.mu.Unlock()
	var list []*MappedFile
	for p := range h.list[id] {
		if f := p.Value(); f != nil && f != except {
			list = append(list, f)
		}
	}
	return list
}
