package shmfile

import (
	"bytes"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func bootID() (id [16]byte) {
	text, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return id
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(strings.TrimSpace(string(text)), "-", ""))
	if err == nil && len(raw) == len(id) {
		copy(id[:], raw)
	}
	return id
}

func pidNamespace() uint64 {
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/pid", &st) != nil {
		return 0
	}
	return st.Ino
}

// processStart reads field 22 of /proc/self/stat, the ticks (100 a second on
// every Linux) from boot to start.
func processStart() (time.Time, bool) {
	const ticks = 100
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return time.Time{}, false
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 20 {
		return time.Time{}, false
	}
	since, err := strconv.ParseInt(fields[19], 10, 64)
	var now unix.Timespec
	if err != nil || unix.ClockGettime(unix.CLOCK_BOOTTIME, &now) != nil {
		return time.Time{}, false
	}
	age := time.Duration(now.Nano()) - time.Duration(since)*(time.Second/ticks)
	return time.Now().Add(-age).Round(0), true
}
