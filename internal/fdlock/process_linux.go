package fdlock

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// process looks through the descriptors of all processes for one of the same
// file that holds the lock.
func process(f *os.File, lock Owner) int {
	want, err := f.Stat()
	if err != nil {
		return 0
	}
	infos, _ := filepath.Glob("/proc/[0-9]*/fdinfo/*")
	for _, info := range infos {
		dir, fd := filepath.Split(info)
		dir = filepath.Dir(filepath.Clean(dir))
		if !leadsTo(filepath.Join(dir, "fd", fd), want) {
			continue
		}
		text, err := os.ReadFile(info)
		if err == nil && holds(string(text), lock) {
			pid, _ := strconv.Atoi(filepath.Base(dir))
			return pid
		}
	}
	return 0
}

func leadsTo(path string, want fs.FileInfo) bool {
	got, err := os.Stat(path)
	return err == nil && os.SameFile(got, want)
}

// holds says whether the text of an fdinfo file has a line of the form
//
//	lock: 1: OFDLCK ADVISORY WRITE -1 00:2a:1234 START END
//
// with the kind and the bytes of lock.
func holds(fdinfo string, lock Owner) bool {
	kind, last := "READ", "EOF"
	if lock.Exclusive {
		kind = "WRITE"
	}
	if lock.Len > 0 {
		last = fmt.Sprint(lock.Off + lock.Len - 1)
	}
	for line := range strings.Lines(fdinfo) {
		words := strings.Fields(line)
		if len(words) == 9 && words[0] == "lock:" && words[2] == "OFDLCK" && words[4] == kind &&
			words[7] == fmt.Sprint(lock.Off) && words[8] == last {
			return true
		}
	}
	return false
}
