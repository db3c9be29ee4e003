package memmapfs

import (
	"bytes"
	"os"
	"testing"
)

func TestAViewReleasedTwiceIsReleasedOnce(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		a, err := f.View(10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		b, err := f.View(10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		a.Release()
		a.Release()
		if n := f.Stats().Views; n != 1 {
			t.Fatalf("%d views left", n)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		a.Release()
		if !bytes.Equal(b.Bytes(), pattern(1 << 20)[10:1010]) {
			t.Fatal("the other view shows something else")
		}
		b.Release()
		b.Release()
	})
}
