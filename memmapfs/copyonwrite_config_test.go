package memmapfs

import (
	"os"
	"testing"
	"time"
)

// What a config says about growth and windows does nothing for a private image, and
// no harm.
func TestSettingsOfOtherModesDoNoHarmToPrivateHandles(t *testing.T) {
	content := pattern(200_000)
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite, GrowAhead: 1 << 20, WindowSize: 64 << 10}, os.O_RDWR, content)
	if got := f.Data(); string(got) != string(content) {
		t.Fatalf("Data has %d bytes, or others", len(got))
	}
	for _, change := range []func() error{
		func() error { _, err := f.WriteAt([]byte("within"), 5); return err },
		func() error { _, err := f.WriteAt([]byte("behind"), 300_000); return err },
		func() error { return f.Truncate(100) },
		f.Discard,
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() {
			info, err := f.Stat()
			if err == nil && info.Size() != f.Stats().Size {
				t.Errorf("Stat says %d, the handle %d", info.Size(), f.Stats().Size)
			}
			done <- err
		}()
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("Stat does not return")
		}
	}
}
