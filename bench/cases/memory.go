package cases

import (
	"fmt"
	"os"
	"path/filepath"
)

// PeakResident is the case of the memory group.
const PeakResident = "peak resident memory"

func openMemory(dir string, p Plan) ([]Case, func() error, error) {
	size := pick(p, int64(5<<30), 1<<30)
	name := filepath.Join(dir, "huge")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		return nil, nil, err
	}
	if err := os.Truncate(name, size); err != nil {
		return nil, nil, err
	}
	var cases []Case
	for _, system := range readSystems {
		cases = append(cases, Case{System: system, Name: PeakResident, Size: size, Unit: "MiB", Segment: func() (float64, float64, error) {
			wait, err := childArg{Do: "scan", System: system, Path: name, Size: size}.start()
			if err != nil {
				return 0, 0, err
			}
			v, err := wait()
			return v, -1, err
		}})
	}
	return cases, func() error { return os.Remove(name) }, nil
}

// scan reads a file once in pieces of 64 KiB, the last bytes of it too, and
// returns the most memory this process had, in MiB.
func scan(a childArg) (float64, error) {
	r, err := open(a.System, a.Path)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	buf := make([]byte, 64<<10)
	for off := int64(0); off < a.Size; off += int64(len(buf)) {
		if n, err := r.ReadAt(buf, off); err != nil || n != len(buf) {
			return 0, fmt.Errorf("%d bytes at %d: %w", n, off, err)
		}
	}
	return float64(maxResident()) / (1 << 20), nil
}
