package metrics

import "github.com/absfs/shmkit/lock"

// Locked is any lock of package lock: a File, Range, Mutex, RWMutex or Semaphore.
type Locked interface{ Stats() lock.Stats }

type lockSource struct {
	name string
	l    Locked
}

// Lock shows a lock under a name. Handles on one lock may share a name; they
// are added up.
func Lock(name string, l Locked) Source { return lockSource{name, l} }

func (s lockSource) read(in *scrape) { in.locks.add(s.name, "", s.l.Stats(), addLocks) }

func addLocks(a, b lock.Stats) lock.Stats {
	a.Acquisitions += b.Acquisitions
	a.Waits += b.Waits
	a.Cancelled += b.Cancelled
	a.OwnerDeaths += b.OwnerDeaths
	addHistogram(&a.Wait, &b.Wait)
	addHistogram(&a.Hold, &b.Hold)
	return a
}

func addHistogram(a, b *lock.Histogram) {
	a.Sum += b.Sum
	for i := range a.Counts {
		a.Counts[i] += b.Counts[i]
	}
}

func (e emitter) lock(s *schema, v lock.Stats, name string) {
	e.counter(s.lockAcquired, float64(v.Acquisitions), name)
	e.counter(s.lockWaits, float64(v.Waits), name)
	e.counter(s.lockCancelled, float64(v.Cancelled), name)
	e.counter(s.lockDeaths, float64(v.OwnerDeaths), name)
	e.histogram(s.lockWait, fours(v.Wait.Counts[:], v.Wait.Sum), name)
	e.histogram(s.lockHold, fours(v.Hold.Counts[:], v.Hold.Sum), name)
}
