package memmapfs

import (
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// prepare applies what the config says about memory to data, which shows the
// file from off. Refusals are noted in the statistics; only memory that must be
// locked and cannot be is an error.
func (f *MappedFile) prepare(data []byte, off int64) error {
	shown := f.equip(data, off)
	if f.cfg.LockMemory {
		if err := mmap.Lock(shown); err != nil {
			return required{lockError(err, int64(len(shown)))}
		}
	}
	return nil
}

// equip is prepare without the lock. It returns what of data the file reaches.
func (f *MappedFile) equip(data []byte, off int64) (shown []byte) {
	shown = data[:max(0, min(int64(len(data)), f.wholePages()-off))]
	f.advise(data)
	f.bring(shown, off)
	return shown
}

// bring has shown in memory as early as the config says.
func (f *MappedFile) bring(shown []byte, off int64) {
	if f.cfg.PreloadAsync {
		f.note(mmap.Advise(shown, mmap.WillNeed), "preload")
	}
	if f.cfg.Preload || f.cfg.PopulatePages {
		f.note(f.preload(shown, off), "preload")
	}
}

// advise gives the advice that the config has for data, which is fresh.
func (f *MappedFile) advise(data []byte) {
	if f.cfg.NoDump {
		f.note(mmap.Advise(data, mmap.DontDump), "no dump")
	}
	if f.cfg.UseHugePages && !mmap.LargePagesWhenMapped && mmap.KindOf(f.native).HugePage == 0 {
		f.note(mmap.Advise(data, mmap.HugePage), "huge pages")
	}
	if f.cfg.Advice != AdviceNormal {
		f.note(mmap.Advise(data, mmap.Advice(f.cfg.Advice)), "advice "+f.cfg.Advice.String())
	}
}

// wholePages is the length of the file rounded up to pages.
func (f *MappedFile) wholePages() int64 { return roundUp(f.size.Load(), int64(mmap.PageSize())) }

// mapRange maps n bytes of the file from off, in large pages where the config
// asks for them, it is now that the system wants to know, and it gives them. The
// file becomes no longer.
func (f *MappedFile) mapRange(file *os.File, off int64, n int, prot mmap.Prot, flags mmap.Flag) ([]byte, error) {
	if f.cfg.UseHugePages && mmap.LargePagesWhenMapped {
		data, err := mmap.Map(file, off, n, prot, flags|mmap.LargePages)
		if err == nil {
			return data, nil
		}
		f.note(err, "huge pages")
	}
	if prot&mmap.Write == 0 || off+int64(n) <= f.size.Load() || mmap.KindOf(file).HugePage == 0 {
		return mmap.Map(file, off, n, prot, flags)
	}
	data, err := mmap.Map(file, off, n, prot&^mmap.Write, flags) // as in windows.mapAt
	if err != nil {
		return nil, err
	}
	if err := mmap.Protect(data, prot); err != nil {
		return nil, errors.Join(err, mmap.Unmap(data))
	}
	return data, nil
}

// preload faults data in, by reading it where the kernel has no call for that.
func (f *MappedFile) preload(data []byte, off int64) error {
	err := mmap.Populate(data, false)
	if errors.Is(err, errors.ErrUnsupported) {
		if f.img != nil { // which is not what the descriptor reads
			return touch(data)
		}
		return errors.Join(f.prefetch(data, off), touch(data))
	}
	return err
}

// touch reads a byte of every page, so that each is in the page table.
func touch(data []byte) error {
	one := make([]byte, 1)
	return sigbus.Guard(func() {
		for at := 0; at < len(data); at += mmap.PageSize() {
			copy(one, data[at:])
		}
	})
}

func lockError(err error, n int64) error {
	if limit, ok := mmap.LockLimit(); ok {
		return fmt.Errorf("lock %d bytes, of %d that RLIMIT_MEMLOCK allows the process: %w", n, limit, err)
	}
	return fmt.Errorf("lock %d bytes: %w", n, err)
}

// note keeps a refusal of the system for the statistics.
func (f *MappedFile) note(err error, what string) {
	if err == nil {
		return
	}
	f.log(slog.LevelWarn, "memmapfs: the system refused a setting", err, slog.String("setting", what))
	f.keepRefusal(err, what)
}

// keepRefusal has FileStats.Refusals say why the handle goes without what.
func (f *MappedFile) keepRefusal(err error, what string) {
	f.stats.mu.Lock()
	defer f.stats.mu.Unlock()
	if f.stats.refusals == nil {
		f.stats.refusals = make(map[string]string)
	}
	f.stats.refusals[what] = err.Error()
}
