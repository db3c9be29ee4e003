package explore

import (
	"errors"
	"fmt"
	"testing"
)

// dekker is two threads that store their flag and then read the other's. With
// stores that may be buffered both can read zero; with fences they cannot.
func dekker(fenced bool) (both int, err error) {
	_, err = All(func(m *Machine) (func() uint64, func() error) {
		var flag, saw [2]uint64
		saw = [2]uint64{9, 9}
		for i := range 2 {
			m.Go(fmt.Sprint("T", i), false, func() {
				set := func() { flag[i] = 1 }
				if fenced {
					m.Fenced(uintptr(1+i), set)
				} else {
					m.Store(uintptr(1+i), 1, set)
				}
				saw[i] = m.Load(uintptr(2-i), func() uint64 { return flag[1-i] })
			}, nil)
		}
		return func() uint64 { return flag[0] | flag[1]<<1 }, func() error {
			if saw == [2]uint64{} {
				both++
			}
			return nil
		}
	}, 0)
	return both, err
}

func TestStoresAreBufferedUnlessFenced(t *testing.T) {
	if both, err := dekker(false); err != nil || both == 0 {
		t.Fatalf("the buffered stores of x86 were not explored: %v", err)
	}
	if both, err := dekker(true); err != nil || both != 0 {
		t.Fatalf("%d runs with fences in which both read zero: %v", both, err)
	}
}

func TestALostWakeUpIsFound(t *testing.T) {
	program := func(recheck bool) Program {
		return func(m *Machine) (func() uint64, func() error) {
			var ready uint64
			m.Go("sleeper", false, func() {
				if m.Load(1, func() uint64 { return ready }) == 0 {
					m.Sleep(1, func() bool { return !recheck || ready == 0 })
				}
			}, nil)
			m.Go("waker", false, func() {
				m.Fenced(1, func() { ready = 1 })
				m.Wake(1)
			}, nil)
			return func() uint64 { return ready }, func() error { return nil }
		}
	}
	if _, err := All(program(true), 0); err != nil {
		t.Fatal(err)
	}
	var f *Failure
	if _, err := All(program(false), 0); !errors.Is(err, ErrStuck) || !errors.As(err, &f) || len(f.Trace) == 0 {
		t.Fatalf("%v", err)
	}
}

func TestDeathsComeBeforeEveryStep(t *testing.T) {
	deaths := map[uint64]bool{}
	_, err := All(func(m *Machine) (func() uint64, func() error) {
		var n uint64
		m.Go("mortal", true, func() {
			for i := range uint64(3) {
				m.Fenced(1, func() { n = i + 1 })
			}
		}, func() { deaths[n] = true })
		return func() uint64 { return n }, func() error { return nil }
	}, 1)
	if err != nil || len(deaths) != 3 {
		t.Fatalf("died after %v steps: %v", deaths, err)
	}
}
