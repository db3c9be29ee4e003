package transfer

import (
	"context"
	"encoding/binary"
	"errors"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// Role says who somebody is in a transfer. Its number is that of the seat.
type Role int

// The roles.
const (
	Producer Role = iota
	Consumer
)

// String is the role's name.
func (r Role) String() string { return [...]string{"producer", "consumer"}[r] }

func (r Role) peer() Role { return 1 - r }

// An Outcome is what a side tells the other at its end.
type Outcome uint32

// The outcomes. Identical and Failed are the consumer's judgement.
const (
	Pending Outcome = iota
	Identical
	Failed
	Interrupted
)

// A Journal is a small region beside the ring. It holds what each side leaves
// to a successor of its own, and what it tells the other side at the end. All
// of it is hostile input to whoever reads it.
type Journal struct {
	r     *region.Region
	page  *controlPage
	cells [2]cell
	buf   []byte
	fail  func() error // tests: called before each save
}

const (
	journalKind    = "shmkit.transfer"
	journalVersion = 1
	controlSize    = 4096
	journalSize    = controlSize + 4*cellSlot
)

// controlPage is the first page of the journal. Every word has one writer but
// ring, which whoever comes first fills in.
type controlPage struct {
	ring    [2]uint64 // identity of the ring this journal belongs to
	_       [112]byte
	sides   [2]sideWords
	planned [2]uint64 // files and bytes the producer counted before
}

type sideWords struct {
	turn    uint64 // of the side's cell
	outcome uint32
	_       [116]byte
}

func openJournal(name string, role Role, o *shm.Options) (*Journal, error) {
	opts := *o
	opts.Kind, opts.Version, opts.Size, opts.Create, opts.Role = journalKind, journalVersion, journalSize, true, role.String()
	r, err := shm.Open(name, &opts)
	if err != nil {
		return nil, err
	}
	j, err := journalOn(r)
	if err == nil {
		err = r.TakeSeat(int(role))
	}
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return j, nil
}

// journalOn is the journal in a region.
func journalOn(r *region.Region) (*Journal, error) {
	page, err := region.At[controlPage](r, 0)
	if err != nil {
		return nil, err
	}
	j := &Journal{r: r, page: page}
	b := r.Bytes()
	for i := range j.cells {
		at := controlSize + 2*i*cellSlot
		j.cells[i] = cell{turn: &j.page.sides[i].turn, slots: [2][]byte{b[at : at+cellSlot], b[at+cellSlot : at+2*cellSlot]}}
	}
	return j, nil
}

func (j *Journal) close() error { return j.r.Close() }

// belongs ties the journal to the ring with this identity and reports whether
// it is not another one's.
func (j *Journal) belongs(id region.ID) (ok bool, err error) {
	want := [2]uint64{le64(id[:8]), le64(id[8:])}
	err = sigbus.Guard(func() {
		ok = true
		for i := range want {
			atomic.CompareAndSwapUint64(&j.page.ring[i], 0, want[i])
			ok = ok && atomic.LoadUint64(&j.page.ring[i]) == want[i]
		}
	})
	return ok, err
}

// tell leaves the outcome for the other side and wakes it.
func (j *Journal) tell(role Role, o Outcome) error {
	return sigbus.Guard(func() {
		word := &j.page.sides[role].outcome
		atomic.StoreUint32(word, uint32(o))
		futex.Wake(word, 1<<30)
	})
}

// wasThere reports whether role has ever left anything in the journal.
func (j *Journal) wasThere(role Role) (was bool, err error) {
	err = sigbus.Guard(func() { was = atomic.LoadUint64(&j.page.sides[role].turn) != 0 })
	return was, err
}

// outcome is what role told.
func (j *Journal) outcome(role Role) (o Outcome, err error) {
	err = sigbus.Guard(func() { o = Outcome(atomic.LoadUint32(&j.page.sides[role].outcome)) })
	return o, err
}

// await sleeps until role has told an outcome, at most for the given time.
func (j *Journal) await(ctx context.Context, role Role, d time.Duration) (Outcome, error) {
	if o, err := j.outcome(role); err != nil || o != Pending {
		return o, err
	}
	if err := futex.Wait(ctx, &j.page.sides[role].outcome, uint32(Pending), d); err != nil && !errors.Is(err, futex.ErrTimeout) {
		return Pending, err
	}
	return j.outcome(role)
}

// plan tells the consumer how much there is to come.
func (j *Journal) plan(files, bytes uint64) error {
	if j == nil {
		return nil
	}
	return sigbus.Guard(func() {
		atomic.StoreUint64(&j.page.planned[0], files)
		atomic.StoreUint64(&j.page.planned[1], bytes)
	})
}

// Planned is what the producer said about how much there is; zeros: nothing yet.
func (j *Journal) Planned() (files, bytes uint64, err error) {
	if j == nil {
		return 0, 0, nil
	}
	err = sigbus.Guard(func() {
		files, bytes = atomic.LoadUint64(&j.page.planned[0]), atomic.LoadUint64(&j.page.planned[1])
	})
	return files, bytes, err
}

// state is what a cell holds.
type state interface {
	append([]byte) []byte
	parse([]byte) error
}

func (j *Journal) save(role Role, s state) error {
	if j == nil {
		return nil
	}
	if j.fail != nil {
		if err := j.fail(); err != nil {
			return err
		}
	}
	j.buf = s.append(j.buf[:0])
	var err error
	fault := sigbus.Guard(func() { err = j.cells[role].save(j.buf) })
	return errors.Join(fault, err)
}

func (j *Journal) load(role Role, s state) error {
	if j == nil {
		return nil
	}
	var err error
	fault := sigbus.Guard(func() { j.buf, err = j.cells[role].load(j.buf) })
	if err := errors.Join(fault, err); err != nil || len(j.buf) == 0 {
		return err
	}
	return s.parse(j.buf)
}

func (j *Journal) saveSender(s *senderState) error     { return j.save(Producer, s) }
func (j *Journal) saveReceiver(s *receiverState) error { return j.save(Consumer, s) }

func (j *Journal) loadSender() (s senderState, err error) {
	err = j.load(Producer, &s)
	return s, err
}

func (j *Journal) loadReceiver() (s receiverState, err error) {
	err = j.load(Consumer, &s)
	return s, err
}

func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
