//go:build !386 && !arm

package faults

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync"
	"syscall"
	"testing"

	gofuse "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// The FUSE library does not build for 32 bits.

// A device is the storage of one file; it fails when told. It is served by the
// parent: a process that waits for pages it has to serve itself would stop at
// the next garbage collection.
type device struct {
	mu      sync.Mutex
	content []byte
	broken  string // "reads": those of the second half fail; "writes": all do
}

// mountDevice mounts a file system with the file name, which holds content, and
// the file "switch": what is written there is what fails from then on.
func mountDevice(t *testing.T, name string, content []byte) (d *device, dir string) {
	t.Helper()
	needRoot(t)
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("platform: emulated, FUSE speaks the byte order of the kernel")
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skipf("kernel: %v", err)
	}
	d = &device{content: content}
	dir = t.TempDir()
	root := &gofuse.Inode{}
	server, err := gofuse.Mount(dir, root, &gofuse.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "device"},
		OnAdd: func(ctx context.Context) {
			for file, node := range map[string]gofuse.InodeEmbedder{name: &storage{d: d}, "switch": &breaker{d: d}} {
				root.AddChild(file, root.NewPersistentInode(ctx, node, gofuse.StableAttr{Mode: unix.S_IFREG}), true)
			}
		},
	})
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENODEV) {
		t.Skipf("kernel: mounting fuse: %v", err)
	}
	must(t, err)
	t.Cleanup(func() {
		if err := server.Unmount(); err != nil {
			t.Errorf("unmounting %s: %v", dir, err)
			_ = unix.Unmount(dir, unix.MNT_DETACH)
		}
	})
	return d, dir
}

// storage is the device's file.
type storage struct {
	gofuse.Inode
	d *device
}

var (
	_ gofuse.NodeGetattrer = (*storage)(nil)
	_ gofuse.NodeOpener    = (*storage)(nil)
	_ gofuse.NodeReader    = (*storage)(nil)
	_ gofuse.NodeWriter    = (*storage)(nil)
	_ gofuse.NodeFsyncer   = (*storage)(nil)
)

func (s *storage) Getattr(_ context.Context, _ gofuse.FileHandle, out *fuse.AttrOut) syscall.Errno {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	out.Mode, out.Nlink, out.Size = unix.S_IFREG|0o600, 1, uint64(len(s.d.content))
	return 0
}

func (s *storage) Open(context.Context, uint32) (gofuse.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_KEEP_CACHE, 0
}

func (s *storage) Read(_ context.Context, _ gofuse.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.d.broken == "reads" && off+int64(len(dest)) > int64(len(s.d.content))/2 {
		return nil, unix.EIO
	}
	if off >= int64(len(s.d.content)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, s.d.content[off:])]), 0
}

func (s *storage) Write(_ context.Context, _ gofuse.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	if s.d.broken == "writes" {
		return 0, unix.EIO
	}
	if off+int64(len(data)) > int64(len(s.d.content)) {
		return 0, unix.ENOSPC
	}
	return uint32(copy(s.d.content[off:], data)), 0
}

func (s *storage) Fsync(context.Context, gofuse.FileHandle, uint32) syscall.Errno { return 0 }

// breaker is the file that switches failures.
type breaker struct {
	gofuse.Inode
	d *device
}

var (
	_ gofuse.NodeOpener    = (*breaker)(nil)
	_ gofuse.NodeWriter    = (*breaker)(nil)
	_ gofuse.NodeSetattrer = (*breaker)(nil)
)

func (b *breaker) Open(context.Context, uint32) (gofuse.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

func (b *breaker) Setattr(context.Context, gofuse.FileHandle, *fuse.SetAttrIn, *fuse.AttrOut) syscall.Errno {
	return 0
}

func (b *breaker) Write(_ context.Context, _ gofuse.FileHandle, data []byte, _ int64) (uint32, syscall.Errno) {
	b.d.mu.Lock()
	defer b.d.mu.Unlock()
	b.d.broken = string(data)
	return uint32(len(data)), 0
}
