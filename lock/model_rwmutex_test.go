package lock

import "testing"

// rwPlace is where a modelled reader or writer of an RWMutex is. The mutex in
// it is taken as one step here: its own model shows that this is right.
type rwPlace uint8

const (
	rwJoin    rwPlace = iota // join: load the word
	rwSeat                   // takeSeat: swap a free seat
	rwRecheck                // trySit: load the word again
	rwUndo                   // rise: clear the seat, then try the slow way
	rwUndoBy                 // rise: load the word, wake the writer
	rwQueue                  // lockAs: wait for the word
	rwSit                    // sit, with the word held
	rwSat                    // release the word after sitting down
	rwReading                // reads
	rwRise                   // rise: load the word, wake the writer
	rwWant                   // writer: lockAs
	rwDrain                  // writer: load a seat
	rwWait                   // writer: futex.Wait compares
	rwAsleep                 // writer: futex.Wait sleeps
	rwCheck                  // writer: the wait timed out, look for the dead
	rwTouch                  // writer: the light mark goes
	rwWriting                // writes
	rwEnd
	rwDead
)

const rwSeats = 2

type rwCaller struct {
	at     rwPlace
	seat   uint8 // a reader's seat, a writer's position
	seen   uint8 // what the writer saw there
	rounds uint8
}

type rwState struct {
	word  uint8 // 0, or the number of the owner
	seats [rwSeats]uint8
	by    [callers]rwCaller
	kills uint8
}

type rwModel struct {
	writers [callers]bool
	rounds  uint8
	kills   uint8
}

func (m rwModel) start() (s rwState) {
	s.kills = m.kills
	for i := range s.by {
		s.by[i] = m.fresh(i, m.rounds)
	}
	return s
}

func (m rwModel) fresh(i int, rounds uint8) rwCaller {
	switch {
	case rounds == 0:
		return rwCaller{at: rwEnd}
	case m.writers[i]:
		return rwCaller{at: rwWant, rounds: rounds}
	default:
		return rwCaller{at: rwJoin, rounds: rounds}
	}
}

func (m rwModel) over(s rwState) bool {
	for _, c := range s.by {
		if c.at < rwEnd {
			return false
		}
	}
	return true
}

func (m rwModel) wrong(s rwState) string {
	readers, writers := 0, 0
	for _, c := range s.by {
		switch c.at {
		case rwReading, rwSat:
			readers++
		case rwWriting:
			writers++
		}
	}
	if writers > 1 || writers == 1 && readers > 0 {
		return "a writer is not alone"
	}
	return ""
}

func (m rwModel) steps(s rwState, does, may func(rwState)) {
	for i, c := range s.by {
		if c.at >= rwEnd {
			continue
		}
		if s.kills > 0 {
			dead := s
			dead.by[i] = rwCaller{at: rwDead}
			dead.kills--
			may(dead)
		}
		m.step(s, i, does)
	}
}

func (s rwState) dead(owner uint8) bool { return owner != 0 && s.by[owner-1].at == rwDead }

func (m rwModel) step(s rwState, i int, emit func(rwState)) {
	c, me := &s.by[i], uint8(i+1)
	goes := func(p rwPlace) { c.at = p; emit(s) }
	free := func(ok bool, yes, no rwPlace) {
		if ok {
			goes(yes)
			return
		}
		goes(no)
	}
	switch c.at {
	case rwJoin:
		free(s.word == 0, rwSeat, rwQueue)
	case rwSeat:
		free(s.sit(i, false), rwRecheck, rwQueue)
	case rwRecheck:
		free(s.word == 0, rwReading, rwUndo)
	case rwUndo:
		s.seats[c.seat] = 0
		goes(rwUndoBy)
	case rwUndoBy:
		s.wakeWriter(c.seat)
		goes(rwQueue)
	case rwQueue, rwWant:
		if s.word != 0 && !s.dead(s.word) {
			return
		}
		s.word = me
		free(m.writers[i], rwDrain, rwSit)
	case rwSit:
		if s.sit(i, true) {
			goes(rwSat)
		}
	case rwSat:
		s.word = 0
		goes(rwReading)
	case rwReading:
		s.seats[c.seat] = 0
		goes(rwRise)
	case rwRise:
		s.wakeWriter(c.seat)
		m.again(s, i, emit)
	case rwDrain:
		if c.seat == rwSeats {
			goes(rwTouch)
			return
		}
		if c.seen = s.seats[c.seat]; c.seen == 0 {
			c.seat++
			goes(rwDrain)
			return
		}
		goes(rwWait)
	case rwWait:
		free(s.seats[c.seat] == c.seen, rwAsleep, rwDrain)
	case rwAsleep:
		if s.dead(c.seen) {
			goes(rwCheck)
		}
	case rwCheck:
		if s.seats[c.seat] == c.seen && s.dead(c.seen) {
			s.seats[c.seat] = 0
		}
		goes(rwDrain)
	case rwTouch:
		goes(rwWriting)
	case rwWriting:
		s.word = 0
		m.again(s, i, emit)
	}
}

func (m rwModel) again(s rwState, i int, emit func(rwState)) {
	s.by[i] = m.fresh(i, s.by[i].rounds-1)
	emit(s)
}

// sit puts caller i on a free seat, or on one of the dead.
func (s *rwState) sit(i int, reclaim bool) bool {
	for n, owner := range s.seats {
		if owner == 0 || reclaim && s.dead(owner) {
			s.seats[n], s.by[i].seat = uint8(i+1), uint8(n)
			return true
		}
	}
	return false
}

// wakeWriter wakes who sleeps on the seat, if somebody holds the word.
func (s *rwState) wakeWriter(seat uint8) {
	for i := range s.by {
		if c := &s.by[i]; s.word != 0 && c.at == rwAsleep && c.seat == seat {
			c.at = rwDrain
		}
	}
}

func TestRWMutexProtocolInEveryOrder(t *testing.T) {
	for name, m := range map[string]rwModel{
		"two readers, one writer": {writers: [callers]bool{true}, rounds: 2},
		"one reader, two writers": {writers: [callers]bool{true, true}, rounds: 2},
		"any two may die":         {writers: [callers]bool{true}, rounds: 2, kills: 2},
		"writers may die":         {writers: [callers]bool{true, true}, rounds: 2, kills: 2},
	} {
		t.Run(name, func(t *testing.T) { explore(t, m) })
	}
}
