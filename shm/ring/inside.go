package ring

// inside says whether an operation is on shared memory. The operation's side of
// it is two plain stores; Close, which is rare, has the kernel fence them.
type inside struct{ word uint32 }

func (i *inside) enter() { private32(&i.word, 1) }
func (i *inside) leave() { private32(&i.word, 0) }
