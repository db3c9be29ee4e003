//go:build unix || windows

package sigbus

import (
	"errors"
	"os"
	"sync"
	"testing"
)

func TestHooksSeeEveryFaultUntilTheyAreRemoved(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	defer Register(data, "/hooked", 0)()
	var first, second []Report
	removeFirst := OnFault(func(r Report) { first = append(first, r) })
	removeSecond := OnFault(func(r Report) { second = append(second, r) })
	err := Guard(func() { readByte = data[page] })
	removeFirst()
	removeFirst()
	_ = Guard(func() { readByte = data[page] })
	removeSecond()
	_ = Guard(func() { readByte = data[page] })
	if len(first) != 1 || len(second) != 2 {
		t.Fatalf("the hooks saw %d and %d faults, want 1 and 2", len(first), len(second))
	}
	if !errors.Is(err, first[0].Fault) || first[0].Fault.Name != "/hooked" || first[0].Signal != nil {
		t.Fatalf("the hook was told %+v, the caller %v", first[0], err)
	}
}

func TestAHookMayUseGuardAndRegister(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	calls := 0
	remove := OnFault(func(Report) {
		if calls++; calls == 1 {
			Register(data, "x", 0)()
			if err := Guard(func() { readByte = data[page] }); !errors.Is(err, ErrFault) {
				t.Errorf("Guard in a hook returned %v", err)
			}
		}
	})
	defer remove()
	_ = Guard(func() { readByte = data[page] })
	if calls != 2 {
		t.Fatalf("the hook ran %d times, want 2", calls)
	}
}

func TestAHookThatAlwaysFaultsComesToAnEnd(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	calls, into := 0, make([]byte, 8)
	remove := OnFault(func(Report) {
		if calls++; calls > 1000 {
			return // the stack would end the process
		}
		if err := Guard(func() { readByte = data[page] }); !errors.Is(err, ErrFault) {
			t.Errorf("Guard in a hook returned %v", err)
		}
		if _, err := Copy(into, data[page:]); !errors.Is(err, ErrFault) {
			t.Errorf("Copy in a hook returned %v", err)
		}
	})
	defer remove()
	for range 2 {
		calls = 0
		if err := Guard(func() { readByte = data[page] }); !errors.Is(err, ErrFault) {
			t.Fatal(err)
		}
		if calls != 3 { // for the fault, and for the two in that call
			t.Fatalf("the hook ran %d times, want 3", calls)
		}
	}
}

func TestStatsNameFilesUpToABound(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	before := Stats()
	fault := func(name string) {
		defer Register(data, name, 0)()
		_ = Guard(func() { readByte = data[page] })
	}
	const names = maxFiles + 10
	for i := range names {
		fault("file" + string(rune('A'+i)))
	}
	after := Stats()
	if got := after.Recovered - before.Recovered; got != names {
		t.Errorf("%d faults counted, want %d", got, names)
	}
	if len(after.Files) != maxFiles {
		t.Errorf("%d files are named, want %d", len(after.Files), maxFiles)
	}
	sum := after.Others
	for _, f := range after.Files {
		sum += f.Faults
	}
	if sum != after.Recovered {
		t.Errorf("files and others sum up to %d, of %d", sum, after.Recovered)
	}
}

func TestRegisteredRangesAreFoundWhileOthersComeAndGo(t *testing.T) {
	data, page := faulty(t, 16, 8), os.Getpagesize()
	defer Register(data, "whole", 0)()
	registered := Stats().Registered
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for g := range 4 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				part := data[g*page : (g+1)*page]
				a := Register(part, "part", 0)
				b := Register(part, "part", 0)
				a()
				if i%2 == 0 {
					Register(part, "part", 0)()
				}
				b()
			}
		})
	}
	for i := range 2000 {
		at := (8+i%8)*page + i%page
		var fault *FaultError
		if err := Guard(func() { readByte = data[at] }); !errors.As(err, &fault) {
			t.Fatal(err)
		}
		if fault.Name != "whole" || fault.Offset != int64(at) {
			t.Fatalf("fault at %d was found at %d of %q", at, fault.Offset, fault.Name)
		}
	}
	close(stop)
	wg.Wait()
	if now := Stats().Registered; now != registered {
		t.Fatalf("%d ranges registered, %d left over", now, now-registered)
	}
}

func TestTheRangeRegisteredLastIsFoundFirst(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	defer Register(data, "outer", 0)()
	inner := Register(data[page:], "inner", 5)
	name := func() string {
		var fault *FaultError
		errors.As(Guard(func() { readByte = data[page+1] }), &fault)
		return fault.Name
	}
	if got := name(); got != "inner" {
		t.Errorf("found %q", got)
	}
	inner()
	if got := name(); got != "outer" {
		t.Errorf("found %q after inner was unregistered", got)
	}
	Register(nil, "nothing", 0)()
}
