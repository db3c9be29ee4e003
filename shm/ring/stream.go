package ring

import (
	"context"
	"io"
)

// Writer sends a stream of bytes: what is written arrives in order and whole at
// a [Reader], but not in the pieces it was written in. Pieces larger than a
// record can be are cut. It is for one goroutine at a time, like its Producer.
type Writer struct {
	p     *Producer
	ctx   context.Context
	chunk int
	bounce
}

// NewWriter makes a Writer of p. Its calls wait for space as long as ctx lasts.
// The Producer stays usable; records sent past the Writer join the stream.
func NewWriter(ctx context.Context, p *Producer) *Writer {
	return &Writer{p: p, ctx: ctx, chunk: chunkOf(p.Stats().Capacity)}
}

// chunkOf is the longest record the stream adapters send: four of them fit, so
// that one side writes while the other reads.
func chunkOf(capacity int64) int { return int(max(capacity, minCapacity)/4) - recordHeader }

// Write sends b and returns when all of it is in the ring; n tells how much is,
// also with an error. Errors are those of [Producer.Send].
func (w *Writer) Write(b []byte) (n int, err error) {
	for n < len(b) {
		piece := b[n:min(len(b), n+w.chunk)]
		if err := w.p.Send(w.ctx, piece); err != nil {
			return n, err
		}
		n += len(piece)
	}
	return n, nil
}

// ReadFrom sends everything r has. Files and sockets read straight into the
// ring, any other r into a buffer first. Nothing that r returned is held back
// while r is asked for more.
func (w *Writer) ReadFrom(r io.Reader) (total int64, err error) {
	for idle := 0; ; {
		slot, err := w.p.Reserve(w.ctx, w.chunk)
		if err != nil {
			return total, err
		}
		n, rerr, fault := w.read(r, slot)
		if fault != nil {
			w.p.Abort()
			return total, fault
		}
		if n == 0 {
			w.p.Abort()
		} else if err := w.p.Commit(n); err != nil {
			return total, err
		}
		total += int64(n)
		switch {
		case rerr == io.EOF:
			return total, nil
		case rerr != nil:
			return total, rerr
		case n > 0:
			idle = 0
		default:
			if idle++; idle == maxIdle {
				return total, io.ErrNoProgress
			}
		}
	}
}

const maxIdle = 100

// Close closes the Producer: the Reader gets what was written, then io.EOF.
func (w *Writer) Close() error { return w.p.Close() }

// Reader reads the stream of bytes a [Writer] sends; it takes records of any
// kind. It is for one goroutine at a time, like its Consumer.
type Reader struct {
	c    *Consumer
	ctx  context.Context
	left []byte // of the record at hand, in the ring
	bounce
}

// NewReader makes a Reader of c. Its calls wait for bytes as long as ctx lasts.
// A Reader may hold a part of a record: do not use the Consumer beside it.
func NewReader(ctx context.Context, c *Consumer) *Reader { return &Reader{c: c, ctx: ctx} }

// Read reads what is there, and waits only when nothing is. Errors are those of
// [Consumer.Next]; after the Writer closed it is io.EOF.
func (r *Reader) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if err := r.fill(); err != nil {
		return 0, err
	}
	n, err := r.c.copyOut(b, r.left)
	if err != nil {
		return 0, err
	}
	r.took(n)
	return n, nil
}

// WriteTo writes everything to w until the Writer closes: straight from the ring
// to files and sockets, to any other w out of a buffer.
func (r *Reader) WriteTo(w io.Writer) (total int64, err error) {
	for {
		if err := r.fill(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return total, err
		}
		n, err := r.write(w, r.left)
		r.took(n)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
}

// fill makes left hold something.
func (r *Reader) fill() (err error) {
	for len(r.left) == 0 && err == nil {
		r.left, err = r.c.Next(r.ctx)
	}
	return err
}

// took drops n bytes, and gives the record's space back with its last.
func (r *Reader) took(n int) {
	if r.left = r.left[n:]; len(r.left) == 0 {
		r.left = nil
		r.c.Release()
	}
}

// Close closes the Consumer.
func (r *Reader) Close() error {
	r.left = nil
	return r.c.Close()
}

var (
	_ io.WriteCloser = (*Writer)(nil)
	_ io.ReaderFrom  = (*Writer)(nil)
	_ io.ReadCloser  = (*Reader)(nil)
	_ io.WriterTo    = (*Reader)(nil)
)
