//go:build !386 && !arm

package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

func init() {
	roles["unreadable blocks"] = unreadableRole
	roles["unwritable blocks"] = unwritableRole
}

const deviceSize = 8 << 20

func TestAnUnreadableBlockIsEIO(t *testing.T) {
	eachPlan(t, func(t *testing.T, p plan) {
		_, dir := mountDevice(t, "file", numbered(deviceSize))
		var done string
		start(t, order{Role: "unreadable blocks", Plan: p, File: filepath.Join(dir, "file"), Dir: dir, Size: deviceSize}).finish(&done)
		t.Log(done)
	})
}

// breakDevice makes reads, writes or nothing fail.
func breakDevice(dir, what string) error {
	if what == "" {
		what = "nothing"
	}
	return os.WriteFile(filepath.Join(dir, "switch"), []byte(what), 0)
}

// wantEIO checks what an operation on a broken device returned.
func wantEIO(what string, f *memmapfs.MappedFile, err error) error {
	var pe *fs.PathError
	switch {
	case err == nil:
		return fmt.Errorf("%s: no error", what)
	case !errors.As(err, &pe) || pe.Path != f.Name():
		return fmt.Errorf("%s: the error does not name the file: %w", what, err)
	case !errors.Is(err, unix.EIO):
		return fmt.Errorf("%s: not EIO: %w", what, err)
	}
	return nil
}

func unreadableRole(o order) (any, error) {
	before, err := held()
	if err != nil {
		return nil, err
	}
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	ready()
	if err := breakDevice(o.Dir, "reads"); err != nil {
		return nil, err
	}
	var text string
	err = beside(f, 0, deviceSize, func() (err error) { text, err = unreadable(f, o); return err }, unix.EIO)
	return text, errors.Join(err, f.Close(), m.Close(), before.leaked(o.Dir))
}

// unreadable reads blocks that are good, bad, and mended.
func unreadable(f *memmapfs.MappedFile, o order) (string, error) {
	p, want := make([]byte, 10_000), numbered(deviceSize)
	if _, err := f.ReadAt(p, 1000); err != nil || !bytes.Equal(p, want[1000:11_000]) {
		return "", fmt.Errorf("a good block: %w", err)
	}
	const bad = deviceSize/2 + 1<<20
	_, rerr := f.ReadAt(p, bad)
	_, werr := f.WriteAt([]byte("x"), bad+deviceSize/4)
	if err := wantEIO("read", f, rerr); err != nil {
		return "", err
	}
	if werr != nil || o.Plan.private() { // a write need not read the block
		if err := wantEIO("write", f, werr); err != nil {
			return "", err
		}
	}
	v, err := f.View(bad, 10_000)
	if err != nil {
		return "", err
	}
	var fault *sigbus.FaultError
	if _, err := sigbus.Copy(p, v.Bytes()); !errors.As(err, &fault) || fault.Name != f.Name() {
		return "", fmt.Errorf("a view of a bad block: %w", err)
	}
	if err := breakDevice(o.Dir, ""); err != nil {
		return "", err
	}
	if _, err := sigbus.Copy(p, v.Bytes()); err != nil || !bytes.Equal(p, want[bad:bad+10_000]) {
		return "", fmt.Errorf("a view of the mended block: %w", err)
	}
	v.Release()
	if _, err := f.ReadAt(p, bad); err != nil || !bytes.Equal(p, want[bad:bad+10_000]) {
		return "", fmt.Errorf("the mended block: %w", err)
	}
	if f.Stats().Faults == 0 {
		return "", errors.New("the handle counted no fault")
	}
	return rerr.Error(), nil
}

func TestAFailedWriteBackIsReturnedBySync(t *testing.T) {
	for _, p := range plans {
		if p.private() {
			continue // writes nothing back
		}
		t.Run(p.Name, func(t *testing.T) {
			d, dir := mountDevice(t, "file", numbered(deviceSize))
			c := start(t, order{Role: "unwritable blocks", Plan: p, File: filepath.Join(dir, "file"), Dir: dir, Size: deviceSize})
			var done string
			c.finish(&done)
			t.Log(done)
			d.mu.Lock()
			defer d.mu.Unlock()
			for i, text := range unwritten {
				if got := string(d.content[i<<20:][:len(text)]); got != text {
					t.Errorf("after the Sync that succeeded the device holds %q, want %q", got, text)
				}
			}
		})
	}
}

var unwritten = []string{"first", "second", "third"}

// unwritableRole writes, fails to sync, and syncs when the device is well
// again, without writing anew.
func unwritableRole(o order) (any, error) {
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	ready()
	for i, text := range unwritten { // through the map: a descriptor's writes go to the device at once
		v, err := f.View(int64(i)<<20, int64(len(text)))
		if err != nil {
			return nil, err
		}
		if _, err := sigbus.Copy(v.Bytes(), []byte(text)); err != nil {
			return nil, err
		}
		defer v.Release() // FUSE writes back what is unmapped
	}
	if err := breakDevice(o.Dir, "writes"); err != nil {
		return nil, err
	}
	var serr error
	err = beside(f, int64(len(unwritten))<<20, deviceSize, func() error { serr = f.Sync(); return wantEIO("sync", f, serr) }, unix.EIO)
	if err != nil {
		return nil, err
	}
	if err := breakDevice(o.Dir, ""); err != nil {
		return nil, err
	}
	// The kernel may have tried again in between, and failed, and says so once.
	if err := f.Sync(); err != nil {
		if err = f.Sync(); err != nil {
			return nil, fmt.Errorf("sync of the mended device: %w", err)
		}
	}
	return serr.Error(), errors.Join(f.Close(), m.Close())
}
