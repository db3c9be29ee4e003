// Package climit builds and runs the C program that sets the limit: two forked
// processes, one ring, nothing else.
package climit

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

//go:embed src/limit.c
var source []byte

// Flags are the compiler's.
var flags = []string{"-O3", "-march=native"}

// Flags says how the program is compiled.
func Flags() string { return fmt.Sprint(flags) }

// Build compiles the program into dir. The error says what is missing.
func Build(dir string) (path string, err error) {
	cc := "cc"
	if env := os.Getenv("CC"); env != "" {
		cc = env
	}
	if _, err := exec.LookPath(cc); err != nil {
		return "", fmt.Errorf("no C compiler: %w", err)
	}
	src := filepath.Join(dir, "limit.c")
	if err := os.WriteFile(src, source, 0o600); err != nil {
		return "", err
	}
	path = filepath.Join(dir, "limit")
	args := append([]string{"-o", path, src}, flags...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cc, err, out)
	}
	return path, nil
}

// Mode is what the program does.
type Mode string

// The modes of the program; src/limit.c describes them.
const (
	Stream   Mode = "stream"
	Batch    Mode = "batch"
	PingPong Mode = "pingpong"
)

// Run are the parameters of one run. A CPU of -1 leaves the choice to the kernel.
type Run struct {
	Mode                       Mode
	Size                       int
	Capacity                   int64
	WarmMS, Segments, SegmentM int
	ProducerCPU, ConsumerCPU   int
}

// Do runs the program at path and returns the nanoseconds per record, or per
// round trip, of each segment.
func (r Run) Do(path string) ([]float64, error) {
	args := []string{string(r.Mode)}
	for _, n := range []int{r.Size, int(r.Capacity), r.WarmMS, r.Segments, r.SegmentM, r.ProducerCPU, r.ConsumerCPU} {
		args = append(args, strconv.Itoa(n))
	}
	cmd := exec.Command(path, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("limit: %w: %s", err, stderr.Bytes())
	}
	return parse(out)
}

func parse(out []byte) ([]float64, error) {
	var segments []float64
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		ns, err := strconv.ParseFloat(lines.Text(), 64)
		if err != nil {
			return nil, fmt.Errorf("limit printed %q: %w", lines.Text(), err)
		}
		segments = append(segments, ns)
	}
	return segments, nil
}
