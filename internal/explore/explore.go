package explore

import (
	"fmt"
	"strings"
)

// Program sets up a run: it adds threads to m and returns the digest of the
// memory they share, and what must hold when every thread has ended.
type Program func(m *Machine) (memory func() uint64, end func() error)

// Result says how much was looked at.
type Result struct {
	Runs, States, Steps int
	Longest             int // steps of the longest run
}

// Failure is a run in which an invariant does not hold.
type Failure struct {
	Problem error
	Trace   []string // its steps, in order
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%v, after %d steps:\n  %s", f.Problem, len(f.Trace), strings.Join(f.Trace, "\n  "))
}

func (f *Failure) Unwrap() error { return f.Problem }

// ErrStuck is the problem of a run in which threads wait for each other for ever.
var ErrStuck = fmt.Errorf("every thread that is left sleeps: a wake-up was lost or the protocol is wedged")

// maxSteps ends a run that would not end: the code under test spins.
const maxSteps = 2000

// choice is a branch of a run: which of n ways was taken.
type choice struct{ taken, n int }

type explorer struct {
	program Program
	kills   int
	path    []choice
	seen    map[uint64]struct{}
	result  Result
}

// All runs every interleaving of program, with up to kills threads killed, and
// returns the first failure as a *Failure.
func All(program Program, kills int) (Result, error) {
	e := &explorer{program: program, kills: kills, seen: map[uint64]struct{}{}}
	for {
		if err := e.run(); err != nil {
			return e.result, err
		}
		if !e.next() {
			return e.result, nil
		}
	}
}

// next moves the path to the next unexplored branch, depth first.
func (e *explorer) next() bool {
	for len(e.path) > 0 {
		last := &e.path[len(e.path)-1]
		if last.taken++; last.taken < last.n {
			return true
		}
		e.path = e.path[:len(e.path)-1]
	}
	return false
}

// run repeats the path and then goes on with first choices until the run ends
// or reaches a state seen before.
func (e *explorer) run() error {
	m := &Machine{kills: e.kills}
	var end func() error
	var ways []way
	m.memory, end = e.program(m)
	defer m.stop()
	e.result.Runs++
	for depth := 0; ; depth++ {
		ways = m.ways(ways[:0])
		if m.problem == nil && len(ways) == 0 {
			m.problem = m.ended(end)
			if m.problem == nil {
				return nil
			}
		}
		if depth > maxSteps {
			m.Failf("no end after %d steps", depth)
		}
		if m.problem != nil {
			return &Failure{m.problem, m.steps()}
		}
		if depth == len(e.path) {
			key := m.digest()
			if _, ok := e.seen[key]; ok {
				return nil
			}
			e.seen[key] = struct{}{}
			e.result.States++
			e.path = append(e.path, choice{0, len(ways)})
		}
		m.take(ways[e.path[depth].taken])
		e.result.Steps++
		e.result.Longest = max(e.result.Longest, depth+1)
	}
}

// way is something that can happen next.
type way struct {
	t    *thread
	kind int
}

const (
	takesStep = iota
	leaks     // the oldest store leaves its buffer
	dies
)

func (m *Machine) ways(ways []way) []way {
	for _, t := range m.threads {
		if t.runnable() {
			ways = append(ways, way{t, takesStep})
		}
		if len(t.buffer) > 0 {
			ways = append(ways, way{t, leaks})
		}
		if !t.ended && t.mortal && m.kills > 0 {
			ways = append(ways, way{t, dies})
		}
	}
	return ways
}

func (m *Machine) take(w way) {
	t := w.t
	m.current = t
	switch w.kind {
	case takesStep:
		_, more := t.resume()
		t.ended = !more
	case leaks:
		m.trace = append(m.trace, event{t.name, "visible", t.buffer[0].key})
		t.buffer[0].apply()
		t.buffer = append(t.buffer[:0], t.buffer[1:]...)
	case dies:
		m.trace = append(m.trace, event{t.name, "killed", 0})
		m.kills--
		t.asleep = 0
		t.drain()
		t.die()
		t.ended, t.history = true, 0 // what it knew is lost
		if t.onDeath != nil {
			t.onDeath()
		}
	}
}

// ended is the verdict on a run in which nothing can happen any more.
func (m *Machine) ended(end func() error) error {
	for _, t := range m.threads {
		if !t.ended {
			return fmt.Errorf("%s: %w", t.name, ErrStuck)
		}
	}
	return end()
}

func (m *Machine) steps() []string {
	var lines []string
	for _, e := range m.trace {
		lines = append(lines, e.String())
	}
	return lines
}

// stop ends the coroutines of a run that was cut.
func (m *Machine) stop() {
	for _, t := range m.threads {
		t.die()
	}
}
