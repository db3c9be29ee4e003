package memmapfs

import (
	"bytes"
	"os"
	"testing"

	"github.com/absfs/osfs"
)

// A handle that only appends is mapped however long the file was when it was opened,
// and again after another handle has cut it.
func TestHandlesThatAppendAreMapped(t *testing.T) {
	for name, content := range map[string]string{"empty": "", "with content": "0123456789"} {
		t.Run(name, func(t *testing.T) {
			m, dir := newFS(t, &Config{Mode: ModeReadWrite, Mapping: MapRequire})
			path := dir + "/file"
			if err := os.WriteFile(osfs.ToNative(path), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var handles []*MappedFile
			for _, flag := range []int{os.O_RDWR | os.O_APPEND, os.O_RDWR} {
				f, err := m.OpenFile(path, flag, 0)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { f.Close() })
				handles = append(handles, f.(*MappedFile))
			}
			native, err := os.OpenFile(osfs.ToNative(path), os.O_RDWR|os.O_APPEND, 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { native.Close() })
			direct, err := Map(native, &Config{Mode: ModeReadWrite, Mapping: MapRequire})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { direct.Close() })
			want := []byte(content)
			for _, f := range []*MappedFile{handles[0], direct} {
				if _, err := f.Write([]byte("appended")); err != nil {
					t.Fatal(err)
				}
				want = append(want, "appended"...)
				if err := handles[1].Truncate(int64(len(want) - 1)); err != nil {
					t.Fatal(err)
				}
				want = want[:len(want)-1]
				if err := f.Refresh(); err != nil {
					t.Fatal(err)
				}
				got := make([]byte, len(want))
				if _, err := f.ReadAt(got, 0); err != nil || !bytes.Equal(got, want) || !f.mapped() {
					t.Errorf("%q, %v; mapped: %v", got, err, f.mapped())
				}
			}
		})
	}
}
