//go:build shmcheck

package ring

import (
	"bytes"
	"fmt"
	"hash/maphash"
	"strings"
	"unsafe"

	"github.com/absfs/shmkit/internal/explore"
)

// modelled takes the ring's steps on shared memory as steps of an explorer's
// machine. Loads of a side's own words are no steps: nobody else writes them.
// Nor are counters, and what is stored for people: nothing is decided by them.
// The bytes of a record are stored as early as they can be: x86 does not let
// them come later than the position that publishes them.
type modelled struct {
	m    *explore.Machine
	mem  []byte
	bugs bugs

	late   func()             // a fill that a seeded bug holds back
	stale  map[*uint64]uint64 // what was loaded last, for a seeded bug
	recent bool               // the load after a park answers from stale

	local map[string]func() uint64 // of each thread: a digest of its private state
}

// bugs are mistakes seeded into the protocol, to see that the check finds them.
type bugs struct {
	publishFirst bool // the position before the bytes
	noRecheck    bool // no second look between parking and sleeping
	noFence      bool // the sleeper does not fence the publisher
	noUnpark     bool // who slept once is taken for the same sleeper for ever
	noGiveUp     bool // records are overwritten without a word
	giveUpLate   bool // the word comes after the bytes
}

func (c *modelled) key(w unsafe.Pointer) uintptr {
	return uintptr(w) - uintptr(unsafe.Pointer(unsafe.SliceData(c.mem))) + 1
}

// offset is where in its page a word lies.
func offset(key uintptr) int { return int(key-1) % 4096 }

// decides says whether something depends on the 64-bit word: a position, or what
// an overwriting ring's sides both use of the data.
func decides(key uintptr) bool {
	return key > dataOffset || offset(key) == offPosition || offset(key) == offOldest || offset(key) == offHeard
}

// own says whether the word belongs to the page the running thread writes.
func (c *modelled) own(key uintptr) bool {
	page := int(key-1) / 4096 * 4096
	if strings.HasSuffix(c.m.Thread(), "producer") {
		return page == producerPage || page >= dataOffset
	}
	return page == consumerPage
}

func (c *modelled) load64(w *uint64) uint64 {
	key := c.key(unsafe.Pointer(w))
	if !decides(key) || c.own(key) {
		return *w
	}
	if c.recent {
		c.recent = false
		return c.stale[w]
	}
	v := c.m.Load(key, func() uint64 { return *w })
	c.stale[w] = v
	return v
}

func (c *modelled) load32(w *uint32) uint32 {
	key := c.key(unsafe.Pointer(w))
	if c.own(key) {
		return *w
	}
	return uint32(c.m.Load(key, func() uint64 { return uint64(*w) }))
}

func (c *modelled) publish64(w *uint64, v uint64) {
	key, do := c.key(unsafe.Pointer(w)), func() { *w = v }
	if key > dataOffset {
		c.m.Touch(key, do)
	} else {
		c.m.Store(key, v, do)
	}
	if !c.bugs.giveUpLate {
		c.overdue()
	}
}

// overdue does what a seeded bug held back.
func (c *modelled) overdue() {
	if late := c.late; late != nil {
		c.late = nil
		late()
	}
}

func (c *modelled) count64(w *uint64, v uint64) { *w = v }

func (c *modelled) plain64(w *uint64, v uint64) { *w = v }

func (c *modelled) fill(dst, src []byte) {
	src = bytes.Clone(src)
	do := func() { c.m.Touch(c.key(unsafe.Pointer(&dst[0])), func() { copy(dst, src) }) }
	if c.bugs.publishFirst {
		c.late = do
		return
	}
	do()
}

// fillWords and copyWords are one step each: a torn record is one whose number
// and bytes do not belong together. What is stored into the data of an overwriting
// ring comes behind a fence and is visible at once: later is no worse, since the
// producer loads nothing meanwhile.
func (c *modelled) fillWords(shared, src []byte) {
	src = bytes.Clone(src)
	c.m.Touch(c.key(unsafe.Pointer(&shared[0])), func() { copy(shared, src) })
	c.overdue()
}

func (c *modelled) copyWords(dst, shared []byte) {
	c.m.Load(c.key(unsafe.Pointer(&shared[0])), func() uint64 {
		copy(dst, shared)
		return maphash.Bytes(seed, dst)
	})
}

func (c *modelled) fenced64(w *uint64, v uint64) {
	key := c.key(unsafe.Pointer(w))
	if !decides(key) {
		*w = v // a time for people
		return
	}
	do := func() { c.m.Fenced(key, func() { *w = v }) }
	switch giveUp := offset(key) == offOldest; {
	case giveUp && c.bugs.noGiveUp:
	case giveUp && c.bugs.giveUpLate:
		c.late = do
	default:
		do()
	}
}

func (c *modelled) fenced32(w *uint32, v uint32) {
	if c.bugs.noUnpark && offset(c.key(unsafe.Pointer(w))) == offPark && v&1 == 0 {
		return
	}
	key := c.key(unsafe.Pointer(w))
	if offset(key) == offLastError {
		*w = v // for people too
		return
	}
	c.m.Fenced(key, func() { *w = v })
}

// locally sets the digest of the running thread's private state.
func (c *modelled) locally(digest func() uint64) { c.local[c.m.Thread()] = digest }

// settle says that the running thread is at a place in its code where its
// private state decides about all that follows.
func (c *modelled) settle(place uint64) {
	if local := c.local[c.m.Thread()]; local != nil && !c.bugs.noRecheck { // which knows older values
		c.m.Settle(local() ^ place)
	}
}

func digestOf(state ...any) uint64 { return maphash.String(seed, fmt.Sprint(state...)) }

func (c *modelled) sleepOn(w *uint32, old uint32) {
	c.settle(uint64(old)<<8 | 2)
	c.m.Sleep(c.key(unsafe.Pointer(w)), func() bool { return *w == old })
}

func (c *modelled) wakeAll(w *uint32) { c.m.Wake(c.key(unsafe.Pointer(w))) }

func (c *modelled) fenceOthers() bool {
	c.recent = c.bugs.noRecheck
	if !c.bugs.noFence {
		c.m.FenceAll()
	}
	return true
}

var seed = maphash.MakeSeed()

// digest is what decides about the future: positions, wake, park and state
// words of both pages, the data, and what the harness has noted.
func (c *modelled) digest(noted []byte) uint64 {
	var h maphash.Hash
	h.SetSeed(seed)
	h.Write(noted)
	for _, at := range []int{producerPage, consumerPage} {
		for _, off := range []int{offPosition, offWake, offPark, offState, offOldest} {
			h.Write(c.mem[at+off : at+off+8])
		}
	}
	heard := *word64(c.mem, consumerPage+offHeard) // a time, which differs from run to run
	fmt.Fprint(&h, heard == 0, heard == *word64(c.mem, producerPage+offActive)+*word64(c.mem, producerPage+offPosition))
	h.Write(c.mem[dataOffset:])
	return h.Sum64()
}
