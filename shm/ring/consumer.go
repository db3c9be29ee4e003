package ring

import (
	"context"
	"encoding/binary"
	"io"
	"iter"
)

// Consumer is the reading side. Its methods are for one goroutine at a time;
// Close and Stats may be called from any.
type Consumer struct {
	side
	head uint64 // released
	next uint64 // behind the last record handed out
	tail uint64 // the producer's position as last seen
}

func newConsumer(mem []byte, o Options, peer peers) (*Consumer, error) {
	c := &Consumer{}
	if err := c.init(mem, o, peer, consumerPage, producerPage); err != nil {
		return nil, err
	}
	err := c.guarded(func() error {
		c.head = load64(c.mine.position)
		c.tail = load64(c.other.position)
		c.next = c.head
		if c.head%8 != 0 || c.tail%8 != 0 || c.tail-c.head > c.mask+1 {
			return c.corrupt()
		}
		store32(c.mine.park, load32(c.mine.park)&^1)
		store32(c.mine.state, stateOpen)
		c.ring()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c, nil
}

// take returns the next record in place; ErrEmpty without one, io.EOF when
// there will be none.
func (c *Consumer) take() ([]byte, error) {
	for {
		if c.next == c.tail {
			if err := c.look(); err != nil {
				return nil, err
			}
		}
		off := c.next & c.mask
		head := binary.LittleEndian.Uint64(c.data[off : off+recordHeader])
		n, kind := head&0xffffffff, uint32(head>>32)
		size := recordHeader + align8(n)
		if size > c.tail-c.next || size > c.mask+1-off {
			return nil, c.corrupt()
		}
		c.next += size
		switch {
		case kind == kindData:
			return c.data[off+recordHeader : off+recordHeader+n : off+recordHeader+n], nil
		case kind != kindPad || off+size != c.mask+1:
			return nil, c.corrupt()
		}
	}
}

// look reads the producer's position and says why there is nothing to read.
func (c *Consumer) look() error {
	state := load32(c.other.state) // before the tail: a closed producer moves it no more
	tail := load64(c.other.position)
	if tail%8 != 0 || tail-c.head > c.mask+1 || tail-c.head < c.next-c.head {
		return c.corrupt()
	}
	c.tail = tail
	switch {
	case c.next != tail:
		return nil
	case state == stateClosed:
		return io.EOF
	}
	return ErrEmpty
}

// release gives back everything handed out.
func (c *Consumer) release() error {
	if c.head == c.next {
		return nil
	}
	c.head = c.next
	// From here on the producer may overwrite it.
	store64(c.mine.position, c.head)
	c.ring()
	return nil
}

// TryReceive appends the next record to buf[:0] and releases it, or returns
// ErrEmpty, or io.EOF after the producer closed.
func (c *Consumer) TryReceive(buf []byte) ([]byte, error) {
	err := c.guarded(func() error { return c.receive(&buf) })
	if err != nil {
		return nil, err
	}
	return buf, nil
}

func (c *Consumer) receive(buf *[]byte) error {
	rec, err := c.take()
	if err != nil {
		return err
	}
	*buf = append((*buf)[:0], rec...)
	c.count(len(rec))
	return c.release()
}

func (c *Consumer) count(n int) {
	add(c.mine.records, 1)
	add(c.mine.bytes, uint64(n))
}

// Receive is TryReceive that waits for a record as long as ctx lasts.
func (c *Consumer) Receive(ctx context.Context, buf []byte) ([]byte, error) {
	try := func() error { return c.receive(&buf) }
	err := c.guarded(try)
	if err == ErrEmpty {
		err = c.wait(ctx, ErrEmpty, try)
	}
	if err != nil {
		return nil, err
	}
	return buf, nil
}

// Next returns the next record in place and waits for it as long as ctx lasts.
// The slice is valid until the next Next or Release; it releases the one before.
func (c *Consumer) Next(ctx context.Context) ([]byte, error) {
	var rec []byte
	try := func() (err error) {
		rec, err = c.take()
		if err == nil {
			c.count(len(rec))
		}
		return err
	}
	err := c.guarded(func() error {
		if err := c.release(); err != nil {
			return err
		}
		return try()
	})
	if err == ErrEmpty {
		err = c.wait(ctx, ErrEmpty, try)
	}
	return rec, err
}

// Release gives the space of what was read back to the producer.
func (c *Consumer) Release() { _ = c.guarded(c.release) }

// All ranges over the records until the producer closes. The bytes are valid
// until the next turn. An error other than io.EOF is the last pair.
func (c *Consumer) All(ctx context.Context) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		for {
			rec, err := c.Next(ctx)
			if err == io.EOF || !yield(rec, err) || err != nil {
				return
			}
		}
	}
}

// Close gives up the seat. What was not released stays for the next consumer.
func (c *Consumer) Close() error { return c.end() }
