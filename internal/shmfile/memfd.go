package shmfile

import "os"

// Seals are promises about anonymous memory that nobody can take back.
type Seals uint

const (
	SealShrink      Seals = 1 << iota // it never becomes shorter
	SealGrow                          // it never becomes longer
	SealFutureWrite                   // no new writable mapping, no write; mappings that exist keep writing
	SealSeal                          // no further seals
)

// Anonymous makes a file without a name in memory. name is for people. huge
// asks for huge pages. Errors: errors.ErrUnsupported off Linux.
func Anonymous(name string, huge bool) (*os.File, error) {
	if err := before("memfd", name); err != nil {
		return nil, err
	}
	return anonymous(name, huge)
}

// AddSeals seals f.
func AddSeals(f *os.File, s Seals) error {
	if err := before("seal", f.Name()); err != nil {
		return err
	}
	return addSeals(f, s)
}

// GetSeals says which seals f has; errors.ErrUnsupported for files that know
// no seals.
func GetSeals(f *os.File) (Seals, error) {
	if err := before("get seals", f.Name()); err != nil {
		return 0, err
	}
	return getSeals(f)
}

// HugePageSize is the page size of a file on a file system of huge pages, 0 for
// every other file.
func HugePageSize(f *os.File) int64 { return hugePageSize(f) }
