package sigbus

import "sync/atomic"

// maxFiles bounds the number of files faults are counted for by name.
const maxFiles = 64

// Counters is what the package has seen since the program began.
type Counters struct {
	Recovered  uint64 // faults made errors
	Passed     uint64 // faults at addresses that were not mapped, passed on as panics
	Sent       uint64 // SIGBUS signals sent by a process, seen by WatchSent
	Registered int64  // ranges registered at the moment

	// Files counts the recovered faults of the files that faulted first, at
	// most 64 of them; Others those of further files and of memory without a name.
	Files  []FileFaults
	Others uint64
}

// FileFaults counts the faults of one file.
type FileFaults struct {
	Name   string
	Faults uint64
}

var (
	recoveredFaults, passed, sent, others atomic.Uint64

	files [maxFiles]atomic.Pointer[fileCount]
)

type fileCount struct {
	name   string
	faults atomic.Uint64
}

// count adds one fault to the file called name. It takes no lock: a slot is
// empty, or belongs to one name for ever.
func count(name string) {
	recoveredFaults.Add(1)
	if name == "" {
		others.Add(1)
		return
	}
	for i := range files {
		slot := files[i].Load()
		if slot == nil {
			fresh := &fileCount{name: name}
			if files[i].CompareAndSwap(nil, fresh) {
				slot = fresh
			} else {
				slot = files[i].Load()
			}
		}
		if slot.name == name {
			slot.faults.Add(1)
			return
		}
	}
	others.Add(1)
}

// Stats returns the counters. Each is exact; together they are a snapshot only
// while no fault happens.
func Stats() Counters {
	c := Counters{
		Recovered:  recoveredFaults.Load(),
		Passed:     passed.Load(),
		Sent:       sent.Load(),
		Registered: ranges.size.Load(),
		Others:     others.Load(),
	}
	for i := range files {
		if slot := files[i].Load(); slot != nil {
			c.Files = append(c.Files, FileFaults{Name: slot.name, Faults: slot.faults.Load()})
		}
	}
	return c
}
