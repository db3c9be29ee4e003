package stream

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The test binary plays the children's roles.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "role" {
		if err := Main(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func quick(system string, size int) Spec {
	return Spec{System: system, Size: size, Capacity: 256 << 10, Warm: 4 * time.Millisecond, Segment: time.Millisecond, Segments: 3}
}

func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("platform: the processes are placed and the rivals run on Linux only")
	}
}

func TestEverySystemHandsRecordsOver(t *testing.T) {
	onLinux(t)
	for _, system := range Systems {
		t.Run(system, func(t *testing.T) {
			_, out, err := quick(system, 64).Pair(Produce, Consume, -1, -1)
			if err != nil {
				t.Fatal(err)
			}
			if len(out.Segments) != 3 || out.Segments[0] <= 0 {
				t.Errorf("segments %v", out.Segments)
			}
		})
	}
	for _, dir := range []string{"/dev/shm", os.TempDir()} {
		left, _ := filepath.Glob(filepath.Join(dir, fmt.Sprintf("shmbench-%d-*", os.Getpid())))
		if len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestRecordsComeBack(t *testing.T) {
	onLinux(t)
	for _, system := range []string{RingSpin, RingBlock, Unix} {
		for _, pause := range []time.Duration{0, time.Millisecond} {
			s := quick(system, 64)
			s.Pause = pause
			_, out, err := s.Pair(Echo, Ping, -1, -1)
			if err != nil {
				t.Fatalf("%s: %v", system, err)
			}
			if q := out.Quantiles; q["p50"] <= 0 || q["p50"] > q["p99.9"] {
				t.Errorf("%s: quantiles %v", system, q)
			}
		}
	}
}

func TestWrongRecordsAreNoticed(t *testing.T) {
	if err := match([]byte{7, 0, 0, 0, 0, 0, 0, 0}, 8); err == nil || !strings.Contains(err.Error(), "record 7") {
		t.Errorf("record 7 taken for 8: %v", err)
	}
	onLinux(t)
	if _, _, err := quick("nonsense", 64).Pair(Produce, Consume, -1, -1); err == nil || !strings.Contains(err.Error(), "unknown system") {
		t.Errorf("an unknown system: %v", err)
	}
}

func TestQuantilesLieInTheSamples(t *testing.T) {
	times := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for q, want := range map[float64]float64{0: 1, 0.5: 6, 0.9: 10, 0.999: 10, 1: 10} {
		if got := quantile(times, q); got != want {
			t.Errorf("quantile %v is %v, want %v", q, got, want)
		}
	}
}
