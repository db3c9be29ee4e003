//go:build !shmcheck && !race

package ring

import (
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/absfs/shmkit/sigbus"
)

// Not under the race detector: it does the operations of sync/atomic in C, where
// no fault can be recovered from.

func init() { roles["truncate"] = truncate }

// truncate cuts the file short again and again, and makes it long again.
func truncate(o *Options) error {
	path := filepath.Join(o.Dir, "r")
	info, err := os.Stat(path)
	for err == nil {
		time.Sleep(time.Duration(rand.IntN(2000)) * time.Microsecond)
		if err = os.Truncate(path, rand.Int64N(info.Size())); err == nil {
			err = os.Truncate(path, info.Size())
		}
	}
	return err
}

func TestAProcessThatTruncatesEndsNobodyElse(t *testing.T) {
	suffer(t, "truncate", ErrCorrupt, ErrVersion, ErrPeerDead, io.EOF, sigbus.ErrFault)
}
