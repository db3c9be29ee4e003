package cases

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/absfs/shmkit/memmapfs"
	edsrzf "github.com/edsrzf/mmap-go"
)

// Cases of the append group.
const (
	Append     = "append"
	AppendFlag = "append with O_APPEND"
	Seek       = "seek"
)

// growAhead is how far the GrowAhead system sets the length ahead.
const growAhead = 16 << 20

type writer interface {
	io.WriteSeeker
	Truncate(size int64) error
}

func openAppend(dir string, p Plan) ([]Case, func() error, error) {
	var c closers
	var cases []Case
	ahead := *memmapfs.DefaultConfig()
	ahead.GrowAhead = growAhead
	for _, system := range []string{Whole, Ahead, OSFile} {
		for _, name := range []string{Append, AppendFlag} {
			flag := os.O_RDWR | os.O_CREATE | os.O_TRUNC
			if name == AppendFlag {
				flag |= os.O_APPEND
			}
			var w writer
			for _, size := range []int{64, 4 << 10} {
				var err error
				if w, err = openWriter(system, filepath.Join(dir, fmt.Sprint(system, name, size)), flag, ahead, &c); err != nil {
					return nil, nil, err
				}
				cases = append(cases, Case{System: system, Name: name, Size: int64(size), Segment: loop(p, appending(w, size))})
			}
			if name == Append && system != Ahead {
				cases = append(cases, Case{System: system, Name: Seek, Segment: loop(p, seeking(w))})
			}
		}
	}
	return cases, c.close, nil
}

func openWriter(system, path string, flag int, ahead memmapfs.Config, c *closers) (writer, error) {
	switch system {
	case OSFile:
		f, err := os.OpenFile(path, flag, 0o600)
		if err == nil {
			c.add(f.Close)
		}
		return f, err
	case Ahead:
		m, close, err := mapped(path, flag, ahead)
		if err == nil {
			c.add(close)
		}
		return m, err
	}
	m, close, err := mapped(path, flag, *memmapfs.DefaultConfig())
	if err == nil {
		c.add(close)
	}
	return m, err
}

// appendLimit is the length at which an appended file starts again from nothing.
const appendLimit = 128 << 20

func appending(w writer, size int) func(n int) error {
	rec, length := make([]byte, size), appendLimit
	return func(n int) error {
		for range n {
			if length+size > appendLimit {
				if err := w.Truncate(0); err != nil {
					return err
				}
				if _, err := w.Seek(0, io.SeekStart); err != nil {
					return err
				}
				length = 0
			}
			if _, err := w.Write(rec); err != nil {
				return err
			}
			length += size
		}
		return nil
	}
}

func seeking(w writer) func(n int) error {
	return func(n int) error {
		for i := range n {
			if _, err := w.Seek(int64(i&1023), io.SeekStart); err != nil {
				return err
			}
		}
		return nil
	}
}

// Durable is the case of the sync group; the size is the file's.
const Durable = "write and sync"

func openSync(dir string, p Plan) ([]Case, func() error, error) {
	var c closers
	var cases []Case
	for _, size := range pick(p, []int64{1 << 20, 16 << 20, 256 << 20, 1 << 30}, []int64{1 << 20, 64 << 20}) {
		for _, system := range []string{Whole, OSFile, Edsrzf} {
			path, err := newFile(dir, "sync", size)
			if err != nil {
				return nil, nil, err
			}
			own := path + system
			if err := os.Rename(path, own); err != nil {
				return nil, nil, err
			}
			run, err := durable(system, own, size, &c)
			if err != nil {
				return nil, nil, err
			}
			cases = append(cases, Case{System: system, Name: Durable, Size: size, Segment: loop(p, run)})
		}
	}
	return cases, c.close, nil
}

func durable(system, path string, size int64, c *closers) (func(n int) error, error) {
	x, rec := uint64(1), make([]byte, 64)
	next := func() int64 {
		x = x*6364136223846793005 + 1442695040888963407
		rec[0]++
		return int64(x>>33) % (size - 64)
	}
	if system == Edsrzf {
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		c.add(f.Close)
		data, err := edsrzf.Map(f, edsrzf.RDWR, 0)
		if err != nil {
			return nil, err
		}
		c.add(data.Unmap)
		return func(n int) error {
			for range n {
				copy(data[next():], rec)
				if err := data.Flush(); err != nil {
					return err
				}
			}
			return nil
		}, nil
	}
	var f interface {
		io.WriterAt
		Sync() error
	}
	if system == OSFile {
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return nil, err
		}
		c.add(file.Close)
		f = file
	} else {
		m, close, err := mapped(path, os.O_RDWR, *memmapfs.DefaultConfig())
		if err != nil {
			return nil, err
		}
		c.add(close)
		f = m
	}
	return func(n int) error {
		for range n {
			if _, err := f.WriteAt(rec, next()); err != nil {
				return err
			}
			if err := f.Sync(); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
