package memmapfs

import (
	"os"
	"testing"
)

func TestARemovedFileTakesItsImageAlong(t *testing.T) {
	for name, remove := range map[string]func(m *MemMapFS, dir, file string) error{
		"Remove":    func(m *MemMapFS, _, file string) error { return m.Remove(file) },
		"RemoveAll": func(m *MemMapFS, _, file string) error { return m.RemoveAll(file) },
		"Rename": func(m *MemMapFS, dir, file string) error {
			w, err := m.Create(dir + "/other")
			if err != nil {
				return err
			}
			if err := w.Close(); err != nil {
				return err
			}
			return m.Rename(dir+"/other", file)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, dir := newFS(t, &Config{Mode: ModeCopyOnWrite})
			file := dir + "/file"
			f, err := m.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.WriteString("private"); err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if err := remove(m, dir, file); err != nil {
				t.Fatal(err)
			}
			left := 0
			m.mu.Lock()
			for _, i := range m.images {
				if i.size.Load() == int64(len("private")) {
					left++
				}
			}
			m.mu.Unlock()
			if left != 0 {
				t.Fatal("the image is still there")
			}
		})
	}
}
