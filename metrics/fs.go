package metrics

import (
	"github.com/absfs/shmkit/internal/host"
	"github.com/absfs/shmkit/memmapfs"
)

// fsStats are a file system's counters and what the system says about its pages.
type fsStats struct {
	memmapfs.FSStats
	resident int64
}

type fsSource struct {
	name string
	fs   *memmapfs.MemMapFS
}

// FS shows a file system under a name.
func FS(name string, fs *memmapfs.MemMapFS) Source { return fsSource{name, fs} }

func (s fsSource) read(in *scrape) {
	in.systems.add(s.name, "", fsStats{s.fs.Stats(), s.fs.Resident()}, addSystems)
	if minor, major, err := host.PageFaults(); err == nil {
		in.pageFaults = &pageFaults{minor, major}
	}
}

// pageFaults are those of the whole process.
type pageFaults struct{ minor, major uint64 }

func addSystems(a, b fsStats) fsStats {
	a.resident += b.resident
	a.Hits += b.Hits
	a.SyncFailures += b.SyncFailures
	for i, n := range b.SyncTimes {
		a.SyncTimes[i] += n
	}
	a.Open += b.Open
	a.OpenMapped += b.OpenMapped
	a.Opened += b.Opened
	a.OpenedPlain += b.OpenedPlain
	a.MappedBytes += b.MappedBytes
	a.Views += b.Views
	a.PrivateImages += b.PrivateImages
	a.AddressBytes = b.AddressBytes // of the whole process
	a.Faults += b.Faults
	a.Remaps += b.Remaps
	a.Refused += b.Refused
	a.Slides += b.Slides
	a.Populates += b.Populates
	a.PlainReads += b.PlainReads
	a.Flushes += b.Flushes
	a.FlushedBytes += b.FlushedBytes
	a.FileSyncs += b.FileSyncs
	a.SyncErrors += b.SyncErrors
	a.SyncTime += b.SyncTime
	return a
}

func (in *scrape) fileSystems(s *schema, e emitter) {
	var addresses float64
	in.systems.each(func(name, _ string, v fsStats) {
		addresses = float64(v.AddressBytes)
		e.gauge(s.fsOpen, float64(v.OpenMapped), name, "mapped")
		e.gauge(s.fsOpen, float64(v.Open-v.OpenMapped), name, "plain")
		e.counter(s.fsOpens, float64(v.Opened), name)
		e.counter(s.fsPlainOpens, float64(v.OpenedPlain), name)
		e.gauge(s.fsMapped, float64(v.MappedBytes), name)
		e.gauge(s.fsResident, float64(v.resident), name)
		e.gauge(s.fsViews, float64(v.Views), name)
		e.gauge(s.fsImages, float64(v.PrivateImages), name)
		e.counter(s.fsFaults, float64(v.Faults), name)
		e.counter(s.fsRemaps, float64(v.Remaps), name)
		e.counter(s.fsRefused, float64(v.Refused), name)
		e.counter(s.fsSlides, float64(v.Slides), name)
		e.counter(s.fsHits, float64(v.Hits), name)
		e.counter(s.fsPopulates, float64(v.Populates), name)
		e.counter(s.fsPlainReads, float64(v.PlainReads), name)
		e.counter(s.fsFlushedBytes, float64(v.FlushedBytes), name)
		e.counter(s.fsFileSyncs, float64(v.FileSyncs), name)
		e.counter(s.fsSyncFailures, float64(v.SyncFailures), name)
		e.counter(s.fsSyncErrors, float64(v.SyncErrors), name)
		e.histogram(s.fsSyncDuration, fours(v.SyncTimes[:], v.SyncTime), name)
	})
	if len(in.systems.values) > 0 {
		e.gauge(s.fsAddresses, addresses)
	}
	if in.pageFaults != nil {
		e.counter(s.pageFaults, float64(in.pageFaults.minor), "minor")
		e.counter(s.pageFaults, float64(in.pageFaults.major), "major")
	}
}
