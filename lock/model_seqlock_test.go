package lock

import "testing"

// seqlockState is a seqlock of two words, its writer and one reader.
type seqlockState struct {
	number uint64
	values [copies][2]uint64

	writing uint8  // the writer's next access
	next    uint64 // what it publishes
	kills   uint8

	reading uint8 // the reader's next access
	number0 uint64
	got     [2]uint64
	after   uint64
	last    uint64 // what it saw before
	reads   uint8
}

// seqlockModel runs the code of Store and TryLoad in every order. The writer
// publishes the numbers 1, 2, 3 ... as values; it may be killed at any access
// and replaced.
type seqlockModel struct {
	publications uint64
	reads, kills uint8
}

func (m seqlockModel) start() seqlockState { return seqlockState{kills: m.kills, reads: m.reads} }

func (m seqlockModel) over(s seqlockState) bool {
	return s.number == m.publications && s.reads == 0
}

func (m seqlockModel) wrong(s seqlockState) string {
	if s.reading != 4 || !intact(s.number0, s.after) {
		return ""
	}
	switch {
	case s.got[0] != s.got[1]:
		return "a torn value"
	case s.got[0] != s.number0:
		return "a value that was never published under this number"
	case s.got[0] < s.last:
		return "a value older than the one before"
	}
	return ""
}

func (m seqlockModel) steps(s seqlockState, does, may func(seqlockState)) {
	if s.number < m.publications {
		does(store(s))
		if s.kills > 0 {
			dead := s
			dead.writing, dead.next = 0, 0
			dead.kills--
			may(dead)
		}
	}
	if s.reads > 0 {
		does(load(s))
	}
}

// store is one access of Store.
func store(s seqlockState) seqlockState {
	switch s.writing {
	case 0:
		s.next = s.number + 1
	case 1, 2:
		s.values[s.next%copies][s.writing-1] = s.next
	case 3:
		s.number, s.next = s.next, 0
	}
	s.writing = (s.writing + 1) % 4
	return s
}

// load is one access of TryLoad.
func load(s seqlockState) seqlockState {
	switch s.reading {
	case 0:
		s.number0 = s.number
	case 1, 2:
		s.got[s.reading-1] = s.values[s.number0%copies][s.reading-1]
	case 3:
		s.after = s.number
	case 4:
		if intact(s.number0, s.after) {
			s.last = s.got[0]
			s.reads--
		}
		s.number0, s.got, s.after = 0, [2]uint64{}, 0
	}
	s.reading = (s.reading + 1) % 5
	return s
}

func TestSeqlockProtocolInEveryOrder(t *testing.T) {
	explore(t, seqlockModel{publications: 2*copies + 1, reads: 3, kills: 2})
}
