//go:build unix || windows

package sigbus

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"
)

func TestAFaultIsAnErrorThatNamesFileAndOffset(t *testing.T) {
	data, page := faulty(t, 4, 2), os.Getpagesize()
	defer Register(data, "/some/file", 1<<20)()
	err := Guard(func() { readByte = data[2*page+10] })
	var fault *FaultError
	if !errors.As(err, &fault) || !errors.Is(err, ErrFault) {
		t.Fatalf("Guard returned %v", err)
	}
	if want := int64(1<<20 + 2*page + 10); fault.Name != "/some/file" || fault.Offset != want {
		t.Fatalf("the fault names %q at %d, want offset %d", fault.Name, fault.Offset, want)
	}
	if want := uintptr(unsafe.Pointer(&data[0])) + uintptr(2*page+10); fault.Addr != want {
		t.Fatalf("the fault is at %#x, want %#x", fault.Addr, want)
	}
	var cause runtime.Error
	if !errors.As(err, &cause) {
		t.Fatal("the runtime's error cannot be had from the fault")
	}
}

func TestLoadsStoresAndAtomicsAreGuarded(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	word := (*uint64)(unsafe.Pointer(&data[page]))
	for name, touch := range map[string]func(){
		"load":           func() { readWord = *word },
		"store":          func() { *word = 1 },
		"atomic load":    func() { atomic.LoadUint64(word) },
		"atomic store":   func() { atomic.StoreUint64(word, 1) },
		"compare & swap": func() { atomic.CompareAndSwapUint64(word, 0, 1) },
		"copy out":       func() { copy(make([]byte, page), data[page:]) },
		"copy in":        func() { copy(data[page:], make([]byte, page)) },
		"clear":          func() { clear(data[page:]) },
		"string":         func() { readString = string(data[page:]) },
	} {
		if err := Guard(touch); !errors.Is(err, ErrFault) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithoutRegistrationTheFaultHasNoName(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	unregister := Register(data, "gone", 0)
	unregister()
	unregister()
	var fault *FaultError
	if err := Guard(func() { readByte = data[page] }); !errors.As(err, &fault) {
		t.Fatalf("Guard returned %v", err)
	}
	if fault.Name != "" || fault.Offset != -1 {
		t.Fatalf("an unregistered range is named %q, offset %d", fault.Name, fault.Offset)
	}
}

// caught runs f and returns what it panicked with.
func caught(f func()) (value any, stack string) {
	defer func() {
		if value = recover(); value != nil {
			stack = string(debug.Stack())
		}
	}()
	f()
	return nil, ""
}

func panicsHere() { panic(errors.New("mine")) }

func TestOtherPanicsPassThroughWithValueAndStack(t *testing.T) {
	own := errors.New("mine")
	value, _ := caught(func() { _ = Guard(func() { panic(own) }) })
	if value != own {
		t.Errorf("the panic value became %v", value)
	}
	_, stack := caught(func() { _ = Guard(func() { panicsHere() }) })
	if !strings.Contains(stack, "panicsHere") {
		t.Errorf("the origin is not in the stack:\n%s", stack)
	}
	var null *[2]int
	value, _ = caught(func() { _ = Guard(func() { null[1]++ }) })
	if err, ok := value.(runtime.Error); !ok || errors.Is(err, ErrFault) {
		t.Errorf("a nil dereference became %v", value)
	}
	value, _ = caught(func() { _ = Guard(func() { readInt = make([]int, 1)[len(os.Args)+1] }) })
	if _, ok := value.(runtime.Error); !ok {
		t.Errorf("an index error became %v", value)
	}
}

func TestAPointerIntoUnmappedMemoryStaysAPanic(t *testing.T) {
	data, before := unmapped(t), Stats().Passed
	value, _ := caught(func() { _ = Guard(func() { readByte = data[0] }) })
	if _, ok := value.(interface{ Addr() uintptr }); !ok {
		t.Fatalf("the use of unmapped memory became %v", value)
	}
	if Stats().Passed != before+1 {
		t.Fatal("the fault that was passed on is not counted")
	}
}

// setting returns the goroutine's PanicOnFault.
func setting() bool {
	now := debug.SetPanicOnFault(false)
	debug.SetPanicOnFault(now)
	return now
}

func TestTheSettingIsRestoredOnEveryWayOut(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	for _, before := range []bool{false, true} {
		debug.SetPanicOnFault(before)
		check := func(way string) {
			t.Helper()
			if setting() != before {
				t.Errorf("%s: the setting is %v, was %v", way, !before, before)
			}
		}
		_ = Guard(func() {})
		check("return")
		_ = Guard(func() { readByte = data[page] })
		check("fault")
		caught(func() { _ = Guard(func() { panic("other") }) })
		check("panic")
		_, _ = Copy(make([]byte, page), data[page:])
		check("faulting copy")
	}
	debug.SetPanicOnFault(false)
	result := make(chan bool)
	go func() {
		defer func() { result <- setting() }()
		_ = Guard(func() { runtime.Goexit() })
		t.Error("Goexit did not end the goroutine")
	}()
	if <-result {
		t.Error("Goexit left the setting on")
	}
}

func TestTheInnermostGuardTakesTheFault(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	var inner error
	outer := Guard(func() {
		inner = Guard(func() { readByte = data[page] })
		if !setting() {
			t.Error("the inner guard switched the outer one off")
		}
	})
	if !errors.Is(inner, ErrFault) || outer != nil {
		t.Fatalf("inner %v, outer %v", inner, outer)
	}
	if err := Guard(func() {
		_ = Guard(func() {})
		readByte = data[page]
	}); !errors.Is(err, ErrFault) {
		t.Fatalf("the outer guard missed a fault after the inner one: %v", err)
	}
}

func TestDeferredCallsOfTheGuardedFunctionRun(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	ran := false
	err := Guard(func() {
		defer func() { ran = true }()
		readByte = data[page]
	})
	if err == nil || !ran {
		t.Fatalf("error %v, deferred call ran: %v", err, ran)
	}
}

func TestAFaultInADeferredCallOfAPanicIsTaken(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	value, _ := caught(func() {
		defer func() {
			if err := Guard(func() { readByte = data[page] }); !errors.Is(err, ErrFault) {
				t.Errorf("Guard during a panic returned %v", err)
			}
		}()
		panic("outer")
	})
	if value != "outer" {
		t.Fatalf("the outer panic became %v", value)
	}
}
