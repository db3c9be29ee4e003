package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/absfs/shmkit/internal/demo"
)

// judge prints the closing table and some metrics, and returns an error when
// anything differs.
func judge(p, c *side, src, out string, verifyOnly bool) error {
	verdict := "IDENTICAL"
	var err error
	if p.result.SHA256 != c.result.SHA256 || p.result.Files != c.result.Files || p.result.Bytes != c.result.Bytes || p.result.Failed > 0 {
		err = errors.New("the two sides do not agree")
	}
	var compared string
	if err == nil && !verifyOnly {
		var n int
		n, err = compare(src, out)
		compared = fmt.Sprintf(" (%d files compared byte for byte on disk)", n)
	}
	if err != nil {
		verdict, compared = "DIFFERENT", ""
	}
	fmt.Printf("\n%-10s %8s %12s %8s %8s  %s\n", "", "files", "bytes", "seconds", "MB/s", "SHA-256 of everything")
	for _, r := range []*demo.Result{p.result, c.result} {
		fmt.Printf("%-10s %8d %12d %8.2f %8.0f  %s\n", r.Role, r.Files, r.Bytes, r.Seconds, r.Rate(), r.SHA256)
	}
	fmt.Printf("%s%s\n", verdict, compared)
	for _, s := range []*side{p, c} {
		fmt.Printf("\n%s %s\n", s.name, s.metrics)
		for line := range strings.SplitSeq(s.scraped, "\n") {
			if interesting(line) {
				fmt.Println("  " + line)
			}
		}
	}
	return err
}

// interesting picks a few lines of a scrape.
func interesting(line string) bool {
	for _, name := range []string{"shm_ring_records_total", "shm_ring_bytes_total", "shm_ring_waits_total", "shm_ring_high_water", "memmapfs_opens_total", "sigbus_faults_recovered_total"} {
		if strings.HasPrefix(line, name) {
			return true
		}
	}
	return false
}

// compare reads both trees without any help of shmkit and returns how many
// files are equal in name, permissions and content.
func compare(src, out string) (files int, err error) {
	src, err = filepath.EvalSymlinks(src)
	if err != nil {
		return 0, err
	}
	info, err := os.Stat(src)
	if err != nil {
		return 0, err
	}
	if !info.IsDir() {
		return 1, same(src, filepath.Join(out, filepath.Base(src)))
	}
	want, err := list(src)
	if err != nil {
		return 0, err
	}
	got, err := list(out)
	if err != nil {
		return 0, err
	}
	for path, mode := range want {
		if got[path] != mode {
			return files, fmt.Errorf("%s: sent with mode %v, arrived with %v", path, mode, got[path])
		}
		if mode.IsRegular() {
			files++
			if err := same(filepath.Join(src, path), filepath.Join(out, path)); err != nil {
				return files, err
			}
		}
	}
	if len(got) != len(want) {
		return files, fmt.Errorf("%d names were sent, %d arrived", len(want), len(got))
	}
	return files, nil
}

// list maps the files and folders below dir to their modes.
func list(dir string) (map[string]fs.FileMode, error) {
	all := make(map[string]fs.FileMode)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == dir || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		all[rel] = info.Mode() & (fs.ModeType | fs.ModePerm)
		return err
	})
	return all, err
}

// same returns an error when the files differ.
func same(a, b string) error {
	fa, err := os.Open(a)
	if err != nil {
		return err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return err
	}
	defer fb.Close()
	bufA, bufB := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		na, erra := io.ReadFull(fa, bufA)
		nb, errb := io.ReadFull(fb, bufB)
		if !bytes.Equal(bufA[:na], bufB[:nb]) {
			return fmt.Errorf("%s and %s differ", a, b)
		}
		enda := erra == io.EOF || erra == io.ErrUnexpectedEOF
		endb := errb == io.EOF || errb == io.ErrUnexpectedEOF
		if enda && endb {
			return nil
		}
		if err := errors.Join(erra, errb); err != nil {
			return err
		}
	}
}
