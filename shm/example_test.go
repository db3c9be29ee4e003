package shm_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"

	"github.com/absfs/shmkit/lock"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
)

// gauge is what two programs share. Every field has a fixed size and there is
// no hole between them.
type gauge struct {
	Samples atomic.Uint64
	Last    atomic.Uint64
}

// Two attachments, as a rule in two processes, see the same struct.
func Example() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	schema, err := region.SchemaOf[gauge]()
	if err != nil {
		fmt.Println(err)
		return
	}
	o := &shm.Options{Dir: dir, Size: 4096, Create: true, Kind: "gauge", Version: 1, Schema: schema}

	writer, err := shm.Open("temperature", o)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer writer.Close()
	w, err := region.At[gauge](writer, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	w.Last.Store(21)
	w.Samples.Add(1)

	reader, err := shm.Open("temperature", &shm.Options{Dir: dir, ReadOnly: true, Kind: "gauge", Version: 1, Schema: schema})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer reader.Close()
	r, err := region.At[gauge](reader, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Samples.Load(), r.Last.Load(), reader.Info().Attached)

	fmt.Println(errors.Is(shm.Remove("temperature", o), shm.ErrInUse))
	// Output:
	// 1 21 2
	// true
}

// bank is data that must never be seen half changed, not even after its writer
// was killed in the middle: a change is prepared in the slot that is not current,
// and one store makes it so.
type bank struct {
	Lock    [64]byte
	Current atomic.Uint32
	_       [4]byte
	Slots   [2]balances
}

type balances struct{ From, To int64 }

// A lock in the region guards the data; whoever takes it over from a dead
// process learns that, and here has nothing to repair.
func Example_crashSafe() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	r, err := shm.Open("bank", &shm.Options{Dir: dir, Size: 4096, Create: true, Kind: "bank", Version: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	b, err := region.At[bank](r, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	owner, err := lock.NewOwner(r.File())
	if err != nil {
		fmt.Println(err)
		return
	}
	defer owner.Close()
	mu, err := lock.MutexAt(b.Lock[:], owner)
	if err != nil {
		fmt.Println(err)
		return
	}

	err = mu.Lock(context.Background())
	if errors.Is(err, lock.ErrOwnerDied) {
		err = mu.Recover() // the half-made change was never current
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	now := b.Current.Load() & 1
	next := b.Slots[now]
	next.From -= 10
	next.To += 10
	b.Slots[1-now] = next
	b.Current.Store(1 - now)
	if err := mu.Unlock(); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(b.Slots[b.Current.Load()&1])
	// Output: {-10 10}
}
