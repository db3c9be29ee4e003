//go:build !(linux || darwin || freebsd || netbsd || dragonfly || windows)

package shm_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
)

// TestUnsupportedIsSaidClearly runs where files cannot be mapped.
func TestUnsupportedIsSaidClearly(t *testing.T) {
	o := &region.Options{Dir: t.TempDir()}
	_, created := shm.Create("r", 4096, o)
	_, opened := shm.Open("r", o)
	_, anonymous := region.Anonymous(4096, o)
	_, producer := ring.OpenProducer("r", &ring.Options{Dir: o.Dir, Create: true})
	_, consumer := ring.OpenConsumer("r", &ring.Options{Dir: o.Dir})
	for what, err := range map[string]error{
		"Create": created, "Open": opened, "Anonymous": anonymous, "OpenProducer": producer, "OpenConsumer": consumer,
	} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v is not errors.ErrUnsupported", what, err)
		} else if what != "Anonymous" && !strings.Contains(err.Error(), runtime.GOOS) {
			t.Errorf("%s: %v does not name the platform", what, err)
		}
	}
}
