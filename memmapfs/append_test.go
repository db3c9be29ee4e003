package memmapfs

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"testing"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/wine"
)

// TestAHundredMegabytesOfSmallRecordsArriveInOrder appends them with and without
// running ahead, and reads the file back through the operating system.
func TestAHundredMegabytesOfSmallRecordsArriveInOrder(t *testing.T) {
	wine.Skip(t, "each append past the end maps the file anew, at Wine's speed")
	const records = 100 << 20 / 64
	for name, ahead := range map[string]int64{"exact": 0, "ahead": 4 << 20} {
		t.Run(name, func(t *testing.T) {
			f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: ahead}, os.O_RDWR, nil)
			record := make([]byte, 64)
			for i := range uint64(records) {
				binary.LittleEndian.PutUint64(record, i)
				binary.LittleEndian.PutUint64(record[56:], ^i)
				if n, err := f.Write(record); n != 64 || err != nil {
					t.Fatalf("record %d: %d, %v", i, n, err)
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			file, err := os.Open(osfs.ToNative(f.Name()))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			r := bufio.NewReaderSize(file, 1<<20)
			for i := range uint64(records) {
				if _, err := io.ReadFull(r, record); err != nil {
					t.Fatalf("record %d: %v", i, err)
				}
				if binary.LittleEndian.Uint64(record) != i || binary.LittleEndian.Uint64(record[56:]) != ^i {
					t.Fatalf("record %d holds % x", i, record)
				}
			}
			if n, err := r.Read(record); n != 0 || err != io.EOF {
				t.Fatalf("%d bytes too many, %v", n, err)
			}
		})
	}
}
