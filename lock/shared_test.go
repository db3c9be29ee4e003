package lock

import (
	"errors"
	"os"
	"testing"

	"github.com/absfs/shmkit/internal/fdlock"
)

// shared is a mapped file and an identity on it.
type shared struct {
	file  *os.File
	mem   []byte
	unmap func() error
	owner *Owner
}

func attach(path string) (*shared, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	mem, unmap, err := mapFile(f)
	if err != nil {
		return nil, err
	}
	o, err := NewOwner(f)
	return &shared{f, mem, unmap, o}, err
}

func (s *shared) close() error {
	return errors.Join(s.owner.Close(), s.unmap(), s.file.Close())
}

func attached(t testing.TB, path string) *shared {
	t.Helper()
	s, err := attach(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// needsDeath skips a test where nobody notices that an owner died.
func needsDeath(t *testing.T) {
	t.Helper()
	if !fdlock.OwnedByFile {
		t.Skip("platform: kernel locks belong to the process here: the death of an owner is not detected")
	}
}
