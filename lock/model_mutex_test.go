package lock

// place is where a modelled caller of Mutex is; each place is followed by one
// access to shared memory at most.
type place uint8

const (
	atFast      place = iota // Lock: the quick swap
	atLook                   // contend: load the word
	atDecide                 // contend: ask the kernel about the owner, decide
	atTake                   // contend: swap to take
	atMark                   // contend: swap to mark as waiting
	atWait                   // futex.Wait compares
	atAsleep                 // futex.Wait sleeps
	atAwake                  // back from futex.Wait: starving by now?
	atHungry                 // count a starving waiter
	atSated                  // satisfied: count it out
	atForget                 // forget: clear the count
	atCalm                   // calm: load the word
	atCalmSwap               // calm: swap
	atAlarm                  // calm: does anybody starve again?
	atAlarmLook              // calm: load the word
	atAlarmSwap              // calm: swap
	atInside                 // holds the lock
	atMend                   // Recover: load
	atMendSwap               // Recover: swap
	atFreeFast               // Unlock: the quick swap
	atFree                   // unlockSlow: load
	atFreeSwap               // unlockSlow: swap
	atWake                   // unlockSlow: wake one
	atQuit                   // the attempt failed
	atPass                   // passOn: load
	atPassWake               // passOn: wake one
	atPassSwap               // passOn: swap
	atGone                   // Abandon: load and swap
	atGoneWake               // Abandon: wake all
	atEnd                    // done
	atDead                   // killed
)

const callers = 3

// caller is one process; its own variables are those of the code.
type caller struct {
	at        place
	then      place // where to go on after calm
	old, word uint32
	slept     bool
	starving  bool
	timedOut  bool
	warned    bool
	unwanted  bool
	rounds    uint8
	passed    uint8 // newcomers that took the lock while it starved asleep
}

type mutexState struct {
	word, hungry uint32
	by           [callers]caller
	kills        uint8
	cancels      uint8
	dirty        bool // a holder died and nobody repaired the data
}

// mutexModel runs the code of Mutex in every order. The check-ups of sleepers
// are left out unless a test needs them for the dead, so that every wake-up has
// to come from somebody; only a newcomer at a free lock that is kept for
// another has the time limit it has in the code.
type mutexModel struct {
	rounds            [callers]uint8 // how often each takes the lock
	kills, cancels    uint8
	timeouts, abandon bool
	prompt            bool          // nobody is slower than a time limit
	passes            uint8         // how many newcomers may pass a starving sleeper
	light             [callers]bool // who only queues
}

func (m mutexModel) start() (s mutexState) {
	s.kills, s.cancels = m.kills, m.cancels
	for i := range s.by {
		s.by[i] = caller{at: atEnd}
		if m.rounds[i] > 0 {
			s.by[i] = caller{at: atFast, rounds: m.rounds[i]}
		}
	}
	return s
}

func (m mutexModel) over(s mutexState) bool {
	for _, c := range s.by {
		if c.at != atEnd && c.at != atDead {
			return false
		}
	}
	return true
}

func (m mutexModel) wrong(s mutexState) string {
	inside := 0
	for i, c := range s.by {
		if !c.holds() {
			continue
		}
		inside++
		if s.word&ownerMask != id(i) {
			return "a holder's name is not on the word"
		}
		if c.at == atInside && c.warned != s.dirty {
			return "the warning of the holder is not the truth"
		}
	}
	for _, c := range s.by {
		if c.passed > m.passes {
			return "too many newcomers passed a starving waiter"
		}
	}
	if inside > 1 {
		return "two hold the lock"
	}
	return ""
}

// holds says whether c has the lock.
func (c caller) holds() bool {
	return c.at >= atInside && c.at <= atFreeSwap || c.at >= atSated && c.at <= atAlarmSwap && c.then == atInside
}

func id(i int) uint32 { return uint32(i + 2) }

func (m mutexModel) kind(i int) uint32 {
	if m.light[i] {
		return light
	}
	return 0
}

