package explore

// Thread is the name of the thread that runs.
func (m *Machine) Thread() string { return m.current.name }

// What a thread may do. Every call is one step: the explorer may let any other
// thread go first.

// Kinds of steps, for a thread's history.
const (
	didLoad = iota + 1
	didStore
	didFence
	didSleep
	didWake
)

// Load is a load of the word key, which read reads from memory.
func (m *Machine) Load(key uintptr, read func() uint64) uint64 {
	t := m.step("load", key)
	value := read()
	for _, s := range t.buffer {
		if s.key == key {
			value = s.value
		}
	}
	t.saw(didLoad, uint64(key), value)
	return value
}

// Store is a store that may stay in the thread's buffer for a while.
func (m *Machine) Store(key uintptr, value uint64, apply func()) {
	t := m.step("store", key)
	t.buffer = append(t.buffer, store{key, value, apply})
	t.saw(didStore, uint64(key), value)
}

// Fenced is a store that no later load of the thread passes.
func (m *Machine) Fenced(key uintptr, apply func()) {
	t := m.step("fenced store", key)
	t.drain()
	apply()
	t.saw(didFence, uint64(key), 0)
}

// Touch is a store that is visible at once and orders nothing: what a thread may
// write early without harm, written as early as it can be.
func (m *Machine) Touch(key uintptr, apply func()) {
	t := m.step("touch", key)
	apply()
	t.saw(didStore, uint64(key), 1)
}

// FenceAll empties every thread's buffer.
func (m *Machine) FenceAll() {
	t := m.step("fence all", 0)
	for _, other := range m.threads {
		other.drain()
	}
	t.saw(didFence, 0, 0)
}

// Sleep puts the thread to sleep on key if same holds, as a futex does: looked
// at and fallen asleep in one step. It returns after a Wake of key.
func (m *Machine) Sleep(key uintptr, same func() bool) {
	t := m.step("sleep", key)
	t.drain()
	if same() {
		t.saw(didSleep, uint64(key), 1)
		t.asleep = key
		t.pause()
		return
	}
	t.saw(didSleep, uint64(key), 0)
}

// Wake wakes every thread that sleeps on key.
func (m *Machine) Wake(key uintptr) {
	t := m.step("wake", key)
	t.drain()
	for _, other := range m.threads {
		if other.asleep == key {
			other.asleep = 0
		}
	}
	t.saw(didWake, uint64(key), 0)
}

// Settle says that what the thread does from here on depends on local, a digest
// of its private state, and on nothing else it has done or seen. States that
// differ in the way a thread came here are then one. It is no step.
func (m *Machine) Settle(local uint64) { m.current.history = mix(2, local) }

// Await blocks the thread until cond holds. cond looks at what the harness
// knows, not at shared memory.
func (m *Machine) Await(cond func() bool) {
	t := m.current
	t.until = cond
	t.pause()
	t.until = nil
}
