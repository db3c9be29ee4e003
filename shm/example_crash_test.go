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

// bank is data that must never be seen half changed, not even after its writer
// was killed in the middle: a change is prepared in the slot that is not current,
// and one store makes it so.
type bank struct {
	Lock    [64]byte
	Current atomic.Uint32 // which slot counts
	_       [4]byte
	Slots   [2]balances
}

type balances struct{ From, To int64 }

// account is one process's way to the bank.
type account struct {
	r     *region.Region
	owner *lock.Owner
	mu    *lock.Mutex
	bank  *bank
}

func openAccount(dir string) (*account, error) {
	r, err := shm.Open("bank", &shm.Options{Dir: dir, Size: 4096, Create: true, Kind: "bank", Version: 1})
	if err != nil {
		return nil, err
	}
	a := &account{r: r}
	if a.bank, err = region.At[bank](r, 0); err == nil {
		a.owner, err = lock.NewOwner(r.File())
	}
	if err == nil {
		a.mu, err = lock.MutexAt(a.bank.Lock[:], a.owner)
	}
	if err != nil {
		return nil, errors.Join(err, a.close())
	}
	return a, nil
}

func (a *account) close() error { return errors.Join(a.owner.Close(), a.r.Close()) }

// transfer moves money. A process that is killed in it has moved all or nothing.
func (a *account) transfer(ctx context.Context, amount int64) error {
	err := a.mu.Lock(ctx)
	if errors.Is(err, lock.ErrOwnerDied) {
		err = a.mu.Recover() // what it was changing was never current
	}
	if err != nil {
		return err
	}
	now := a.bank.Current.Load() & 1
	next := a.bank.Slots[now]
	next.From -= amount
	next.To += amount
	a.bank.Slots[1-now] = next
	a.bank.Current.Store(1 - now)
	return a.mu.Unlock()
}

// A lock in the region guards the data; whoever takes it over from a dead
// process learns that, and here has nothing to repair.
func Example_crashSafe() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	a, err := openAccount(dir)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer a.close()
	if err := a.transfer(context.Background(), 10); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(a.bank.Slots[a.bank.Current.Load()&1])
	// Output: {-10 10}
}
