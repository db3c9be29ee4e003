package lock_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/absfs/shmkit/lock"
)

func ExampleFile() {
	dir, err := os.MkdirTemp("", "lock")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	l := lock.NewFile(filepath.Join(dir, "app.lock"))
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := l.Lock(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println("one process at a time")
	if err := l.Unlock(); err != nil {
		log.Fatal(err)
	}
	// Output: one process at a time
}

// purse is a lock and what it guards, in memory that processes share.
type purse struct {
	owner *lock.Owner
	mu    *lock.Mutex
	coins []byte
}

// openPurse is called once by each process. Of a region, file is File and mem
// is Bytes.
func openPurse(file *os.File, mem []byte) (*purse, error) {
	owner, err := lock.NewOwner(file) // one for all locks of the file
	if err != nil {
		return nil, err
	}
	mu, err := lock.MutexAt(mem[:64], owner) // one handle for all goroutines
	if err != nil {
		return nil, errors.Join(err, owner.Close())
	}
	return &purse{owner, mu, mem[64:72]}, nil
}

func (p *purse) add(ctx context.Context, coins uint64) error {
	switch err := p.mu.Lock(ctx); {
	case err == nil:
	case errors.Is(err, lock.ErrOwnerDied): // we hold it, the last holder was killed
		if err := p.mu.Recover(); err != nil { // after repairing the data, if need be
			return err
		}
	default:
		return err // ctx ended, or ErrNotRecoverable
	}
	binary.NativeEndian.PutUint64(p.coins, binary.NativeEndian.Uint64(p.coins)+coins)
	return p.mu.Unlock()
}

// The memory of a Mutex is shared: here it is a byte slice that stands for the
// bytes of a region.
func ExampleMutex() {
	file, err := os.CreateTemp("", "lock")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	p, err := openPurse(file, make([]byte, 128))
	if err != nil {
		log.Fatal(err)
	}
	defer p.owner.Close()
	if err := p.add(context.Background(), 42); err != nil {
		log.Fatal(err)
	}
	fmt.Println(binary.NativeEndian.Uint64(p.coins))
	// Output: 42
}

func ExampleSeqlock() {
	type position struct{ X, Y, Z float64 }
	mem := make([]byte, lock.SeqlockSize[position]())

	writer, err := lock.SeqlockAt[position](mem)
	if err != nil {
		log.Fatal(err)
	}
	reader, err := lock.SeqlockAt[position](mem) // usually in another process
	if err != nil {
		log.Fatal(err)
	}
	writer.Store(position{1, 2, 3})
	p, err := reader.Load(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(p, reader.Version())
	// Output: {1 2 3} 1
}

func ExampleSemaphore() {
	mem := make([]byte, lock.SemaphoreSize(2))
	s, err := lock.SemaphoreAt(mem, 2, nil)
	if err != nil {
		log.Fatal(err)
	}
	for range 3 {
		ok, err := s.TryAcquire()
		fmt.Println(ok, err)
	}
	// Output:
	// true <nil>
	// true <nil>
	// false <nil>
}
