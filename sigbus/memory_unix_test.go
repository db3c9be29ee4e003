//go:build unix

package sigbus

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// faulty returns mapped memory of pages pages whose pages from good on fault.
func faulty(t testing.TB, pages, good int) []byte {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "mapped"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	page := os.Getpagesize()
	if err := f.Truncate(int64(pages * page)); err != nil {
		t.Fatal(err)
	}
	data, err := unix.Mmap(int(f.Fd()), 0, pages*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(data) })
	for i := range data {
		data[i] = pattern(i)
	}
	if err := f.Truncate(int64(good * page)); err != nil {
		t.Fatal(err)
	}
	return data
}

// unmapped returns a slice whose memory has been given back.
func unmapped(t testing.TB) []byte {
	t.Helper()
	size := os.Getpagesize()
	p, err := unix.MmapPtr(-1, 0, nil, uintptr(size), unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.MunmapPtr(p, uintptr(size)); err != nil {
		t.Fatal(err)
	}
	return unsafeSlice(p, size)
}
