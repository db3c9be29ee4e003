package memmapfs

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"
)

// residentSize returns how many bytes this process has in memory.
func residentSize(t *testing.T) int64 {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "VmRSS:" {
			n, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			sum += n << 10
		}
	}
	return sum
}

func TestScanningFiveGigabytesThroughWindowsStaysSmall(t *testing.T) {
	const window, windows, size = 16 << 20, 4, 5 << 30
	f := sparse(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, WindowSize: window, WindowSlide: true, MaxWindows: windows}, os.O_RDONLY, size)
	var at, most int64
	p := make([]byte, 128<<10) // below what goes through the descriptor
	before := residentSize(t)
	for {
		n, err := f.Read(p)
		at += int64(n)
		if at%(window/2) == 0 {
			most = max(most, residentSize(t)-before)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if at != size || f.Stats().Slides < size/window-windows {
		t.Fatalf("read %d bytes, %d slides", at, f.Stats().Slides)
	}
	if most < window/2 || most > window*windows+64<<20 {
		t.Fatalf("%d MiB in memory at most, of windows of %d MiB", most>>20, window*windows>>20)
	}
	t.Logf("%d MiB in memory at most, beside %d MiB before", most>>20, before>>20)
}
