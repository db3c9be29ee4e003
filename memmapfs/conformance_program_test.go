package memmapfs_test

import "io"

// A program is a sequence of file operations decoded from bytes, so that the
// random test and the fuzzer speak the same language.
type program struct{ rest []byte }

func (p *program) byte() byte {
	if len(p.rest) == 0 {
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return b
}

func (p *program) done() bool { return len(p.rest) == 0 }

// offset yields offsets near pages and windows, small ones, negative ones and
// some far behind any end, but within what every file system can seek to.
func (p *program) offset() int64 {
	kind, fine := p.byte(), int64(p.byte())
	switch {
	case kind < 100:
		return int64(kind)<<10 | fine<<2
	case kind < 200:
		return int64(kind%5)*4096 + fine - 128
	case kind < 240:
		return int64(kind%3)*65536 + fine - 128
	case kind < 250:
		return fine - 200
	case kind < 253:
		return 1<<40 + fine
	default:
		return -1<<63 + fine
	}
}

// near is offset without those that would make a file huge.
func (p *program) near() int64 {
	for {
		if off := p.offset(); off < 1<<20 && off > -1<<20 {
			return off
		}
		if p.done() {
			return 0
		}
	}
}

func (p *program) length() int {
	kind, fine := p.byte(), int(p.byte())
	switch {
	case kind < 20:
		return 0
	case kind < 150:
		return fine
	case kind < 240:
		return 4096 + fine - 128
	default:
		return 65536 + fine*64 - 128
	}
}

func (p *program) whence() int {
	switch b := p.byte(); {
	case b < 90:
		return io.SeekStart
	case b < 170:
		return io.SeekCurrent
	case b < 250:
		return io.SeekEnd
	default:
		return portableWhence(int(b)) // means nothing
	}
}
