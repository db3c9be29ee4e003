package memmapfs

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// MappingMode decides how files are mapped. What a handle may do is decided by
// the flags it was opened with.
type MappingMode int

// The mapping modes.
const (
	// ModeReadOnly maps handles that only read; handles opened for writing use
	// plain reads and writes.
	ModeReadOnly MappingMode = iota
	// ModeReadWrite maps shared: writes reach the file and every process that
	// maps it.
	ModeReadWrite
	// ModeCopyOnWrite keeps every change in private memory.
	ModeCopyOnWrite
	// ModeExecute maps handles that only read with permission to execute.
	ModeExecute
)

// SyncMode decides when written data is made durable without being asked.
// Sync makes it durable at once under every mode. A handle that works by plain
// reads and writes (FileStats.Mapped is false) flushes the whole file where others
// flush pages.
type SyncMode int

// The sync modes.
const (
	SyncImmediate SyncMode = iota // before each write returns
	SyncPeriodic                  // every SyncInterval, and at Close
	SyncLazy                      // at Close
	SyncNever                     // when the kernel likes
)

// MappingPolicy decides what happens where mapping is impossible.
type MappingPolicy int

// The mapping policies.
const (
	MapAuto    MappingPolicy = iota // plain reads and writes instead
	MapRequire                      // an error that matches ErrNotMappable
)

// DefaultSyncInterval is used by SyncPeriodic when Config.SyncInterval is 0.
const DefaultSyncInterval = 5 * time.Second

// DefaultMaxWindows is used when Config.MaxWindows is 0.
const DefaultMaxWindows = 8

// Config says how a MemMapFS maps files. Any field may be left out, but what that
// means for Mode and SyncMode is ModeReadOnly and SyncImmediate, and not what
// DefaultConfig has: set both, or change what DefaultConfig returns.
type Config struct {
	Mode         MappingMode
	SyncMode     SyncMode
	SyncInterval time.Duration // of SyncPeriodic; 0 is DefaultSyncInterval

	MapFullFile bool  // map whole files, whatever WindowSize says
	WindowSize  int64 // bytes mapped at a time; 0 maps whole files; rounded up to the granularity, on hugetlbfs to huge pages
	WindowSlide bool  // on sequential access ask for the next window ahead
	MaxWindows  int   // windows kept mapped per file; 0 is DefaultMaxWindows

	Preload       bool // fault the pages in before Open returns
	PreloadAsync  bool // start reading the pages at Open, do not wait
	PopulatePages bool // prepare page tables at Open (MAP_POPULATE)
	UseHugePages  bool // huge pages where the file system or the kernel gives them
	Advice        Advice
	LockMemory    bool // keep mapped pages in memory, also those of growth; Open fails where the limit forbids it
	NoCache       bool // bypass the page cache for plain reads and writes (F_NOCACHE)
	NoDump        bool // leave mapped memory out of core dumps
	DAX           bool // MAP_SYNC; an error where the file system has no DAX, and with ModeCopyOnWrite

	// ColdFaults lets a read of a page that is not in memory fault, which stops
	// the processor it runs on, goroutines and all. Without it such a page is
	// brought in by a system call first, and other goroutines run meanwhile.
	ColdFaults bool

	// GrowAhead makes writes past the end set the file's length this many bytes
	// ahead (2 MiB and more are rounded up to huge pages), so that most of them need
	// no system call. Other processes see the bytes ahead as zeros until Sync,
	// Truncate or Close cuts them off, or the runtime when it collects a handle that
	// was dropped; after an exit without Close, a kill or a power cut nobody does, and
	// the file is longer than its data. 0 keeps the length exact after every call.
	//
	// It serves handles opened for writing that map the whole file: not with
	// O_APPEND, ModeCopyOnWrite or windows, not by plain reads and writes, not on
	// Windows. FileStats.Refusals says so ("grow ahead").
	GrowAhead int64

	Mapping     MappingPolicy
	OnSyncError func(name string, err error) // called when a background sync fails

	// Logger is told of what no call returns: handles that fell back to plain
	// reads and writes, mappings and settings the system refused, settings that
	// do nothing for a handle, background syncs that failed. Nil: nobody is.
	Logger *slog.Logger
}

// DefaultConfig returns the configuration that nil stands for: whole files,
// mapped shared, flushed at Close.
func DefaultConfig() *Config {
	return &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, MapFullFile: true}
}

// Validate reports the first field with a value that means nothing.
func (c *Config) Validate() error {
	switch {
	case c.Mode < ModeReadOnly || c.Mode > ModeExecute:
		return fmt.Errorf("%w: Mode %d", ErrConfig, int(c.Mode))
	case c.SyncMode < SyncImmediate || c.SyncMode > SyncNever:
		return fmt.Errorf("%w: SyncMode %d", ErrConfig, int(c.SyncMode))
	case c.SyncInterval < 0:
		return fmt.Errorf("%w: SyncInterval %v", ErrConfig, c.SyncInterval)
	case c.WindowSize < 0:
		return fmt.Errorf("%w: WindowSize %d", ErrConfig, c.WindowSize)
	case c.MaxWindows < 0:
		return fmt.Errorf("%w: MaxWindows %d", ErrConfig, c.MaxWindows)
	case c.GrowAhead < 0:
		return fmt.Errorf("%w: GrowAhead %d", ErrConfig, c.GrowAhead)
	case c.Advice < AdviceNormal || c.Advice > adviceLast:
		return fmt.Errorf("%w: Advice %d", ErrConfig, int(c.Advice))
	case c.Mapping < MapAuto || c.Mapping > MapRequire:
		return fmt.Errorf("%w: Mapping %d", ErrConfig, int(c.Mapping))
	}
	return nil
}

// withDefaults returns a copy of c with the defaults filled in.
func (c *Config) withDefaults() (Config, error) {
	if c == nil {
		c = DefaultConfig()
	}
	out := *c
	if out.SyncInterval == 0 {
		out.SyncInterval = DefaultSyncInterval
	}
	if out.MaxWindows == 0 {
		out.MaxWindows = DefaultMaxWindows
	}
	return out, c.Validate()
}

// ErrConfig is matched by what Validate returns, and where New was given no file system.
var ErrConfig = errors.New("memmapfs: invalid config")
