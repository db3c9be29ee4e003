package memmapfs_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log"
	"os"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/sigbus"
)

// tempFS returns a file system with config, and a directory for the example.
func tempFS(config *memmapfs.Config) (m *memmapfs.MemMapFS, dir string, end func()) {
	base, err := osfs.NewFS()
	if err != nil {
		log.Fatal(err)
	}
	native, err := os.MkdirTemp("", "memmapfs")
	if err != nil {
		log.Fatal(err)
	}
	m = memmapfs.New(base, config)
	return m, osfs.FromNative(native), func() {
		m.Close()
		os.RemoveAll(native)
	}
}

// A database file: records of fixed size, written in place, durable when Sync
// returns. Only the page that changed is flushed.
func Example_database() {
	fs, dir, end := tempFS(&memmapfs.Config{Mode: memmapfs.ModeReadWrite, SyncMode: memmapfs.SyncLazy})
	defer end()
	db, err := fs.Create(dir + "/accounts")
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()

	record := make([]byte, 64)
	for account := range int64(1000) {
		binary.LittleEndian.PutUint64(record, uint64(account*10))
		if _, err := db.WriteAt(record, account*64); err != nil {
			log.Fatal(err)
		}
	}
	if err := db.Sync(); err != nil {
		log.Fatal(err)
	}
	if _, err := db.ReadAt(record, 77*64); err != nil {
		log.Fatal(err)
	}
	fmt.Println("account 77:", binary.LittleEndian.Uint64(record))
	// Output: account 77: 770
}

// A log is scanned in place: the view's bytes are the file's pages. The guard
// turns a truncation by the log's owner into an error.
func Example_logScan() {
	fs, dir, end := tempFS(&memmapfs.Config{Mode: memmapfs.ModeReadOnly, Advice: memmapfs.AdviceSequential})
	defer end()
	name := dir + "/log"
	if err := os.WriteFile(osfs.ToNative(name), []byte("ok\nerror: one\nok\nerror: two\n"), 0o600); err != nil {
		log.Fatal(err)
	}
	file, err := fs.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	f, ok := file.(*memmapfs.MappedFile)
	if !ok {
		log.Fatal(name, " is no regular file")
	}
	view, err := f.View(0, f.Stats().Size)
	if err != nil {
		log.Fatal(err)
	}
	defer view.Release()
	errors := 0
	err = sigbus.Guard(func() {
		for line := range bytes.Lines(view.Bytes()) {
			if bytes.HasPrefix(line, []byte("error")) {
				errors++
			}
		}
	})
	fmt.Println(errors, "errors,", err)
	// Output: 2 errors, <nil>
}

// A file larger than memory, or than the addresses of a 32-bit system, is read
// through windows; Data is nil then, everything else works as ever.
func Example_largeBinary() {
	fs, dir, end := tempFS(&memmapfs.Config{
		Mode: memmapfs.ModeReadWrite, WindowSize: 64 << 20, WindowSlide: true, MaxWindows: 4,
	})
	defer end()
	file, err := fs.Create(dir + "/volume")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if err := file.Truncate(5 << 30); err != nil { // sparse: it takes no space
		log.Fatal(err)
	}
	if _, err := file.WriteAt([]byte("superblock"), 4<<30); err != nil {
		log.Fatal(err)
	}
	p := make([]byte, 10)
	if _, err := file.ReadAt(p, 4<<30); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s, windowed: %v\n", p, file.(*memmapfs.MappedFile).Stats().Windowed)
	// Output: superblock, windowed: true
}

// What if: every change stays in memory, all handles see it, and Discard takes
// it back. The file on disk never changes.
func Example_whatIf() {
	fs, dir, end := tempFS(&memmapfs.Config{Mode: memmapfs.ModeCopyOnWrite})
	defer end()
	name := dir + "/config"
	if err := os.WriteFile(osfs.ToNative(name), []byte("mode=safe"), 0o600); err != nil {
		log.Fatal(err)
	}
	file, err := fs.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte("fast"), 5); err != nil {
		log.Fatal(err)
	}
	seen, _ := fs.ReadFile(name)
	disk, _ := os.ReadFile(osfs.ToNative(name))
	fmt.Printf("seen %s, on disk %s\n", seen, disk)
	if err := file.(*memmapfs.MappedFile).Discard(); err != nil {
		log.Fatal(err)
	}
	seen, _ = fs.ReadFile(name)
	fmt.Printf("after Discard %s\n", seen)
	// Output:
	// seen mode=fast, on disk mode=safe
	// after Discard mode=safe
}
