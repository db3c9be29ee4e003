package metrics

import (
	"github.com/absfs/shmkit/memmapfs"
	"github.com/prometheus/client_golang/prometheus"
)

type fsSource struct {
	name string
	fs   *memmapfs.MemMapFS
}

// FS shows a file system under a name.
func FS(name string, fs *memmapfs.MemMapFS) Source { return fsSource{name, fs} }

func (s fsSource) read(in *scrape) { in.systems.add(s.name, "", s.fs.Stats(), addSystems) }

func addSystems(a, b memmapfs.FSStats) memmapfs.FSStats {
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
	in.systems.each(func(name, _ string, v memmapfs.FSStats) {
		addresses = float64(v.AddressBytes)
		e.gauge(s.fsOpen, float64(v.OpenMapped), name, "mapped")
		e.gauge(s.fsOpen, float64(v.Open-v.OpenMapped), name, "plain")
		e.counter(s.fsOpens, float64(v.Opened), name)
		e.counter(s.fsPlainOpens, float64(v.OpenedPlain), name)
		e.gauge(s.fsMapped, float64(v.MappedBytes), name)
		e.gauge(s.fsViews, float64(v.Views), name)
		e.gauge(s.fsImages, float64(v.PrivateImages), name)
		e.counter(s.fsFaults, float64(v.Faults), name)
		e.counter(s.fsRemaps, float64(v.Remaps), name)
		e.counter(s.fsRefused, float64(v.Refused), name)
		e.counter(s.fsSlides, float64(v.Slides), name)
		e.counter(s.fsPopulates, float64(v.Populates), name)
		e.counter(s.fsPlainReads, float64(v.PlainReads), name)
		e.counter(s.fsFlushedBytes, float64(v.FlushedBytes), name)
		e.counter(s.fsFileSyncs, float64(v.FileSyncs), name)
		e.counter(s.fsSyncErrors, float64(v.SyncErrors), name)
		e.ch <- prometheus.MustNewConstSummary(s.fsSyncDuration, uint64(v.Flushes), v.SyncTime.Seconds(), nil, name)
	})
	if len(in.systems.values) > 0 {
		e.gauge(s.fsAddresses, addresses)
	}
}
