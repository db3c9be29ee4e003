package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

func init() {
	roles["grow until full"] = growRole
	roles["fill holes"] = holesRole
}

const diskSize = 6 << 20

// ballast is a file whose removal makes room again.
const ballast = "ballast"

func TestGrowthOnAFullDiskIsENOSPCAndLosesNothing(t *testing.T) {
	onSmallDisks(t, "grow until full")
}

func TestAWriteIntoAHoleOfAFullDiskIsAnError(t *testing.T) {
	onSmallDisks(t, "fill holes")
}

func onSmallDisks(t *testing.T, role string) {
	for _, disk := range smallDisks {
		t.Run(disk.name, func(t *testing.T) {
			for _, p := range plans {
				if p.private() {
					continue // takes no space on the disk
				}
				t.Run(p.Name, func(t *testing.T) {
					dir := disk.make(t, diskSize)
					writeFile(t, filepath.Join(dir, ballast), numbered(2<<20))
					c := start(t, order{Role: role, Plan: p, File: filepath.Join(dir, "file"), Dir: dir, Size: 2 * diskSize})
					var blocks int
					c.finish(&blocks)
					if blocks == 0 {
						t.Error("nothing was written before the disk was full")
					}
				})
			}
		})
	}
}

const block = 48 << 10 // no multiple of a window

// growRole appends blocks until the disk is full, makes room, and goes on.
func growRole(o order) (any, error) {
	return fillRole(o, func(f *memmapfs.MappedFile, p []byte, i int) error {
		_, err := f.Write(p)
		return err
	})
}

// holesRole writes into a file that consists of holes until the disk is full,
// makes room, and goes on.
func holesRole(o order) (any, error) {
	if err := os.WriteFile(o.File, nil, 0o600); err != nil {
		return nil, err
	}
	if err := os.Truncate(o.File, o.Size); err != nil {
		return nil, err
	}
	return fillRole(o, func(f *memmapfs.MappedFile, p []byte, i int) error {
		_, err := f.WriteAt(p, int64(i)*block)
		return err
	})
}

// fillRole puts one block after another until that fails.
func fillRole(o order, put func(f *memmapfs.MappedFile, p []byte, i int) error) (any, error) {
	stop := told()
	before, err := held()
	if err != nil {
		return nil, err
	}
	mfs, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(mfs, o.File, os.O_RDWR|os.O_CREATE)
	if err != nil {
		return nil, err
	}
	ready()
	<-stop
	g, done := newGang(), new(atomic.Int64)
	for i := range 7 {
		random := rand.New(rand.NewPCG(8, uint64(i)))
		g.add(func() error { return again(f, random, done, i < 3) })
	}
	full, err := fill(f, put, 0, done)
	if err != nil {
		return nil, err
	}
	if err := intact(f, full); err != nil {
		return nil, fmt.Errorf("after the disk was full: %w", err)
	}
	if err := os.Remove(filepath.Join(o.Dir, ballast)); err != nil {
		return nil, err
	}
	if _, err := f.Seek(int64(full)*block, 0); err != nil {
		return nil, err
	}
	more, err := fill(f, put, full, done)
	if err = errors.Join(err, g.end()); err != nil {
		return nil, err
	}
	if more < full+(1<<20)/block {
		return nil, fmt.Errorf("%d blocks before room was made, only %d afterwards", full, more)
	}
	if err := intact(f, more); err != nil {
		return nil, fmt.Errorf("after there was room again: %w", err)
	}
	if err := os.Truncate(o.File, int64(full)*block); err != nil { // so that closing finds room
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	if err := mfs.Close(); err != nil {
		return nil, err
	}
	return full, before.leaked(o.Dir)
}

// blockOf is the content of the ith block.
func blockOf(i int) []byte { return bytes.Repeat([]byte{byte(i + 1)}, block) }

// fill puts blocks from the given one on and returns how many there are when
// the disk is full. Every other error is one.
func fill(f *memmapfs.MappedFile, put func(*memmapfs.MappedFile, []byte, int) error, from int, done *atomic.Int64) (int, error) {
	for i := from; ; i++ {
		err := put(f, blockOf(i), i)
		if err == nil {
			done.Store(int64(i) + 1)
			continue
		}
		var pe *fs.PathError
		if !errors.As(err, &pe) || pe.Path != f.Name() {
			return 0, fmt.Errorf("the error does not name the file: %w", err)
		}
		if !errors.Is(err, unix.ENOSPC) {
			return 0, fmt.Errorf("block %d: not ENOSPC: %w", i, err)
		}
		return i, nil
	}
}

// again reads one of the blocks that are there, or writes it anew; a full disk has
// the room that it takes already.
func again(f *memmapfs.MappedFile, r *rand.Rand, done *atomic.Int64, write bool) error {
	n := done.Load()
	if n == 0 {
		time.Sleep(time.Millisecond)
		return nil
	}
	i := r.Int64N(n)
	want := blockOf(int(i))
	if write {
		_, err := f.WriteAt(want, i*block)
		return err
	}
	got := make([]byte, block)
	if _, err := f.ReadAt(got, i*block); err != nil || !bytes.Equal(got, want) {
		return fmt.Errorf("reading block %d beside: equal %v, %w", i, bytes.Equal(got, want), err)
	}
	return nil
}

// intact reads the blocks back, through the handle and through a view.
func intact(f *memmapfs.MappedFile, blocks int) error {
	got := make([]byte, block)
	for i := range blocks {
		if n, err := f.ReadAt(got, int64(i)*block); err != nil || n != block {
			return fmt.Errorf("block %d: %d, %w", i, n, err)
		}
		if !bytes.Equal(got, blockOf(i)) {
			return fmt.Errorf("block %d changed", i)
		}
	}
	v, err := f.View(0, block)
	if err != nil {
		return err
	}
	defer v.Release()
	same := false
	if err := sigbus.Guard(func() { same = bytes.Equal(v.Bytes(), blockOf(0)) }); err != nil {
		return err
	}
	if !same {
		return errors.New("the view of the first block differs")
	}
	return nil
}
