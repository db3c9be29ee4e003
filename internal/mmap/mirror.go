package mmap

import "os"

// MapMirror maps n bytes of f from off twice in a row, so that
// data[i] and data[n+i] are the same byte and a range that crosses the end goes
// on at the beginning; len(data) is 2n. Off and n must be multiples of
// [Granularity]. Call unmap once. Where the platform cannot promise the second
// place, errors.ErrUnsupported.
func MapMirror(f *os.File, off int64, n int, writable bool) (data []byte, unmap func() error, err error) {
	if err := checkRange(off, n); err != nil {
		return nil, nil, err
	}
	if n%Granularity() != 0 || n > maxInt/2 {
		return nil, nil, errInvalid
	}
	if err := Intercept(Call{Op: OpMap, Name: nameOf(f), Off: off, Len: int64(n)}); err != nil {
		return nil, nil, err
	}
	prot := Read
	if writable {
		prot |= Write
	}
	return mapMirror(f, off, n, prot)
}

const maxInt = int(^uint(0) >> 1)
