package ring

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/vmem"
	"github.com/absfs/shmkit/sigbus"
)

// peers says whether a living process holds the other side's seat. A waiting
// side asks it every checkEvery.
type peers interface {
	alive() (bool, error)
}

// side is what a producer and a consumer have in common.
type side struct {
	data   []byte // capacity bytes
	mask   uint64
	mine   page
	other  page
	lossy  bool // the producer overwrites
	fences bool // this process is not registered for the fences of sleepers

	closed atomic.Bool
	inside inside // an operation is on shared memory: Close waits for its end
	poison error  // sticky: corruption or a fault
	posts  uint64 // records of fewer bytes go by post; a consumer's is 1 if it may be prompt; 0 when poisoned
	woken  uint32 // the park value of the other side that was woken last

	peer     peers
	request  *uint32 // bumped by a challenger for our seat
	answered uint32  // its value we know of
	heirs    succession
	linked   func() error // the ring's name still leads to it; nil where it has none
	exit     sync.Mutex   // excludes giving up the seat and closing
	gone     atomic.Bool  // the seat was given to a challenger
	strategy WaitStrategy
	watcher  watcher
	stay     bool // wait on for a successor of a dead peer
	fail     bool // never wait for space
	leave    func() error
	logger   *slog.Logger
	mourned  bool   // the peer's death was logged
	path     string // the region's file, if it has one
	bells    bells
	obits    obits
}

func (s *side) init(mem []byte, o Options, peer peers, mine, other int) error {
	var h header
	var err error
	if fault := sigbus.Guard(func() { h, err = parse(mem) }); fault != nil {
		return fault
	}
	if err != nil {
		return err
	}
	if o.Full == FullOverwrite && !h.lossy {
		return fmt.Errorf("the ring was not made for overwriting: %w", fs.ErrInvalid)
	}
	s.lossy = h.lossy
	s.data = mem[dataOffset : dataOffset+h.capacity : dataOffset+h.capacity]
	s.mask = h.capacity - 1
	s.mine, s.other = pageAt(mem, mine), pageAt(mem, other)
	s.request = word32(mem, requestPage+offRequest*((mine-producerPage)/headerBytes))
	s.fences = !cpu.Register()
	s.peer, s.strategy, s.stay, s.fail = peer, o.Wait, o.WaitForPeer, o.Full == FullFail
	return nil
}

// sit makes this side's page ours: it is called with the seat taken.
func (s *side) sit() {
	s.answered = load32(s.request)
	// One that no sleep of our predecessor had: a peer wakes each value once.
	fenced32(s.mine.park, (load32(s.mine.park)|1)+1)
	fenced32(s.mine.lastError, lastNone)
	fenced64(s.mine.active, uint64(time.Now().UnixNano()))
	fenced32(s.mine.state, stateOpen)
	s.bump()
}

// usable says why this side is of no use, if so.
func (s *side) usable() error {
	if s.closed.Load() {
		return ErrClosed
	}
	return s.poison
}

// begin is usable for an operation that is about to touch shared memory; it has
// to end with inside.leave.
func (s *side) begin() error {
	s.inside.enter()
	err := s.usable()
	if err != nil {
		s.inside.leave()
	}
	return err
}

// guarded runs op with faults turned into errors: anybody who can write the
// file can truncate it. Operations that count nanoseconds write it out.
func (s *side) guarded(op func() error) error { return s.guardedIn(nil, op) }

// guardedIn is guarded for an op that touches the caller's mem as well.
func (s *side) guardedIn(mem []byte, op func() error) (err error) {
	if err := s.begin(); err != nil {
		return err
	}
	done := false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			err = s.faultedIn(recover(), mem)
		}
		s.inside.leave()
	}()
	err = op()
	done = true
	return err
}

// faulted makes an error of a recovered fault. A Close by another goroutine
// takes the memory away from operations in flight: that is no fault to report.
func (s *side) faulted(r any) error { return s.faultedIn(r, nil) }

// faultedIn is faulted while mem, the caller's, was read or written. A fault in mem
// is the caller's affair: the ring is as it was.
func (s *side) faultedIn(r any, mem ...[]byte) error {
	if r != nil && s.closed.Load() {
		return ErrClosed
	}
	return s.lost(sigbus.Recovered(r), mem...)
}

// trapped is faultedIn for the address of a fault that post met.
func (s *side) trapped(addr uintptr, rec []byte) error {
	if s.closed.Load() {
		return ErrClosed
	}
	return s.lost(sigbus.Trapped(addr), rec)
}

func (s *side) lost(err error, mem ...[]byte) error {
	var fault *sigbus.FaultError
	if err == nil {
		return nil
	}
	if errors.As(err, &fault) {
		for _, b := range mem {
			if start, end := vmem.Span(b); fault.Addr >= start && fault.Addr < end {
				return err
			}
		}
	}
	s.spoil(err)
	// For people, if it can still be written at all.
	_ = sigbus.Guard(func() { fenced32(s.mine.lastError, lastFault) })
	s.log(slog.LevelError, "ring: shared memory is gone", err)
	return err
}

// spoil makes every operation from now on fail with err.
func (s *side) spoil(err error) { s.poison, s.posts = err, 0 }

func (s *side) corrupt() error {
	if s.poison == nil {
		s.log(slog.LevelError, "ring: shared memory is corrupt", ErrCorrupt)
	}
	err := s.naming(ErrCorrupt)
	s.spoil(err)
	fenced32(s.mine.lastError, lastCorrupt)
	return err
}

// naming says which file err is about, if there is one.
func (s *side) naming(err error) error {
	if s.path == "" {
		return err
	}
	return named("use", s.path, err)
}

// publish makes everything before v visible to the other side and wakes it if
// it sleeps.
func (s *side) publish(v uint64) {
	s.expose(v)
	if s.wanted() {
		s.attend()
	}
}

// expose makes everything before v visible to the other side.
func (s *side) expose(v uint64) {
	if s.fences {
		fenced64(s.mine.position, v)
	} else {
		publish64(s.mine.position, v) // a sleeper fences for us
	}
}

// wanted says whether somebody sleeps on what was published, or wants our seat.
func (s *side) wanted() bool {
	return load32(s.other.park)&1 != 0 || load32(s.request) != s.answered
}

// attend sees to those who want something of us: a sleeper to wake, a challenger to
// answer.
func (s *side) attend() {
	if park := load32(s.other.park); park&1 != 0 {
		s.wake(park)
	}
	if load32(s.request) != s.answered {
		s.answer()
	}
}

// wake wakes the other side once for each time it went to sleep: the bumped
// sequence keeps it from sleeping on.
func (s *side) wake(park uint32) {
	if park != s.woken {
		s.woken = park
		s.bump()
	}
}

func add(w *uint64, n uint64) { count64(w, load64(w)+n) }
