package faults

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/absfs/shmkit/sigbus"
	"golang.org/x/sys/unix"
)

func init() {
	roles["poisoner"] = poisonerRole
	roles["reader of poison"] = poisonReaderRole
}

// TestAMemoryFailureIsAnErrorOfWhoeverTouchesThePage has the kernel treat a page
// of a file as broken memory.
func TestAMemoryFailureIsAnErrorOfWhoeverTouchesThePage(t *testing.T) {
	if os.Getenv("SHMKIT_SOAK") == "" {
		t.Skip("soak: takes a page of memory from the machine until it is booted again")
	}
	needRoot(t)
	dir := smallTmpfs(t, 1<<20)
	name := filepath.Join(dir, "file")
	writeFile(t, name, numbered(1<<16))
	reader := start(t, order{Role: "reader of poison", Plan: plans[0], File: name, Dir: dir, Size: 1 << 16})
	poisoner := start(t, order{Role: "poisoner", File: name})
	var refused string
	if poisoner.out.Decode(&refused) == nil { // the kernel may kill it: it has the page mapped
		_ = poisoner.cmd.Wait()
		t.Skipf("kernel: no memory failures to be had: %s", refused)
	}
	var met string
	reader.finish(&met)
	t.Log(met)
}

// poisonerRole breaks the first page of the file and is killed for it.
func poisonerRole(o order) (any, error) {
	f, err := os.OpenFile(o.File, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	page, err := unix.Mmap(int(f.Fd()), 0, os.Getpagesize(), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return nil, err
	}
	ready()
	if err := unix.Madvise(page, unix.MADV_HWPOISON); err != nil {
		return err.Error(), nil
	}
	return nil, errors.New("poisoned, and alive")
}

// poisonReaderRole reads the file when the page is broken: an error that names
// the file, or the bytes again where the kernel could mend it; the rest is as it was.
func poisonReaderRole(o order) (any, error) {
	m, err := o.Plan.fs()
	if err != nil {
		return nil, err
	}
	f, err := open(m, o.File, os.O_RDWR)
	if err != nil {
		return nil, err
	}
	stop := told()
	got, want := make([]byte, 1000), numbered(int(o.Size))
	if _, err := f.ReadAt(got, 0); err != nil {
		return nil, err
	}
	ready()
	<-stop
	_, rerr := f.ReadAt(got, 0)
	if rerr == nil && !bytes.Equal(got, want[:1000]) {
		return nil, errors.New("other bytes, and no error")
	}
	var fault *sigbus.FaultError
	if _, err := sigbus.Copy(got, f.Data()); err != nil && (!errors.As(err, &fault) || fault.Name != f.Name()) {
		return nil, fmt.Errorf("not a fault in the file: %w", err)
	}
	if _, err := f.ReadAt(got, o.Size/2); err != nil || !bytes.Equal(got, want[o.Size/2:][:1000]) {
		return nil, fmt.Errorf("another page: %w", err)
	}
	_, _ = f.Close(), m.Close() // what cannot be read cannot be written back
	return fmt.Sprint("the broken page: ", rerr), nil
}
