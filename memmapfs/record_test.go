package memmapfs

import (
	"sync"
	"testing"

	"github.com/absfs/shmkit/internal/mmap"
)

// recorder keeps the system calls of package mmap that concern one file.
type recorder struct {
	mu    sync.Mutex
	calls []mmap.Call
	fail  func(mmap.Call) error
}

// record installs a recorder until the test ends.
func record(t testing.TB) *recorder {
	t.Helper()
	r := &recorder{}
	t.Cleanup(mmap.SetHook(r.hook))
	return r
}

func (r *recorder) hook(c mmap.Call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, c)
	if r.fail != nil {
		return r.fail(c)
	}
	return nil
}

// take returns the calls of the given kinds since the last take.
func (r *recorder) take(ops ...mmap.Op) []mmap.Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []mmap.Call
	for _, c := range r.calls {
		for _, op := range ops {
			if c.Op == op {
				out = append(out, c)
			}
		}
	}
	r.calls = nil
	return out
}

// failing makes calls of kind op fail with err from now on; nil ends that.
func (r *recorder) failing(op mmap.Op, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.fail = func(c mmap.Call) error {
		if c.Op == op {
			return err
		}
		return nil
	}
}
