package ring

import (
	"context"
	"runtime/debug"
)

// SendBatch sends copies of recs and publishes as many as fit with one store;
// it waits for space as long as ctx lasts. It returns how many were sent, also
// with an error; errors are those of Send.
func (p *Producer) SendBatch(ctx context.Context, recs [][]byte) (sent int, err error) {
	for sent < len(recs) {
		n, err := p.batch(recs[sent:])
		sent += n
		switch {
		case err == nil:
		case err != ErrFull:
			return sent, err
		default:
			if err := p.waitRoom(ctx, len(recs[sent])); err != nil {
				return sent, err
			}
		}
	}
	return sent, nil
}

// batch writes as many of recs as there is room for and publishes them.
func (p *Producer) batch(recs [][]byte) (n int, err error) {
	if err := p.begin(); err != nil {
		return 0, err
	}
	tail, done := p.tail, false
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if !done {
			n, err = 0, p.faulted(recover())
		}
		p.inside.leave()
	}()
	for n < len(recs) {
		if err = p.claim(len(recs[n])); err != nil {
			break
		}
		fill(p.slot(), recs[n])
		p.write(len(recs[n]))
		n++
	}
	if p.tail != tail {
		p.publish(p.tail)
	}
	done = true
	return n, err
}
