package lock

import (
	"context"
	"encoding/binary"
	"runtime"
	"sync/atomic"
)

// copies is how many values a seqlock keeps. A reader is undisturbed by
// copies-2 publications while it copies. It is a power of two.
const copies = 4

// Seqlock gives the last value of one writer to any number of readers, in
// memory shared between processes. Readers write nothing, so their mapping may
// be read-only; they never make the writer wait, and a Store is a fixed number
// of steps. A torn value is impossible, also when the writer is killed in the
// middle of a Store: readers then go on seeing the value before.
//
// The memory holds the number of the last publication, 64 bits, and four
// values; publication number n is value n mod 4. The writer fills the oldest
// value and then publishes its number; a reader copies the newest and then
// looks whether the writer came round to it meanwhile. Zeroed memory holds
// the zero T.
//
// There must be one writer at a time: hold a [Mutex] around Store if there are
// several. A writer that takes over after a death has nothing to repair.
//
// T must mean the same to every process: no pointers, strings, slices, maps,
// channels, functions or interfaces; no int, uint or uintptr, whose size
// depends on the platform; and no padding between fields. Every bit pattern
// another process writes must be acceptable to the reader's code.
//
// A Seqlock is a handle on the memory and must not be used after the memory is
// unmapped. Load, TryLoad and Version may be called concurrently with each
// other and with Store.
type Seqlock[T any] struct {
	number *uint64
	values [copies][]uint64
}

// SeqlockSize is how many bytes of shared memory a [Seqlock] of T takes.
func SeqlockSize[T any]() int { return 8 + copies*8*wordsOf[T]() }

// SeqlockAt gives a handle on the seqlock in the first [SeqlockSize] bytes of
// mem, which must be 8-byte aligned. Errors say what is wrong with mem or T.
func SeqlockAt[T any](mem []byte) (*Seqlock[T], error) {
	if err := plain[T](); err != nil {
		return nil, err
	}
	n := wordsOf[T]()
	w, err := longs("seqlock", mem, 1+copies*n)
	if err != nil {
		return nil, err
	}
	s := &Seqlock[T]{number: &w[0]}
	for i := range s.values {
		s.values[i] = w[1+i*n : 1+(i+1)*n]
	}
	return s, nil
}

// Store publishes v. Only one writer may call it at a time, and its mapping must
// be writable. It neither blocks nor allocates. The only error is a
// [*sigbus.FaultError]: the memory is gone, and nothing was published.
func (s *Seqlock[T]) Store(v T) (err error) {
	g := startGuard()
	defer g.leave(&err)
	next := atomic.LoadUint64(s.number) + 1
	to, from := s.values[next%copies], bytesOf(&v)
	for i := range to {
		var word [8]byte
		from = from[copy(word[:], from):]
		atomic.StoreUint64(&to[i], binary.NativeEndian.Uint64(word[:]))
	}
	// What the loop wrote becomes visible to readers with this store.
	atomic.StoreUint64(s.number, next)
	g.done = true
	return nil
}

// TryLoad returns a copy of the newest value, or false if the writer published
// three times while it was copied or the memory is gone; [Seqlock.Load] tells
// which. It neither blocks nor allocates.
func (s *Seqlock[T]) TryLoad() (v T, ok bool) {
	v, ok, _ = s.look()
	return v, ok
}

// look is TryLoad that returns the fault.
func (s *Seqlock[T]) look() (v T, ok bool, err error) {
	g := startGuard()
	defer g.leave(&err)
	v, ok = s.copyOut()
	g.done = true
	return v, ok, nil
}

func (s *Seqlock[T]) copyOut() (v T, ok bool) {
	number := atomic.LoadUint64(s.number)
	from, to := s.values[number%copies], bytesOf(&v)
	for i := range from {
		var word [8]byte
		binary.NativeEndian.PutUint64(word[:], atomic.LoadUint64(&from[i]))
		to = to[copy(to, word[:]):]
	}
	if !intact(number, atomic.LoadUint64(s.number)) {
		var zero T
		return zero, false
	}
	return v, true
}

// intact says whether value number before was left alone until the number was
// after: the writer fills value after+1 at most, which is another one.
func intact(before, after uint64) bool { return after-before <= copies-2 }

// Load returns a copy of the newest value. Against a writer that publishes
// without pause it tries again, until ctx is done. It does not allocate. When
// the memory is gone the error is a [*sigbus.FaultError].
func (s *Seqlock[T]) Load(ctx context.Context) (v T, err error) {
	for {
		for range 16 {
			if v, ok, err := s.look(); ok || err != nil {
				return v, err
			}
		}
		if err := ctx.Err(); err != nil {
			return v, err
		}
		runtime.Gosched()
	}
}

// Version is the number of the last publication. It is 0 until the first one
// and grows by one with each. It is 0, too, when the memory is gone.
func (s *Seqlock[T]) Version() (n uint64) {
	_ = guarded(func() error { n = atomic.LoadUint64(s.number); return nil })
	return n
}

// wordsOf is how many 64-bit words a T fills.
func wordsOf[T any]() int {
	var v T
	return (len(bytesOf(&v)) + 7) / 8
}
