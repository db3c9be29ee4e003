package shm_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
)

// clone makes a region of what another holds now, by way of a file.
func clone(r *region.Region, path, name string, o *shm.Options) (*region.Region, error) {
	if err := r.SaveTo(path); err != nil {
		return nil, err
	}
	return region.CreateFrom(name, path, o)
}

// journal is a region that is there after a reboot.
func journal(dir, entry string) error {
	r, err := shm.Open("journal", &shm.Options{Dir: dir, Persistent: true, Create: true, Size: 4096})
	if err != nil {
		return err
	}
	copy(r.Bytes(), entry)
	return errors.Join(r.Sync(), r.Close())
}

// A region on a disk is saved by Sync, any other by SaveTo.
func Example_persistent() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := journal(dir, "all is well"); err != nil {
		fmt.Println(err)
		return
	}
	names, err := shm.Reap(&shm.Options{Dir: dir}) // leaves it alone
	fmt.Println(names, err)
	r, err := shm.Open("journal", &shm.Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	c, err := clone(r, filepath.Join(dir, "journal.saved"), "copy", &shm.Options{Dir: dir})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	fmt.Println(string(c.Bytes()[:11]))
	// Output:
	// [] <nil>
	// all is well
}
