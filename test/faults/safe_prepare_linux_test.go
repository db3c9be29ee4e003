package faults

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/absfs/shmkit/sigbus"
)

const ringRecord = 3000

// mapped opens a file through memory.
func mapped(o order) (*memmapfs.MappedFile, error) {
	name := filepath.Join(o.Dir, "file")
	if err := os.WriteFile(name, numbered(fileSize), 0o600); err != nil {
		return nil, err
	}
	m, err := plans[0].fs()
	if err != nil {
		return nil, err
	}
	return open(m, name, os.O_RDWR)
}

// withWords prepares memory of a region for a lock.
func withWords(use func(b []byte, cut func() error) error) func(order, func() error) error {
	return func(o order, cut func() error) error {
		r, err := region.Create("region", 1<<16, &region.Options{Dir: o.Dir})
		if err != nil {
			return err
		}
		defer r.Close()
		return use(r.Bytes(), cut)
	}
}

// received prepares a consumer of a ring with records in it.
func received(use func(c *ring.Consumer, cut func() error) error) func(order, func() error) error {
	return func(o order, cut func() error) error {
		opts := &ring.Options{Dir: o.Dir, Create: true, Capacity: 1 << 16}
		p, err := ring.OpenProducer("ring", opts)
		if err != nil {
			return err
		}
		defer p.Close()
		c, err := ring.OpenConsumer("ring", opts)
		if err != nil {
			return err
		}
		defer c.Close()
		for range 3 {
			if err := p.TrySend(make([]byte, ringRecord)); err != nil {
				return err
			}
		}
		return use(c, cut)
	}
}

// readCut reads a byte of a record, cuts the file off, and reads the rest.
func readCut(r io.Reader, cut func() error) error {
	if _, err := r.Read(make([]byte, 1)); err != nil {
		return err
	}
	if err := cut(); err != nil {
		return err
	}
	_, err := r.Read(make([]byte, ringRecord))
	return err
}

// cutting is a reader that cuts the file off which its bytes are meant for, and
// then touches them itself as readers in memory do.
type cutting struct{ cut func() error }

func (c cutting) Read(b []byte) (int, error) {
	if err := c.cut(); err != nil {
		return 0, err
	}
	return bytes.NewReader(make([]byte, ringRecord)).Read(b)
}

func allFaults(errs ...error) error {
	for i, err := range errs {
		if !errors.Is(err, sigbus.ErrFault) {
			return fmt.Errorf("call %d: %v", i, err)
		}
	}
	return errs[0]
}
