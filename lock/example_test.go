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

// The memory of a Mutex is shared: here it is a byte slice that stands for the
// bytes of a region. In a real program owner is made by NewOwner on the region's
// file.
func ExampleMutex() {
	mem := make([]byte, 128)
	var owner *lock.Owner // nil: only goroutines of this process

	m, err := lock.MutexAt(mem, owner)
	if err != nil {
		log.Fatal(err)
	}
	account := mem[64:]
	deposit := func(ctx context.Context, amount uint64) error {
		switch err := m.Lock(ctx); {
		case errors.Is(err, lock.ErrOwnerDied):
			// Repair what the dead holder may have left half-done, then:
			if err := m.Recover(); err != nil {
				return err
			}
		case err != nil:
			return err
		}
		binary.NativeEndian.PutUint64(account, binary.NativeEndian.Uint64(account)+amount)
		return m.Unlock()
	}
	if err := deposit(context.Background(), 42); err != nil {
		log.Fatal(err)
	}
	fmt.Println(binary.NativeEndian.Uint64(account))
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