func (m mutexModel) steps(s mutexState, does, may func(mutexState)) {
	for i := range s.by {
		if s.by[i].at == atEnd || s.by[i].at == atDead {
			continue
		}
		if s.kills > 0 {
			may(m.kill(s, i))
		}
		r := run{mutexModel: m, s: s, i: i, emit: does, may: may}
		r.c = &r.s.by[i]
		r.step()
	}
}

// kill ends caller i. Whoever's name is on the word leaves the data in doubt,
// unless it only queued.
func (m mutexModel) kill(s mutexState, i int) mutexState {
	if s.word&ownerMask == id(i) && s.word&light == 0 {
		s.dirty = true
	}
	s.by[i] = caller{at: atDead}
	s.kills--
	return s
}

// run is one step of caller i from state s.
type run struct {
	mutexModel
	s    mutexState
	c    *caller
	i    int
	emit func(mutexState) // what follows for certain
	may  func(mutexState) // what may happen
}

func (r *run) goes(p place) { r.c.at = p; r.emit(r.s) }

func (r *run) swap(old, word uint32) bool {
	if r.s.word != old {
		return false
	}
	r.s.word = word
	return true
}

func (r *run) step() {
	switch c := r.c; c.at {
	case atFast:
		if r.swap(nobody, id(r.i)|r.kind(r.i)) {
			r.passes()
			r.goes(atInside)
			return
		}
		r.goes(atLook)
	case atLook:
		c.old, c.passed = r.s.word, 0
		r.goes(atDecide)
	case atDecide:
		r.decide()
	case atTake:
		if !r.swap(c.old, c.word) {
			r.goes(atLook)
			return
		}
		c.warned = warning(c.word) != nil
		if c.old&ownerMask == nobody && !c.slept {
			r.passes()
		}
		if c.unwanted {
			c.unwanted, c.then = false, atInside
			r.goes(atForget)
			return
		}
		r.settle(atInside)
	case atMark:
		if !r.swap(c.old, c.word) {
			r.goes(atLook)
			return
		}
		r.goes(atWait)
	case atWait:
		c.timedOut = false
		if r.s.word != c.word {
			r.goes(atAwake)
			return
		}
		r.goes(atAsleep)
	case atAsleep:
		if reserved := c.word&ownerMask == nobody; r.timeouts || reserved && !r.prompt {
			c.timedOut = true
			r.goes(atAwake)
		}
		c.slept = true
		r.cancel()
	case atAwake:
		c.slept = true
		if !c.starving {
			r.goes(atHungry)
		}
		r.goes(atLook)
		r.cancel()
	case atHungry:
		c.starving = true
		r.s.hungry++
		r.goes(atLook)
	default:
		r.leave()
	}
}

func (r *run) decide() {
	c := r.c
	owner := c.old & ownerMask
	dead := c.timedOut && owner >= 2 && owner < 2+callers && r.s.by[owner-2].at == atDead
	a := attempt{id: id(r.i), light: r.kind(r.i), slept: c.slept, starving: c.starving}
	word, what := a.next(c.old, dead)
	c.unwanted = what == take && c.timedOut && unwanted(c.word, c.old)
	c.word = word
	switch {
	case what == refuse:
		r.settle(atQuit)
	case what == take:
		r.goes(atTake)
	default:
		if word == c.old {
			r.goes(atWait)
		} else {
			r.goes(atMark)
		}
		r.cancel()
	}
}

// passes counts a newcomer who takes the lock while others starve.
func (r *run) passes() {
	for i := range r.s.by {
		if c := &r.s.by[i]; c.at == atAsleep && c.starving {
			c.passed++
		}
	}
}

// cancel is the end of the caller's context.
func (r *run) cancel() {
	if r.s.cancels > 0 {
		r.s.cancels--
		r.emit = r.may
		r.settle(atQuit)
	}
}

// settle goes on to p, by way of satisfied for a waiter that starved.
func (r *run) settle(p place) {
	if r.c.starving {
		r.c.starving, r.c.then = false, p
		r.goes(atSated)
		return
	}
	r.goes(p)
}
