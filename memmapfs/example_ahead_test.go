package memmapfs_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
)

// A log that one process writes: most appends are a copy, and Sync makes the
// length exact. Whoever opens it cuts off the zeros that a killed writer left
// behind; its lines never end in one.
func Example_growAhead() {
	config := memmapfs.DefaultConfig()
	config.GrowAhead = 4 << 20
	fs, dir, end := tempFS(config)
	defer end()
	name := dir + "/log"
	if err := os.WriteFile(osfs.ToNative(name), []byte("one\ntwo\n\x00\x00\x00\x00"), 0o600); err != nil {
		log.Fatal(err)
	}
	file, err := fs.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if err := cutZeros(file.(*memmapfs.MappedFile)); err != nil {
		log.Fatal(err)
	}
	if _, err := file.Seek(0, io.SeekEnd); err != nil {
		log.Fatal(err)
	}
	if _, err := file.Write([]byte("three\n")); err != nil {
		log.Fatal(err)
	}
	if err := file.Sync(); err != nil {
		log.Fatal(err)
	}
	content, err := os.ReadFile(osfs.ToNative(name))
	fmt.Printf("%q, %v\n", content, err)
	// Output: "one\ntwo\nthree\n", <nil>
}

// cutZeros makes the file end with its last byte that is not zero.
func cutZeros(f *memmapfs.MappedFile) error {
	v, err := f.View(0, f.Stats().Size)
	if err != nil {
		return err
	}
	end := int64(len(bytes.TrimRight(v.Bytes(), "\x00")))
	v.Release()
	return f.Truncate(end)
}
