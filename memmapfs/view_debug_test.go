//go:build shmdebug

package memmapfs

import (
	"errors"
	"os"
	"testing"

	"github.com/absfs/shmkit/sigbus"
)

func TestUseOfAViewAfterReleaseIsCaught(t *testing.T) {
	both(t, Config{Mode: ModeReadWrite, SyncMode: SyncNever}, func(t *testing.T, cfg *Config) {
		f := mappedFile(t, cfg, os.O_RDWR, pattern(1<<20))
		v, err := f.View(10, 1000)
		if err != nil {
			t.Fatal(err)
		}
		kept := v.Bytes()
		v.Release()
		if err := sigbus.Guard(func() { kept[5] = 1 }); !errors.Is(err, sigbus.ErrFault) {
			t.Fatalf("writing to released bytes: %v", err)
		}
		defer func() {
			if recover() == nil {
				t.Fatal("Bytes after Release went unnoticed")
			}
		}()
		v.Bytes()
	})
}
