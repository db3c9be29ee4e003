package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// oneLine is err's text without line breaks and control characters, which may
// come from names and reasons that somebody else chose.
func oneLine(err error) string { return Clean(strings.ReplaceAll(err.Error(), "\n", "; ")) }

// Clean replaces what a terminal might obey.
func Clean(s string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, s)
}

// Size is a flag of bytes: a number, optionally with K, M, G or T (powers of
// 1024), iB or B behind.
type Size int64

// Set reads s.
func (v *Size) Set(s string) error {
	text := strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(s), "B"), "I")
	shift := 0
	if i := strings.IndexByte("KMGT", lastByte(text)); i >= 0 {
		shift, text = 10*(i+1), text[:len(text)-1]
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	if err != nil || n > 1<<62>>shift {
		return fmt.Errorf("%q is no size; write for instance 4MiB", s)
	}
	*v = Size(n << shift)
	return nil
}

func lastByte(s string) byte {
	if s == "" {
		return 0
	}
	return s[len(s)-1]
}

// String is the size as Set reads it.
func (v *Size) String() string { return Bytes(int64(*v)) }

// Bytes writes n for people.
func Bytes(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1024, 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v == float64(int64(v)) {
		return fmt.Sprintf("%d %ciB", int64(v), units[i])
	}
	return fmt.Sprintf("%.1f %ciB", v, units[i])
}

// Rate is bytes per second, in MB.
func Rate(bytes int64, d time.Duration) float64 {
	if d <= 0 {
		return 0
	}
	return float64(bytes) / 1e6 / d.Seconds()
}
