package memmapfs

import (
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
)

// Where an append lands only the kernel knows: it is flushed there, not behind the
// end that the handle knew of.
func TestAppendsAreFlushedWhereTheyAre(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, os.O_WRONLY|os.O_APPEND, pattern(100))
	other, err := os.OpenFile(osfs.ToNative(f.Name()), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	const behind = 1 << 20
	if _, err := other.Write(pattern(behind - 100)); err != nil {
		t.Fatal(err)
	}
	flushed := false
	defer mmap.SetHook(func(c mmap.Call) error {
		if c.Op == mmap.OpSyncFile || c.Op == mmap.OpSync && c.Off <= behind && c.Off+c.Len >= behind+4 {
			flushed = true
		}
		return nil
	})()
	if _, err := f.WriteString("mine"); err != nil {
		t.Fatal(err)
	}
	if !flushed {
		t.Fatal("the bytes that were written are not on the device")
	}
}
