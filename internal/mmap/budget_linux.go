package mmap

import (
	"math"
	"os"
	"strconv"
	"strings"
)

// maxMappings returns how many mappings a process may have.
func maxMappings() int {
	text, err := os.ReadFile("/proc/sys/vm/max_map_count")
	if err != nil {
		return math.MaxInt
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || n <= 0 {
		return math.MaxInt
	}
	return n
}
