package memmapfs

import (
	"errors"
	"fmt"
	"maps"

	"github.com/absfs/shmkit/internal/mmap"
)

// prepareImage applies what the config says about memory to an image that was just
// mapped. Advice holds for the room to grow, too. Locking makes private copies of
// all pages, for that is what the system does; it ends where the image ends now.
func (f *MappedFile) prepareImage(m *mapping) error {
	if err := f.prepare(m.data, 0); err != nil {
		return err
	}
	if m.cold != nil && (f.cfg.Preload || f.cfg.PopulatePages) {
		m.touched(0, f.size.Load())
	}
	return nil
}

// prepareCopy does that for memory into which size bytes of the base will be read.
// There is nothing to preload.
func (f *MappedFile) prepareCopy(m *mapping, size int64) error {
	if m.heap {
		return f.prepareWithout(errOnHeap)
	}
	f.advise(m.data)
	if f.cfg.LockMemory {
		if err := mmap.Lock(m.data[:size]); err != nil {
			return required{lockError(err, size)}
		}
	}
	return nil
}

// prepareWithout has the statistics say what the memory of an image cannot have.
func (f *MappedFile) prepareWithout(why error) error {
	if f.cfg.LockMemory {
		return required{fmt.Errorf("lock private memory: %w", why)}
	}
	if f.cfg.NoDump {
		f.note(why, "no dump")
	}
	if f.cfg.UseHugePages {
		f.note(why, "huge pages")
	}
	if f.cfg.Advice != AdviceNormal {
		f.note(why, "advice "+f.cfg.Advice.String())
	}
	return nil
}

var (
	errOnHeap   = fmt.Errorf("private changes live on Go's heap here: %w", errors.ErrUnsupported)
	errBeside   = fmt.Errorf("private changes are in a file: %w", errors.ErrUnsupported)
	errInBlocks = fmt.Errorf("private memory is taken block by block here: %w", errors.ErrUnsupported)
)

// freshAt puts fresh memory of an image over the addresses of b.
func (f *MappedFile) freshAt(b []byte) error {
	if err := mmap.AnonymousAt(b); err != nil {
		return err
	}
	f.advise(b)
	return nil
}

// unmet returns what keepRefusal has kept so far.
func (c *counters) unmet() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.refusals)
}

// inherit adds refusals that another handle of the same memory met.
func (c *counters) inherit(refusals map[string]string) {
	if len(refusals) == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refusals == nil {
		c.refusals = make(map[string]string)
	}
	maps.Copy(c.refusals, refusals)
}
