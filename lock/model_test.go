package lock

import "testing"

// model is a system of processes that take turns, one access to shared memory
// at a time. explore visits every state it can reach.
type model[S comparable] interface {
	// start is the first state.
	start() S
	// steps calls does for every state that follows s if somebody goes on, and
	// may for every state that follows from what nobody can count on, such as
	// a death.
	steps(s S, does, may func(S))
	// wrong says what may not be in s, or "".
	wrong(s S) string
	// over says whether nobody has anything left to do in s.
	over(s S) bool
}

// explore checks that nothing wrong can be reached, that the system never gets
// stuck, and that it can end from every state it reaches, each without counting on
// what may happen.
func explore[S comparable](t *testing.T, m model[S]) {
	t.Helper()
	if underRace {
		t.Skip("one goroutine: the race detector only slows it down")
	}
	index := map[S]int32{m.start(): 0}
	states := []S{m.start()}
	back := [][]int32{nil}
	for at := 0; at < len(states); at++ {
		s := states[at]
		if why := m.wrong(s); why != "" {
			t.Fatalf("%s in %+v", why, s)
		}
		alone := true
		reach := func(next S) int32 {
			i, known := index[next]
			if !known {
				i = int32(len(states))
				index[next] = i
				states = append(states, next)
				back = append(back, nil)
			}
			return i
		}
		does := func(next S) {
			alone = false
			i := reach(next)
			back[i] = append(back[i], int32(at))
		}
		m.steps(s, does, func(next S) { reach(next) })
		if alone && !m.over(s) {
			t.Fatalf("stuck in %+v", s)
		}
	}
	if s, bad := cannotEnd(m, states, back); bad {
		t.Fatalf("no way to an end from %+v", s)
	}
	t.Logf("%d states", len(states))
}

// cannotEnd finds a state from which no end can be reached.
func cannotEnd[S comparable](m model[S], states []S, back [][]int32) (S, bool) {
	ends := make([]bool, len(states))
	var todo []int32
	for i, s := range states {
		if m.over(s) {
			ends[i] = true
			todo = append(todo, int32(i))
		}
	}
	for len(todo) > 0 {
		i := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, from := range back[i] {
			if !ends[from] {
				ends[from] = true
				todo = append(todo, from)
			}
		}
	}
	for i, s := range states {
		if !ends[i] {
			return s, true
		}
	}
	var none S
	return none, false
}
