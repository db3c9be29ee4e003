package lock

import "testing"

// leave is the part of a caller's way that comes after the attempt.
func (r *run) leave() {
	switch c := r.c; c.at {
	case atSated:
		r.s.hungry--
		switch left := r.s.hungry; {
		case left > maxHungry:
			r.goes(atForget)
		case left == 0:
			r.goes(atCalm)
		default:
			r.resume()
		}
	case atForget:
		r.s.hungry = 0
		r.goes(atCalm)
	case atCalm:
		if c.old = r.s.word; c.old&starved == 0 {
			r.goes(atAlarm)
			return
		}
		r.goes(atCalmSwap)
	case atCalmSwap:
		if !r.swap(c.old, c.old&^starved) {
			r.goes(atCalm)
			return
		}
		r.goes(atAlarm)
	case atAlarm:
		if r.s.hungry == 0 {
			r.resume()
			return
		}
		r.goes(atAlarmLook)
	case atAlarmLook:
		if c.old = r.s.word; alarmed(c.old) == c.old {
			r.resume()
			return
		}
		r.goes(atAlarmSwap)
	case atAlarmSwap:
		if !r.swap(c.old, alarmed(c.old)) {
			r.goes(atAlarmLook)
			return
		}
		r.resume()
	case atInside:
		r.inside()
	case atMend:
		c.old = r.s.word
		r.goes(atMendSwap)
	case atMendSwap:
		if !r.swap(c.old, c.old&^doubt) {
			r.goes(atMend)
			return
		}
		r.s.dirty, c.warned = false, false
		r.goes(atFreeFast)
	case atGone:
		r.s.word = goneForGood
		r.s.dirty = false
		r.goes(atGoneWake)
	case atGoneWake:
		for i := range r.s.by {
			if r.s.by[i].at == atAsleep {
				r.s.by[i].at = atAwake
			}
		}
		r.rest()
	case atFreeFast:
		if r.swap(id(r.i), nobody) {
			r.rest()
			return
		}
		r.goes(atFree)
	case atFree:
		c.old = r.s.word
		r.goes(atFreeSwap)
	case atFreeSwap:
		word, wake := released(c.old)
		switch {
		case !r.swap(c.old, word):
			r.goes(atFree)
		case wake:
			r.goes(atWake)
		default:
			r.rest()
		}
	case atWake:
		if !r.wakeOne((*run).rest) {
			r.rest()
		}
	case atQuit:
		if c.slept {
			r.goes(atPass)
			return
		}
		r.rest()
	case atPass:
		switch c.old = r.s.word; {
		case c.old&ownerMask == nobody:
			r.goes(atPassWake)
		case c.old&waiting != 0:
			r.rest()
		default:
			r.goes(atPassSwap)
		}
	case atPassWake:
		if !r.wakeOne((*run).rest) {
			r.rest()
		}
	case atPassSwap:
		if !r.swap(c.old, c.old|waiting) {
			r.goes(atPass)
			return
		}
		r.rest()
	}
}

// resume goes on after calm.
func (r *run) resume() {
	r.settle(r.c.then)
}

// inside is a holder's choice: a warned one repairs, passes the doubt on, or
// gives up.
func (r *run) inside() {
	if r.c.warned && r.kind(r.i) == 0 {
		r.goes(atMend)
		if r.abandon {
			r.goes(atGone)
		}
	}
	r.goes(atFreeFast)
}

// wakeOne wakes any one of those asleep, and says whether there were any.
func (r *run) wakeOne(then func(*run)) bool {
	any := false
	for i := range r.s.by {
		if r.s.by[i].at != atAsleep {
			continue
		}
		any = true
		next := *r
		next.c = &next.s.by[r.i]
		next.s.by[i].at = atAwake
		then(&next)
	}
	return any
}

// rest ends a round: the caller starts over or is done.
func (r *run) rest() {
	rounds := r.c.rounds - 1
	*r.c = caller{at: atFast, rounds: rounds}
	if rounds == 0 {
		*r.c = caller{at: atEnd}
	}
	r.emit(r.s)
}

func TestMutexProtocolInEveryOrder(t *testing.T) {
	type rounds = [callers]uint8
	models := map[string]mutexModel{
		"no newcomer passes":              {rounds: rounds{2, 1, 1}, prompt: true},
		"two take turns":                  {rounds: rounds{3, 3}, prompt: true},
		"cancelled waiters pass it on":    {rounds: rounds{2, 1, 1}, cancels: 1, passes: 1},
		"any two may die or give up":      {rounds: rounds{1, 1, 1}, kills: 2, timeouts: true, abandon: true, passes: 1},
		"one dies, one comes back":        {rounds: rounds{2, 2}, kills: 1, timeouts: true, passes: 1},
		"who only queues leaves no doubt": {rounds: rounds{2, 2}, kills: 2, timeouts: true, passes: 1, light: [callers]bool{true}},
	}
	if soak {
		models["three take turns"] = mutexModel{rounds: rounds{2, 2, 1}, cancels: 1, passes: 1}
		models["three queue, one dies"] = mutexModel{rounds: rounds{1, 1, 1}, kills: 1, timeouts: true, passes: 1, light: [callers]bool{true, false, true}}
		models["a hog and two"] = mutexModel{rounds: rounds{4, 1, 1}, prompt: true}
	}
	for name, m := range models {
		t.Run(name, func(t *testing.T) { explore(t, m) })
	}
}
