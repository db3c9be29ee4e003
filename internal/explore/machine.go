package explore

import (
	"fmt"
	"iter"
)

// Machine is the shared memory and the threads of one run. The explorer makes
// one for every run; its methods that threads call are for code under test.
type Machine struct {
	threads []*thread
	current *thread
	kills   int           // how many threads may still be killed
	memory  func() uint64 // digest of what the threads share
	trace   []event
	problem error
}

// event is a step that was taken.
type event struct {
	thread, what string
	key          uintptr
}

func (e event) String() string { return fmt.Sprintf("%s: %s %d", e.thread, e.what, e.key) }

// thread is code under test in a coroutine that runs only when it is chosen.
type thread struct {
	name    string
	mortal  bool
	onDeath func()
	resume  func() (struct{}, bool) // runs it up to its next step
	die     func()
	yield   func(struct{}) bool

	ended   bool
	asleep  uintptr     // the key it sleeps on, or 0
	until   func() bool // what it waits for in Await, or nil
	history uint64      // digest of everything it has done and seen
	buffer  []store
}

type store struct {
	key   uintptr
	value uint64
	apply func()
}

type killed struct{}

// Go adds a thread. A mortal one may be killed before any of its steps; onDeath,
// when not nil, is called then and may add a successor.
func (m *Machine) Go(name string, mortal bool, run, onDeath func()) {
	t := &thread{name: name, mortal: mortal, onDeath: onDeath}
	t.resume, t.die = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if r := recover(); r != nil && r != any(killed{}) {
				panic(r)
			}
		}()
		t.yield, t.history = yield, 1
		run()
	})
	m.threads = append(m.threads, t)
}

// Failf notes that an invariant does not hold; the run ends.
func (m *Machine) Failf(format string, args ...any) {
	if m.problem == nil {
		m.problem = fmt.Errorf(format, args...)
	}
}

// step hands control to the explorer and comes back when the current thread is
// chosen for its next step.
func (m *Machine) step(what string, key uintptr) *thread {
	t := m.current
	t.pause()
	m.trace = append(m.trace, event{t.name, what, key})
	return t
}

func (t *thread) pause() {
	if !t.yield(struct{}{}) {
		panic(killed{})
	}
}

// runnable says whether the thread can take a step.
func (t *thread) runnable() bool {
	return !t.ended && t.asleep == 0 && (t.until == nil || t.until())
}

func (t *thread) drain() {
	for _, s := range t.buffer {
		s.apply()
	}
	t.buffer = t.buffer[:0]
}

func (t *thread) saw(what, key, value uint64) {
	t.history = mix(mix(mix(t.history, what), key), value)
}

func mix(h, v uint64) uint64 {
	h = (h ^ v) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// digest names the state of the run.
func (m *Machine) digest() uint64 {
	sum := m.memory()
	for _, t := range m.threads {
		sum = mix(mix(sum, t.history), uint64(t.asleep))
		for _, s := range t.buffer {
			sum = mix(mix(sum, uint64(s.key)), s.value)
		}
		switch {
		case t.ended:
			sum = mix(sum, 1)
		case t.until != nil:
			sum = mix(sum, 2)
		}
	}
	return mix(sum, uint64(m.kills))
}
