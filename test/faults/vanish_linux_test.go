package faults

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// The file of a handle is the inode it opened, whatever becomes of its name.
func TestADeletedFileStaysUsableThroughItsHandles(t *testing.T) {
	disturbed(t, func(t *testing.T, name string) { must(t, os.Remove(name)) })
}

func TestAFileReplacedByRenameStaysUsableThroughItsHandles(t *testing.T) {
	disturbed(t, func(t *testing.T, name string) {
		for range 50 {
			writeFile(t, name+".new", []byte("short"))
			must(t, os.Rename(name+".new", name))
			time.Sleep(time.Millisecond)
		}
		content, err := os.ReadFile(name)
		if err != nil || string(content) != "short" {
			t.Errorf("the replacement became %d bytes, %v", len(content), err)
		}
	})
}

func TestAFileTruncatedAfterItsDeletionKillsNobody(t *testing.T) {
	disturbed(t, func(t *testing.T, name string) {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		must(t, err)
		defer f.Close()
		must(t, os.Remove(name))
		for range 50 {
			must(t, f.Truncate(1000))
			time.Sleep(100 * time.Microsecond)
			must(t, f.Truncate(fileSize))
			time.Sleep(100 * time.Microsecond)
		}
	})
}

const fileSize = 1 << 20

// disturbed lets a crowd work on a file while harm is done to it, in every plan.
func disturbed(t *testing.T, harm func(t *testing.T, name string)) {
	t.Helper()
	eachPlan(t, func(t *testing.T, p plan) {
		name := filepath.Join(t.TempDir(), "file")
		writeFile(t, name, numbered(fileSize))
		c := start(t, order{Role: "crowd", Plan: p, File: name, Size: fileSize})
		time.Sleep(20 * time.Millisecond)
		harm(t, name)
		time.Sleep(20 * time.Millisecond)
		var got tally
		c.finish(&got)
		if got.Reads == 0 || got.Writes == 0 || got.Views == 0 {
			t.Errorf("nothing was done: %+v", got)
		}
		if len(got.Others) > 0 {
			t.Errorf("unexpected errors: %v", got.Others)
		}
	})
}
