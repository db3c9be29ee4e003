package ring

import "sync/atomic"

// inside says whether an operation is on shared memory. The operation's side of
// it is two plain stores; Close, which is rare, has the kernel fence them.
type inside struct {
	word   uint32
	others atomic.Int32 // goroutines that take a look, as Stats does
}

func (i *inside) enter() { private32(&i.word, 1) }
func (i *inside) leave() { private32(&i.word, 0) }
