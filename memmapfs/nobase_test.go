package memmapfs

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/absfs/absfs"
	"github.com/absfs/osfs"
)

func TestWithoutAFileSystemEveryMethodSaysSo(t *testing.T) {
	var unchecked *osfs.FileSystem // of a NewFS that failed
	for what, base := range map[string]absfs.FileSystem{"nil": nil, "nil pointer": unchecked} {
		for _, cfg := range []*Config{nil, {Mode: ModeCopyOnWrite}} {
			m := New(base, cfg)
			first := func(_ any, err error) error { return err }
			for method, err := range map[string]error{
				"Open":     first(m.Open("x")),
				"Create":   first(m.Create("x")),
				"OpenFile": first(m.OpenFile("x", os.O_RDWR, 0)),
				"ReadFile": first(m.ReadFile("x")),
				"ReadDir":  first(m.ReadDir("x")),
				"Sub":      first(m.Sub("x")),
				"Stat":     first(m.Stat("x")),
				"Lstat":    first(m.Lstat("x")),
				"Readlink": first(m.Readlink("x")),
				"Getwd":    first(m.Getwd()),
				"Chdir":    m.Chdir("x"), "Mkdir": m.Mkdir("x", 0o700), "MkdirAll": m.MkdirAll("x", 0o700),
				"Remove": m.Remove("x"), "RemoveAll": m.RemoveAll("x"), "Rename": m.Rename("x", "y"), "Symlink": m.Symlink("x", "y"),
				"Chmod": m.Chmod("x", 0o600), "Chown": m.Chown("x", 0, 0), "Lchown": m.Lchown("x", 0, 0),
				"Chtimes": m.Chtimes("x", time.Time{}, time.Time{}), "Truncate": m.Truncate("x", 1),
			} {
				if !errors.Is(err, ErrConfig) {
					t.Errorf("%s, %s: %v", what, method, err)
				}
			}
			if dir, s := m.TempDir(), m.Stats(); dir != "" || s.Opened != 0 {
				t.Errorf("%s: %q, %+v", what, dir, s)
			}
			if err := m.Close(); err != nil {
				t.Errorf("%s: Close: %v", what, err)
			}
		}
	}
}
