package region

import (
	"fmt"
	"io/fs"
	"math"
	"reflect"
	"unsafe"
)

// At gives a typed view of the bytes at off of the payload. The pointer is into
// shared memory: it dies with Close like Bytes does, holds nothing alive, and
// what it points to may change at any moment by the hand of another process.
//
// T may be built of fixed-size integers, floats, complex numbers, bool, arrays
// and structs of these, and the types of sync/atomic but Pointer, Uintptr and
// Value. Errors: ErrType naming the field that has a pointer, a size that
// depends on the platform, or padding before or after it; ErrBounds when T does
// not fit at off or off is not a multiple of T's alignment. It neither blocks
// nor, after the first call for a T, inspects the type again.
//
// Ordering is the caller's: fields that several processes use concurrently are
// atomics, or guarded by package lock. The race detector sees accesses of this
// process only, and does not know that two attachments share memory.
func At[T any](r *Region, off int64) (*T, error) {
	s, err := Slice[T](r, off, 1)
	if err != nil {
		return nil, err
	}
	return &s[0], nil
}

// Slice gives a typed view of n values of T from off on, with the rules of At.
// For n of 0 it returns an empty slice.
func Slice[T any](r *Region, off int64, n int) ([]T, error) {
	p, err := planOf(reflect.TypeFor[T]())
	if err != nil {
		return nil, err
	}
	b := r.Bytes()
	if b == nil {
		return nil, pathError("view", r.label(), fs.ErrClosed)
	}
	return view[T](b, off, n, p)
}

func view[T any](b []byte, off int64, n int, p *plan) ([]T, error) {
	size := int64(p.size)
	switch {
	case off < 0 || n < 0 || int64(n) > math.MaxInt64/size || off > int64(len(b)) || int64(n)*size > int64(len(b))-off:
		return nil, refuse(ErrBounds, "%d of %v (%d bytes each) at %d of %d", n, p.typ, size, off, len(b))
	case off%int64(p.align) != 0:
		return nil, refuse(ErrBounds, "%v at %d, which is no multiple of %d", p.typ, off, p.align)
	case n == 0:
		return []T{}, nil
	}
	base := unsafe.Pointer(unsafe.SliceData(b[off:]))
	if uintptr(base)%uintptr(p.align) != 0 {
		return nil, refuse(ErrBounds, "memory not aligned to %d", p.align)
	}
	return unsafe.Slice((*T)(base), n), nil
}

// SchemaOf fingerprints T's layout: the names, kinds, offsets and sizes of its
// fields, but not the names of its types. Programs built from the same
// definition get the same fingerprint on every platform; store it with
// Options.Schema and openers with another definition are refused. Errors: ErrType.
func SchemaOf[T any]() (Schema, error) {
	p, err := planOf(reflect.TypeFor[T]())
	if err != nil {
		return Schema{}, err
	}
	return p.schema, nil
}

// LayoutOf is the text SchemaOf fingerprints, one field a line: offset, kind, name.
func LayoutOf[T any]() (string, error) {
	p, err := planOf(reflect.TypeFor[T]())
	if err != nil {
		return "", fmt.Errorf("layout: %w", err)
	}
	return p.layout, nil
}
