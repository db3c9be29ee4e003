package region

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/absfs/shmkit/internal/shmfile"
	"github.com/absfs/shmkit/sigbus"
)

const snapshotChunk = 1 << 20

// SaveTo writes the region to a file of this user alone and returns when it is
// durable. An older file of that name is replaced only then, at once, unless it
// is a region, which is fs.ErrExist. What is written is the memory as it is met from front to back: whoever wants one
// moment of it has its writers pause. It blocks.
func (r *Region) SaveTo(path string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed.Load() {
		return pathError("save region", r.label(), fs.ErrClosed)
	}
	return pathError("save region", path, r.saveTo(path))
}

func (r *Region) saveTo(path string) (err error) {
	if err := noRegionAt(path); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".shmkit-*.saving")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name())
		}
	}()
	if err := errors.Join(r.writeSnapshot(f), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	d, err := shmfile.OpenDir(path, false)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// noRegionAt keeps a snapshot from taking a region's name away.
func noRegionAt(path string) error {
	f, h, err := openSnapshot(path, &Options{AnyOwner: true})
	if err != nil {
		return nil
	}
	defer f.Close()
	if h.flags&flagSnapshot == 0 {
		return fmt.Errorf("%w: it is a region, a snapshot replaces snapshots only", fs.ErrExist)
	}
	return nil
}

// writeSnapshot writes payload and header, the header last, since it carries
// the checksum of the bytes that really were written.
func (r *Region) writeSnapshot(f *os.File) error {
	h := r.hdr
	h.flags |= flagSnapshot
	h.payloadOff = frontSize
	h.fileSize = alignUp(h.payloadOff+h.payloadLen, fileAlign)
	if err := f.Truncate(h.fileSize); err != nil {
		return err
	}
	chunk := make([]byte, min(snapshotChunk, len(r.payload)))
	for at := 0; at < len(r.payload); {
		n, err := sigbus.Copy(chunk, r.payload[at:])
		if err != nil {
			return err
		}
		if _, err := f.WriteAt(chunk[:n], h.payloadOff+int64(at)); err != nil {
			return err
		}
		h.payloadSum = crc32.Update(h.payloadSum, castagnoli, chunk[:n])
		at += n
	}
	page := make([]byte, headerSize)
	h.encode(page)
	if _, err := f.WriteAt(page, 0); err != nil {
		return err
	}
	return f.Sync()
}

// CreateFrom makes the region called name of what SaveTo wrote to path, or of
// the file of a persistent region. Size, Kind, Version, Schema and persistence
// are those of the file; where the options set Size, Kind or Schema too they
// must agree. The new region has an identity of its own.
//
// Errors, as [*fs.PathError]: those of Create; the refusals of Open about the
// file at path; ErrChecksum when a snapshot's payload is not what was written.
func CreateFrom(name, path string, o *Options) (*Region, error) {
	opts, err := o.resolve()
	if err != nil {
		return nil, pathError("create region", shown(name), err)
	}
	f, h, err := openSnapshot(path, &opts)
	if err != nil {
		return nil, pathError("open snapshot", path, err)
	}
	defer f.Close()
	then := opts.Init
	opts.Kind, opts.Version, opts.Schema = h.kind, h.version, h.schema
	opts.Persistent = opts.Persistent || h.flags&flagPersistent != 0
	opts.Init = func(payload []byte) error {
		if err := h.load(f, payload); err != nil {
			return fmt.Errorf("load %s: %w", path, err)
		}
		if then != nil {
			return then(payload)
		}
		return nil
	}
	return Create(name, h.payloadLen, &opts)
}

func openSnapshot(path string, o *Options) (*os.File, *header, error) {
	d, err := shmfile.OpenDir(filepath.Dir(path), false)
	if err != nil {
		return nil, nil, err
	}
	defer d.Close()
	f, st, err := openChecked(d, filepath.Base(path), o, false)
	if err != nil {
		return nil, nil, err
	}
	h, err := readHeader(f, st.Size)
	if err == nil {
		err = h.check(o)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, h, nil
}

func (h *header) load(f *os.File, payload []byte) error {
	if _, err := io.ReadFull(io.NewSectionReader(f, h.payloadOff, h.payloadLen), payload); err != nil {
		return err
	}
	if h.flags&flagSnapshot == 0 {
		return nil
	}
	if sum := crc32.Checksum(payload, castagnoli); sum != h.payloadSum {
		return refuse(ErrChecksum, "payload %#08x, snapshot says %#08x", sum, h.payloadSum)
	}
	return nil
}
