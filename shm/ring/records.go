package ring

import (
	"context"
	"io"
)

// RecordWriter sends each Write as one record, an empty one too.
type RecordWriter struct {
	p   *Producer
	ctx context.Context
}

// NewRecordWriter makes a RecordWriter of p, which waits as long as ctx lasts.
func NewRecordWriter(ctx context.Context, p *Producer) *RecordWriter { return &RecordWriter{p, ctx} }

// Write sends b as one record or, with an error of [Producer.Send], not at all.
func (w *RecordWriter) Write(b []byte) (int, error) {
	if err := w.p.Send(w.ctx, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Close closes the Producer.
func (w *RecordWriter) Close() error { return w.p.Close() }

// RecordReader gives one record with each Read.
type RecordReader struct {
	c    *Consumer
	ctx  context.Context
	kept []byte
	has  bool // kept is a record that was not read yet
}

// NewRecordReader makes a RecordReader of c, which waits as long as ctx lasts.
func NewRecordReader(ctx context.Context, c *Consumer) *RecordReader {
	return &RecordReader{c: c, ctx: ctx}
}

// Read reads one record. When b is too short for it that is io.ErrShortBuffer,
// and the record waits for a Read with a longer one. Other errors are those of
// [Consumer.Next]. An empty record is 0, nil.
func (r *RecordReader) Read(b []byte) (int, error) {
	if !r.has {
		rec, err := r.c.Next(r.ctx)
		if err != nil {
			return 0, err
		}
		r.kept, r.has = rec, true
	}
	if len(b) < len(r.kept) {
		return 0, io.ErrShortBuffer
	}
	n, err := r.c.copyOut(b, r.kept)
	if err != nil {
		return 0, err
	}
	r.kept, r.has = nil, false
	r.c.Release()
	return n, nil
}

// Close closes the Consumer.
func (r *RecordReader) Close() error { return r.c.Close() }

var (
	_ io.WriteCloser = (*RecordWriter)(nil)
	_ io.ReadCloser  = (*RecordReader)(nil)
)
