package memmapfs

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math"
	"net"
	"os"
	"reflect"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/sigbus"
)

// transferStep is how much the kernel copies between two looks at the handle,
// transferBuffer how much anybody else copies at a time.
const (
	transferStep   = 4 << 20
	transferBuffer = 128 << 10
)

// WriteTo writes the file from the position to its end to w, as io.Copy asks.
// Between files and to sockets the kernel copies by itself where it can, or
// takes slices of the mapping. Any other w gets copies: it may touch them in
// another goroutine, which nobody guards, or later. A file that is truncated
// meanwhile is an error. No other operation waits for w.
func (f *MappedFile) WriteTo(w io.Writer) (int64, error) {
	var total int64
	if r, step := f.lendsTo(w); r != nil {
		n, done, err := f.sendFile(r, step)
		if done || err != nil {
			return n, err
		}
		total = n
	}
	// A system that maps nothing past the end has no view of what only appends.
	viewless := f.access.append && !mmap.Coherent
	if !f.mapped() || f.img != nil || !f.access.read || !byKernel(w) || viewless {
		size := min(max(f.size.Load()-f.pos.Load(), bytes.MinRead), transferBuffer)
		n, err := io.CopyBuffer(w, struct{ io.Reader }{f}, make([]byte, size))
		return total + n, err
	}
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

// lendsTo returns w if it may take the bytes from the descriptor, and how many at
// a time. Only what is known to go on where it left off gets pieces. Others have the
// descriptor for all of the copy, if Close takes it away from them.
func (f *MappedFile) lendsTo(w io.Writer) (io.ReaderFrom, int64) {
	if !f.mapped() || f.img != nil || !f.access.read || f.access.append {
		return nil, 0
	}
	switch r := w.(type) {
	case *MappedFile:
		if r != f {
			return r, transferStep
		}
	case *os.File:
		if r != f.native {
			return r, transferStep
		}
	case *net.TCPConn:
		return r, transferStep
	case io.ReaderFrom:
		if f.fs != nil {
			return r, math.MaxInt64
		}
	}
	return nil, 0
}

// sendFile lets r take the bytes from the descriptor, step by step: by
// copy_file_range, sendfile or splice where the kernel has them. It reports
// whether that was all; while another copy uses the descriptor it does nothing.
//
// Nobody ever waits for the lock kernel: it is tried, and whoever fails copies in
// another way. So r may take its time, or come back to this handle.
func (f *MappedFile) sendFile(r io.ReaderFrom, step int64) (total int64, done bool, err error) {
	if !f.kernel.TryLock() {
		return 0, false, nil
	}
	defer f.kernel.Unlock()
	for !done && err == nil {
		var n int64
		n, done, err = f.sendStep(r, step)
		total += n
	}
	return total, done, err
}

func (f *MappedFile) sendStep(r io.ReaderFrom, step int64) (n int64, done bool, err error) {
	if f.closed.Load() {
		return 0, false, f.pathError("read", fs.ErrClosed)
	}
	pos, err := f.position()
	if err == nil {
		_, err = f.native.Seek(pos, io.SeekStart)
	}
	if err != nil {
		return 0, false, f.closedOr("read", err)
	}
	whole := step == math.MaxInt64 // also in what is cut off for zeros ahead
	if f.size.ahead.Load() != 0 {
		step = max(0, min(step, f.size.Load()-pos))
	}
	src := &io.LimitedReader{R: f.native, N: step}
	if step == math.MaxInt64 {
		n, err = r.ReadFrom(f.native)
		src.N -= n
	} else {
		n, err = r.ReadFrom(src)
	}
	f.pos.CompareAndSwap(pos, pos+step-src.N)
	if errors.Is(err, fs.ErrClosed) {
		err = f.closedOr("read", err)
	}
	return n, whole || src.N > 0 || step == 0, err
}

// ReadFrom writes what r has to the file from the position on, as io.Copy asks.
// From files and sockets the kernel copies by itself where it can. No other
// operation waits for r.
func (f *MappedFile) ReadFrom(r io.Reader) (int64, error) {
	if err := f.writable(); err != nil {
		return 0, err
	}
	if !f.mapped() {
		return f.readFromPlain(r)
	}
	if f.img != nil || f.access.append || f.size.ahead.Load() != 0 {
		return io.Copy(onlyWriter{f}, r)
	}
	lr, ok := r.(*io.LimitedReader)
	if !ok {
		lr = &io.LimitedReader{R: r, N: math.MaxInt64}
	}
	switch {
	case f.otherFile(lr.R):
		total, err := f.pull(lr)
		if err != nil {
			return total, err
		}
		n, err := io.Copy(onlyWriter{f}, r)
		return total + n, err
	case f.splices(lr.R):
		return f.drain(lr)
	}
	return io.Copy(onlyWriter{f}, r)
}

// statSeeker is what of package os reads from files.
type statSeeker interface {
	io.Seeker
	Stat() (fs.FileInfo, error)
}

// otherFile says whether r is a regular file of package os and not this one,
// whose position may be that of the descriptor.
func (f *MappedFile) otherFile(r io.Reader) bool {
	s, ok := r.(statSeeker)
	if !ok || !definedIn("os", r) {
		return false
	}
	info, err := s.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	own, err := f.native.Stat()
	return err == nil && !os.SameFile(info, own)
}

// definedIn says whether r's type is one of the package: then it is known what
// Read does, which a type around it could have replaced.
func definedIn(pkg string, r io.Reader) bool {
	t := reflect.TypeOf(r)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t != nil && t.PkgPath() == pkg
}

// pull has the kernel copy from a file for which otherFile holds, as long as that
// goes on.
func (f *MappedFile) pull(lr *io.LimitedReader) (total int64, err error) {
	for n := int64(1); n > 0 && err == nil; total += n {
		n, err = f.pullStep(lr.R, min(lr.N, transferStep))
		lr.N -= n
	}
	return total, err
}

// pullStep copies at most n bytes, and only such that are there: nobody waits
// for them with the gate held.
func (f *MappedFile) pullStep(src io.Reader, n int64) (int64, error) {
	f.gate.RLock()
	defer f.gate.RUnlock()
	if err := f.writable(); err != nil {
		return 0, err
	}
	if n = min(n, left(src.(statSeeker))); n <= 0 || f.size.ahead.Load() != 0 || !f.kernel.TryLock() {
		return 0, nil
	}
	defer f.kernel.Unlock()
	var pos, k int64
	var err error
	for claimed := false; !claimed; claimed = f.pos.CompareAndSwap(pos, pos+n) { // a Write meanwhile goes behind
		if pos = f.pos.Load(); pos > math.MaxInt64-n {
			return 0, nil
		}
	}
	if _, serr := f.native.Seek(pos, io.SeekStart); serr == nil { // else Write says what is wrong
		k, err = f.native.ReadFrom(io.LimitReader(src, n))
	}
	if k < n {
		f.pos.CompareAndSwap(pos+n, pos+k)
	}
	if k > 0 {
		f.grown(pos + k)
		if serr := f.wrote(pos, k, nil, 0); err == nil {
			err = serr
		}
	}
	return k, err
}

// left is how many bytes the file has from its position on.
func left(s statSeeker) int64 {
	info, err := s.Stat()
	if err != nil {
		return 0
	}
	pos, err := s.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0
	}
	return info.Size() - pos
}

// onlyWriter hides every method but Write, so that io.Copy does not come back.
type onlyWriter struct{ io.Writer }

var (
	_ io.WriterTo   = (*MappedFile)(nil)
	_ io.ReaderFrom = (*MappedFile)(nil)
	_ io.ReaderFrom = (*os.File)(nil)
)
