package shm

import (
	"io/fs"

	"github.com/absfs/shmkit/shm/region"
)

// Options say how a region is found, made and used; nil is legal everywhere.
type Options = region.Options

// Create makes the region called name with size bytes of payload and attaches
// to it. See [region.Create].
func Create(name string, size int64, o *Options) (*region.Region, error) {
	return region.Create(name, size, o)
}

// Open attaches to the region called name; with Options.Create and Size it makes
// a missing one. See [region.Open].
func Open(name string, o *Options) (*region.Region, error) { return region.Open(name, o) }

// Remove takes the region called name away unless a living process is attached,
// which is ErrInUse. See [region.Remove].
func Remove(name string, o *Options) error { return region.Remove(name, o) }

// List describes the regions of a folder. See [region.List].
func List(o *Options) ([]region.Info, error) { return region.List(o) }

// Stat describes the region called name without attaching. See [region.Stat].
func Stat(name string, o *Options) (region.Info, error) { return region.Stat(name, o) }

// Reap removes the regions of a folder that no living process is attached to and
// returns their names. See [region.Reap].
func Reap(o *Options) ([]string, error) { return region.Reap(o) }

// The errors callers ask for most; package region has them all.
var (
	ErrExist     = fs.ErrExist         // the name is taken
	ErrNotExist  = fs.ErrNotExist      // there is no such region
	ErrInUse     = region.ErrInUse     // living processes are attached
	ErrBusy      = region.ErrBusy      // the seat is taken
	ErrNotRegion = region.ErrNotRegion // the file is something else
	ErrKind      = region.ErrKind      // the region holds another kind of data
	ErrVersion   = region.ErrVersion   // the region has another version
	ErrCorrupt   = region.ErrCorrupt   // the header is damaged
	ErrUnlinked  = region.ErrUnlinked  // the region was removed or replaced
)
