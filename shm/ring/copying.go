package ring

import (
	"errors"
	"io"
	"net"
	"os"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/sigbus"
)

// copyOut copies from a record at hand, whose file may be cut short between the
// look at the ring that found it and the copy. A fault in dst is the caller's.
func (c *Consumer) copyOut(dst, record []byte) (n int, err error) {
	err = c.guardedIn(dst, func() error { n = cpu.Copy(dst, record); return nil })
	return n, err
}

// byKernel says whether rw hands its caller's bytes to the kernel, for which a
// bad page is an error. Any other may touch them in a goroutine that nobody
// guards, as an io.Pipe does, or hold a lock when it faults.
func byKernel(rw any) bool {
	switch rw.(type) {
	case *os.File, *net.TCPConn, *net.UnixConn:
		return true
	}
	return false
}

// bounce is private memory between the ring and who is not the kernel.
type bounce struct{ buf []byte }

const bounceSize = 64 << 10

func (b *bounce) of(n int) []byte {
	if n = min(n, bounceSize); cap(b.buf) < n {
		b.buf = make([]byte, n)
	}
	return b.buf[:n]
}

// read fills the beginning of dst, which is in the ring, from r. err is r's,
// fault the memory's.
func (b *bounce) read(r io.Reader, dst []byte) (n int, err, fault error) {
	if byKernel(r) {
		fault = sigbus.Guard(func() { n, err = r.Read(dst) })
		if why := sigbus.Explain(err, dst); errors.Is(why, sigbus.ErrFault) {
			err, fault = nil, why
		}
		return n, err, fault
	}
	buf := b.of(len(dst))
	n, err = r.Read(buf)
	if n < 0 || n > len(buf) {
		return 0, nil, errors.New("ring: invalid count from Read")
	}
	_, fault = sigbus.Copy(dst, buf[:n])
	return n, err, fault
}

// write gives the beginning of src, which is in the ring, to w.
func (b *bounce) write(w io.Writer, src []byte) (n int, err error) {
	if byKernel(w) {
		fault := sigbus.Guard(func() { n, err = w.Write(src) })
		return n, errors.Join(sigbus.Explain(err, src), fault)
	}
	buf := b.of(len(src))
	if _, err := sigbus.Copy(buf, src); err != nil {
		return 0, err
	}
	n, err = w.Write(buf)
	switch {
	case n < 0 || n > len(buf):
		return 0, errors.New("ring: invalid count from Write")
	case err == nil && n < len(buf):
		err = io.ErrShortWrite
	}
	return n, err
}
