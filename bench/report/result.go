// Package report keeps the results of the comparisons, judges them against the
// goals the project set itself, and draws them.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Schema is the version of the files' format.
const Schema = 1

// File is one group of comparisons, made in one run.
type File struct {
	Schema  int       `json:"schema"`
	Group   string    `json:"group"`
	Title   string    `json:"title"`
	Machine Machine   `json:"machine"`
	Date    time.Time `json:"date"`
	Command string    `json:"command"`
	Quick   bool      `json:"quick"`
	Rounds  int       `json:"rounds"`
	Results []Result  `json:"results"`
	Skipped []Skip    `json:"skipped,omitempty"`
}

// Machine is where the numbers were made.
type Machine struct {
	CPU       string `json:"cpu"`
	Cores     int    `json:"cores"`
	Kernel    string `json:"kernel"`
	Go        string `json:"go"`
	Platform  string `json:"platform"`
	Placement string `json:"placement"`
	Load      string `json:"load"` // load averages when the group began
	Compiler  string `json:"compiler,omitempty"`
	Revision  string `json:"revision,omitempty"`
}

// Result is one system in one situation.
type Result struct {
	System string  `json:"system"`
	Case   string  `json:"case"`           // what it did, where a group has several
	Size   int64   `json:"size,omitempty"` // bytes: of a record, a block, a file
	Unit   string  `json:"unit"`
	Best   float64 `json:"best"`
	Median float64 `json:"median"`
	Worst  float64 `json:"worst"`
	// Samples holds each round's best; the spread is the noise.
	Samples []float64 `json:"samples"`
	// Allocs counts heap allocations per operation, of both sides; nil where it
	// was not measured (C).
	Allocs *float64 `json:"allocs,omitempty"`
	// Quantiles of single operations, by name (p50, p90, p99, p99.9).
	Quantiles map[string]float64 `json:"quantiles,omitempty"`
}

// Skip is a system that could not be measured, and why.
type Skip struct {
	System string `json:"system"`
	Case   string `json:"case"`
	Size   int64  `json:"size,omitempty"`
	Reason string `json:"reason"`
}

// Add notes what one round of a system measured: all its segments.
func (f *File) Add(r Result, segments []float64) {
	if len(segments) == 0 {
		return
	}
	i := slices.IndexFunc(f.Results, func(o Result) bool {
		return o.System == r.System && o.Case == r.Case && o.Size == r.Size
	})
	if i < 0 {
		i = len(f.Results)
		f.Results = append(f.Results, r)
	}
	have := &f.Results[i]
	have.Samples = append(have.Samples, slices.Min(segments))
	have.Best, have.Median, have.Worst = slices.Min(have.Samples), median(have.Samples), slices.Max(have.Samples)
	if r.Allocs != nil && (have.Allocs == nil || *r.Allocs < *have.Allocs) {
		have.Allocs = r.Allocs
	}
	for name, v := range r.Quantiles {
		have.Quantiles[name] = min(have.Quantiles[name], v)
	}
}

// Find returns a result of the file.
func (f *File) Find(system, kase string, size int64) (Result, bool) {
	if f == nil {
		return Result{}, false
	}
	for _, r := range f.Results {
		if r.System == system && r.Case == kase && (size == 0 || r.Size == size) {
			return r, true
		}
	}
	return Result{}, false
}

// Check says what is wrong with f.
func (f *File) Check() error {
	switch {
	case f.Schema != Schema:
		return fmt.Errorf("schema %d, want %d", f.Schema, Schema)
	case f.Group == "" || f.Title == "" || f.Command == "" || f.Date.IsZero():
		return fmt.Errorf("group %q: title, command or date missing", f.Group)
	case f.Machine.CPU == "" || f.Machine.Kernel == "" || f.Machine.Go == "" || f.Machine.Cores == 0 || f.Machine.Placement == "":
		return fmt.Errorf("group %s: the machine is not described", f.Group)
	}
	for _, r := range f.Results {
		if r.System == "" || r.Unit == "" || len(r.Samples) == 0 || r.Best > r.Median || r.Median > r.Worst {
			return fmt.Errorf("group %s: result %+v is not whole", f.Group, r)
		}
	}
	return nil
}

// Write stores f in dir under its group's name.
func (f *File) Write(dir string) error {
	if err := f.Check(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, f.Group+".json"), append(data, '\n'), 0o644)
}

// Read loads every group of dir, by name.
func Read(dir string) (map[string]*File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	files := map[string]*File{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		f := &File{}
		if err := json.Unmarshal(data, f); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if err := f.Check(); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files[f.Group] = f
	}
	return files, nil
}

func median(v []float64) float64 {
	s := slices.Sorted(slices.Values(v))
	n := len(s)
	if n%2 == 1 {
		return s[n/2]
	}
	return (s[n/2-1] + s[n/2]) / 2
}
