package lock

// The word of a mutex holds the number of its owner and what the next ones have
// to know. All of it changes by compare-and-swap of the whole word.
//
//	bit 31  waiting  somebody may sleep on the word: who unlocks wakes one
//	bit 30  starved  somebody waited too long: newcomers queue up
//	bit 29  doubt    an owner died and nobody repaired the data yet
//	bit 28  light    the owner only queues: it does not touch the data
//	27..0   owner    0 free, all ones given up for good
const (
	waiting uint32 = 1 << 31
	starved uint32 = 1 << 30
	doubt   uint32 = 1 << 29
	light   uint32 = 1 << 28

	ownerMask   = light - 1
	nobody      = 0
	goneForGood = ownerMask
)

// move is what somebody who wants the lock does next.
type move uint8

const (
	take   move = iota // swap the word: success is the lock
	queue              // swap the word if it differs, then sleep on it
	refuse             // give up: nobody will ever hold it again
)

// attempt is one caller's way to the lock.
type attempt struct {
	id       uint32 // the caller's owner number
	light    uint32 // light, or 0
	slept    bool   // it slept at least once: it is no newcomer
	starving bool   // it waited long enough to keep newcomers out
}

// next decides, from the word as it was read, what to do and what the word
// becomes. dead says that the word's owner was found dead. It changes nothing.
func (a *attempt) next(old uint32, dead bool) (word uint32, m move) {
	switch owner := old & ownerMask; {
	case owner == goneForGood:
		return old, refuse
	case owner == nobody && (a.slept || old&starved == 0):
		return old&^light | a.id | a.light | a.sleepers(), take
	case owner != nobody && dead:
		return a.inherit(old), take
	}
	word = old | waiting
	if a.starving {
		word |= starved
	}
	return word, queue
}

// sleepers is the mark a taker leaves who has slept: others may sleep still,
// and the wake-up that reached it cleared the mark.
func (a *attempt) sleepers() uint32 {
	if a.slept {
		return waiting
	}
	return 0
}

// inherit is the word after taking the lock from a dead owner. An owner that
// only queued leaves no doubt.
func (a *attempt) inherit(old uint32) uint32 {
	word := old&(starved|doubt) | waiting | a.id | a.light
	if old&light == 0 {
		word |= doubt
	}
	return word
}

// released is the word after its owner gave it back, and whether to wake one
// of those who sleep on it.
func released(old uint32) (word uint32, wake bool) {
	return old & (starved | doubt), old&waiting != 0
}

// alarmed is the word after somebody began to starve in his sleep while the
// mark for it was taken away.
func alarmed(old uint32) uint32 {
	if old&ownerMask == nobody || old&waiting == 0 {
		return old
	}
	return old | starved
}

// unwanted says whether a lock was kept for a waiter that does not exist: the
// word stayed free and reserved for the whole time of a sleep.
func unwanted(before, now uint32) bool {
	return before == now && now&ownerMask == nobody && now&starved != 0
}
