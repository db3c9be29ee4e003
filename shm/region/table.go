package region

import (
	"hash/crc32"
	"math/rand/v2"
	"time"

	"github.com/absfs/shmkit/internal/fdlock"
	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/sigbus"
)

// slotCreator flags the attachment that made the region.
const slotCreator = 1

const (
	slotOffPID       = 4
	slotOffUID       = 8
	slotOffFlags     = 12
	slotOffSeats     = 16
	slotOffNamespace = 24
	slotOffStarted   = 32
	slotOffSince     = 40
	slotOffName      = 48
	slotOffRole      = 88
)

// slotlessTries bounds the search for a free byte: with 65536 to choose from a
// few tries do, unless somebody locks them all.
const slotlessTries = 1000

// enter makes this attachment countable: a slot of the table where it can
// write, one byte of the slotless range where it cannot or all slots are taken.
func (r *Region) enter() error {
	r.slot = -1
	if r.writable() {
		for i := range slotCount {
			ok, err := fdlock.TryLock(r.lock, lockSlots+int64(i), 1, true)
			if err != nil {
				return err
			}
			if ok {
				r.slot = i
				return r.writeSlot()
			}
		}
	}
	return r.enterSlotless()
}

// enterSlotless locks one byte nobody else has. A descriptor that cannot write
// cannot lock exclusively; it shares the byte, looks whether it is alone there,
// and else goes to another: two that meet both move on.
func (r *Region) enterSlotless() error {
	for range slotlessTries {
		at := lockSlotless + (int64(uint32(r.who.PID))<<16|int64(rand.Uint32N(1<<16)))%slotlessRange
		ok, err := fdlock.TryLock(r.lock, at, 1, true)
		if shmfile.NeedsWrite(err) {
			if ok, err = fdlock.TryLock(r.lock, at, 1, false); ok && err == nil {
				var taken bool
				if taken, _, err = fdlock.Held(r.lock, at, 1); taken || err != nil {
					_ = fdlock.Unlock(r.lock, at, 1)
					ok = false
				}
			}
		}
		if err != nil {
			return err
		}
		if ok {
			r.slotless = at
			return nil
		}
	}
	return refuse(ErrInUse, "somebody has locked every byte that attachments are counted by")
}

// writeSlot describes this attachment in its slot, which it holds locked.
func (r *Region) writeSlot() error {
	if r.slot < 0 {
		return nil
	}
	var b [slotSize]byte
	le.PutUint32(b[slotOffPID:], uint32(r.who.PID))
	le.PutUint32(b[slotOffUID:], uint32(r.who.UID))
	if r.creator {
		le.PutUint32(b[slotOffFlags:], slotCreator)
	}
	le.PutUint32(b[slotOffSeats:], r.seats)
	le.PutUint64(b[slotOffNamespace:], r.who.Namespace)
	le.PutUint64(b[slotOffStarted:], uint64(r.who.Started.UnixNano()))
	le.PutUint64(b[slotOffSince:], uint64(r.since.UnixNano()))
	putText(b[slotOffName:slotOffRole], r.opts.Name)
	putText(b[slotOffRole:], r.opts.Role)
	le.PutUint32(b[:], crc32.Checksum(b[4:], castagnoli))
	_, err := sigbus.Copy(r.slotBytes(), b[:])
	return err
}

// clearSlot leaves nothing of this attachment's description.
func (r *Region) clearSlot() {
	if r.slot < 0 {
		return
	}
	var zero [slotSize]byte
	_, _ = sigbus.Copy(r.slotBytes(), zero[:])
}

func (r *Region) slotBytes() []byte {
	at := tableOffset + r.slot*slotSize
	return r.data[at : at+slotSize]
}

// decodeSlot gives the description in a slot and the seats it claims, false
// when the slot was never written, is half written or was tampered with.
func decodeSlot(b []byte) (a Attachment, seats uint32, ok bool) {
	b = b[:slotSize]
	pid := le.Uint32(b[slotOffPID:])
	if pid == 0 || le.Uint32(b) != crc32.Checksum(b[4:], castagnoli) {
		return Attachment{}, 0, false
	}
	return Attachment{
		Process: Process{
			PID:       int(int32(pid)),
			UID:       int(int32(le.Uint32(b[slotOffUID:]))),
			Namespace: le.Uint64(b[slotOffNamespace:]),
			Started:   time.Unix(0, int64(le.Uint64(b[slotOffStarted:]))),
			Name:      text(b[slotOffName:slotOffRole]),
		},
		Role:    text(b[slotOffRole:]),
		Since:   time.Unix(0, int64(le.Uint64(b[slotOffSince:]))),
		Creator: le.Uint32(b[slotOffFlags:])&slotCreator != 0,
		Known:   true,
	}, le.Uint32(b[slotOffSeats:]), true
}
