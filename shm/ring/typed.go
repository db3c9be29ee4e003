package ring

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"reflect"

	"github.com/absfs/shmkit/shm/region"
)

// TypedProducer sends values of T, one a record. T is built as for [region.At]:
// fixed-size numbers, bool, arrays and structs of these, without padding. It is
// for one goroutine at a time.
type TypedProducer[T any] struct{ p *Producer }

// TypedConsumer receives what a [TypedProducer] of the same T sends.
type TypedConsumer[T any] struct {
	c    *Consumer
	size int
}

// OpenTypedProducer is [OpenProducer] for values of T. A new ring is marked with
// T's schema; a ring of another schema is refused with region.ErrSchema.
// More errors: region.ErrType, naming the field that cannot be shared,
// [ErrTooLarge] when the ring's records are, or would be, too small for a T.
func OpenTypedProducer[T any](name string, o *Options) (*TypedProducer[T], error) {
	p, err := openTyped[T](name, o, OpenProducer)
	if err != nil {
		return nil, err
	}
	return &TypedProducer[T]{p}, nil
}

// OpenTypedConsumer is [OpenConsumer] for values of T, with the checks of
// [OpenTypedProducer].
func OpenTypedConsumer[T any](name string, o *Options) (*TypedConsumer[T], error) {
	c, err := openTyped[T](name, o, OpenConsumer)
	if err != nil {
		return nil, err
	}
	return &TypedConsumer[T]{c, sizeOf[T]()}, nil
}

// openTyped opens a side of a ring whose records hold a T. It makes no ring that
// it would have to refuse.
func openTyped[T any, S interface {
	Close() error
	Stats() Stats
	overwrites() bool
}](name string, o *Options, open func(string, *Options) (S, error)) (s S, err error) {
	opts, err := o.resolve()
	if err != nil {
		return s, named("open", name, err)
	}
	if opts.Schema, err = region.SchemaOf[T](); err != nil {
		return s, named("open", name, err)
	}
	small := fitting[T](opts.Capacity, opts.Full == FullOverwrite)
	opts.Create = opts.Create && small == nil
	opened, err := open(name, &opts)
	if errors.Is(err, fs.ErrNotExist) && small != nil && o != nil && o.Create {
		err = named("open", name, small)
	}
	if err != nil {
		return s, err
	}
	if err := fitting[T](opened.Stats().Capacity, opened.overwrites()); err != nil {
		return s, errors.Join(named("open", name, err), opened.Close())
	}
	return opened, nil
}

// NewTypedProducer sends values of T through p. No schema guards the other side.
func NewTypedProducer[T any](p *Producer) (*TypedProducer[T], error) {
	return &TypedProducer[T]{p}, fitting[T](p.Stats().Capacity, p.lossy)
}

// NewTypedConsumer receives values of T through c. No schema guards it: records
// of another length are errors, others are read as a T whatever they are.
func NewTypedConsumer[T any](c *Consumer) (*TypedConsumer[T], error) {
	return &TypedConsumer[T]{c, sizeOf[T]()}, fitting[T](c.Stats().Capacity, c.lossy)
}

func sizeOf[T any]() int { return int(reflect.TypeFor[T]().Size()) }

func longest(capacity uint64, lossy bool) int {
	s := side{mask: capacity - 1, lossy: lossy}
	return s.maxRecord()
}

func (s *side) overwrites() bool { return s.lossy }

// fitting is [ErrTooLarge] when a T is no record of a ring of that capacity.
func fitting[T any](capacity int64, lossy bool) error {
	if _, err := region.SchemaOf[T](); err != nil {
		return err
	}
	if size := sizeOf[T](); size > longest(uint64(capacity), lossy) {
		return fmt.Errorf("%v of %d bytes: %w", reflect.TypeFor[T](), size, ErrTooLarge)
	}
	return nil
}

// Send sends a copy of *v and waits for space as long as ctx lasts. Errors are
// those of [Producer.Send]. It does not allocate unless it sleeps.
func (t *TypedProducer[T]) Send(ctx context.Context, v *T) error { return t.p.Send(ctx, bytesOf(v)) }

// TrySend sends a copy of *v, or returns [ErrFull].
func (t *TypedProducer[T]) TrySend(v *T) error { return t.p.TrySend(bytesOf(v)) }

// SendBatch sends copies of vs with few publications and returns how many were
// sent, also with an error.
func (t *TypedProducer[T]) SendBatch(ctx context.Context, vs []T) (sent int, err error) {
	var recs [64][]byte
	for sent < len(vs) && err == nil {
		n := min(len(recs), len(vs)-sent)
		for i := range n {
			recs[i] = bytesOf(&vs[sent+i])
		}
		n, err = t.p.SendBatch(ctx, recs[:n])
		sent += n
	}
	return sent, err
}

// Reserve returns a T in the ring to be filled in place; it holds whatever was
// there. The pointer is the caller's until Commit, Abort or Close.
func (t *TypedProducer[T]) Reserve(ctx context.Context) (*T, error) {
	b, err := t.p.Reserve(ctx, sizeOf[T]())
	if err != nil {
		return nil, err
	}
	return pointTo[T](b), nil
}

// Commit publishes the reserved T.
func (t *TypedProducer[T]) Commit() error { return t.p.Commit(sizeOf[T]()) }

// Abort drops the reserved T.
func (t *TypedProducer[T]) Abort() { t.p.Abort() }

// Close closes the Producer.
func (t *TypedProducer[T]) Close() error { return t.p.Close() }

// Stats are the Producer's.
func (t *TypedProducer[T]) Stats() Stats { return t.p.Stats() }

// Next returns the next T in place and waits for it as long as ctx lasts. The
// pointer is valid until the next Next, Release or Close; a producer that is not
// trusted can change the value meanwhile. Errors are those of [Consumer.Next];
// a record of another length is [ErrCorrupt], once, and is passed over.
func (t *TypedConsumer[T]) Next(ctx context.Context) (*T, error) {
	b, err := t.c.Next(ctx)
	if err != nil {
		return nil, err
	}
	if len(b) != t.size {
		return nil, fmt.Errorf("record of %d bytes for a %v of %d: %w", len(b), reflect.TypeFor[T](), t.size, ErrCorrupt)
	}
	return pointTo[T](b), nil
}

// Receive returns a copy of the next T and gives its space back.
func (t *TypedConsumer[T]) Receive(ctx context.Context) (v T, err error) {
	p, err := t.Next(ctx)
	if err == nil {
		_, err = t.c.copyOut(bytesOf(&v), bytesOf(p))
	}
	t.c.Release()
	return v, err
}

// Release gives the space of everything that was read back.
func (t *TypedConsumer[T]) Release() { t.c.Release() }

// All ranges over the values until the producer closes. The pointer is valid
// until the next turn. An error other than io.EOF is the last pair.
func (t *TypedConsumer[T]) All(ctx context.Context) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		for {
			v, err := t.Next(ctx)
			if err == io.EOF || !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// Close closes the Consumer.
func (t *TypedConsumer[T]) Close() error { return t.c.Close() }

// Stats are the Consumer's.
func (t *TypedConsumer[T]) Stats() Stats { return t.c.Stats() }
