package demo

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/absfs/shmkit/internal/transfer"
)

// A Line is what a program prints to standard output: an address or a result.
type Line struct {
	Metrics string  `json:"metrics,omitempty"`
	Result  *Result `json:"result,omitempty"`
}

// A Result is how one side saw the transfer.
type Result struct {
	Role      string  `json:"role"`
	Files     uint64  `json:"files"`
	Folders   uint64  `json:"folders"`
	Bytes     uint64  `json:"bytes"`
	Failed    uint64  `json:"failed"`
	Skipped   int64   `json:"skipped,omitempty"`
	Seconds   float64 `json:"seconds"`
	SHA256    string  `json:"sha256"`
	Identical bool    `json:"identical"`
}

// Report prints how a transfer went that both sides agreed on.
func (c *Common) Report(role transfer.Role, s transfer.Sum, skipped int64, took time.Duration) {
	c.print(Line{Result: &Result{
		Role: role.String(), Files: s.Files, Folders: (s.Entries - s.Files) / 2, Bytes: s.Bytes, Failed: s.Failed,
		Skipped: skipped, Seconds: took.Seconds(), SHA256: s.Hex(), Identical: true,
	}})
}

func (l Line) json() string {
	b, err := json.Marshal(l)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(b)
}

func (l Line) text() string {
	if l.Result == nil {
		return "metrics on " + l.Metrics
	}
	r := l.Result
	out := fmt.Sprintf("%s: %d files, %d folders, %s in %.2f s (%.0f MB/s)", r.Role, r.Files, r.Folders,
		Bytes(int64(r.Bytes)), r.Seconds, r.Rate())
	if r.Failed > 0 {
		out += fmt.Sprintf(", %d FAILED", r.Failed)
	}
	if r.Skipped > 0 {
		out += fmt.Sprintf(", %d links and special files skipped", r.Skipped)
	}
	out += "\nSHA-256 " + r.SHA256
	if r.Identical {
		return out + "  IDENTICAL"
	}
	return out + "  DIFFERENT"
}

// Rate is the result's throughput in MB/s.
func (r *Result) Rate() float64 {
	return Rate(int64(r.Bytes), time.Duration(r.Seconds*float64(time.Second)))
}
