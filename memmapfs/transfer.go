package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"

	"github.com/absfs/shmkit/sigbus"
)

// transferStep is how much WriteTo hands over to the kernel at a time,
// transferBuffer to anybody else.
const (
	transferStep   = 4 << 20
	transferBuffer = 128 << 10
)

// WriteTo writes the file from the position to its end to w, as io.Copy asks.
// Between files and to sockets the kernel copies by itself where it can, or
// takes slices of the mapping. Any other w gets copies: it may touch them in
// another goroutine, which nobody guards, or later. A file that is truncated
// meanwhile is an error.
func (f *MappedFile) WriteTo(w io.Writer) (int64, error) {
	if r, ok := w.(io.ReaderFrom); ok && f.mapped() && f.img == nil && f.access.read && f.native != nil && !f.access.append {
		return f.sendFile(r)
	}
	if !f.mapped() || f.img != nil || !f.access.read || !byKernel(w) {
		size := min(max(f.size.Load()-f.pos.Load(), bytes.MinRead), transferBuffer)
		return io.CopyBuffer(w, struct{ io.Reader }{f}, make([]byte, size))
	}
	var total int64
	for {
		pos, err := f.position()
		if err != nil {
			return total, f.closedOr("read", err)
		}
		n, err := f.writeView(w, pos)
		total += n
		f.pos.Store(pos + n)
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// byKernel says whether w hands bytes to the kernel, for which a bad page is an
// error.
func byKernel(w io.Writer) bool {
	switch w.(type) {
	case *os.File, *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// writeView writes the next bytes from pos to w, straight from the mapping.
func (f *MappedFile) writeView(w io.Writer, pos int64) (int64, error) {
	size := f.size.Load()
	if pos >= size {
		var err error
		if size, err = f.learn(); err != nil {
			return 0, f.closedOr("read", err)
		}
		if pos >= size {
			return 0, io.EOF
		}
	}
	v, err := f.View(pos, min(size-pos, transferStep))
	if err != nil {
		return 0, err
	}
	defer v.Release()
	var n int
	var werr error
	err = sigbus.Guard(func() { n, werr = w.Write(v.Bytes()) })
	if why := sigbus.Explain(werr, v.Bytes()); errors.Is(why, sigbus.ErrFault) {
		err = why
	}
	if err != nil {
		f.stats.faults.Add(1)
		return int64(n), f.pathError("read", err)
	}
	return int64(n), werr
}

// sendFile lets r, an *os.File or a connection, take the bytes from the
// descriptor: copy_file_range, sendfile or splice where the kernel has them.
func (f *MappedFile) sendFile(r io.ReaderFrom) (int64, error) {
	f.kernel.Lock()
	defer f.kernel.Unlock()
	if f.closed.Load() {
		return 0, f.pathError("read", fs.ErrClosed)
	}
	pos, err := f.position()
	if err != nil {
		return 0, f.closedOr("read", err)
	}
	if _, err := f.native.Seek(pos, io.SeekStart); err != nil {
		return 0, f.closedOr("read", err)
	}
	var src io.Reader = f.native
	if f.ahead.Load() != 0 {
		src = io.LimitReader(src, f.size.Load()-pos)
	}
	n, err := r.ReadFrom(src)
	f.pos.Store(pos + n)
	return n, err
}

// ReadFrom writes what r has to the file from the position on, as io.Copy asks.
// From files, pipes and sockets the kernel copies by itself where it can.
func (f *MappedFile) ReadFrom(r io.Reader) (int64, error) {
	if err := f.writable(); err != nil {
		return 0, err
	}
	if !f.mapped() {
		return f.readFromPlain(r)
	}
	if f.img != nil || f.access.append || f.ahead.Load() != 0 {
		return io.Copy(onlyWriter{f}, r)
	}
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	f.kernel.Lock()
	defer f.kernel.Unlock()
	pos, err := f.position()
	if err != nil {
		return 0, f.closedOr("write", err)
	}
	if _, err := f.native.Seek(pos, io.SeekStart); err != nil {
		return 0, f.closedOr("write", err)
	}
	n, err := f.native.ReadFrom(r)
	if n > 0 {
		f.grown(pos + n)
		f.pos.Store(pos + n)
		if serr := f.wrote(pos, n, nil, 0); err == nil {
			err = serr
		}
	}
	return n, err
}

// onlyWriter hides every method but Write, so that io.Copy does not come back.
type onlyWriter struct{ io.Writer }

var (
	_ io.WriterTo   = (*MappedFile)(nil)
	_ io.ReaderFrom = (*MappedFile)(nil)
	_ io.ReaderFrom = (*os.File)(nil)
)
