package memmapfs

import (
	"os"
	"sync"
	"testing"
	"time"
)

// Reads of an image that is as its base ask for the base's length, which Truncate
// keeps them from doing: one of the two has to go first.
func TestTruncateOfAnImageNeverWaitsForItsReaders(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeCopyOnWrite}, os.O_RDWR, pattern(100))
	var stop sync.WaitGroup
	done, end := make(chan struct{}), make(chan struct{})
	for range 3 {
		stop.Go(func() {
			for p := make([]byte, 200); ; {
				select {
				case <-end:
					return
				default:
					_, _ = f.ReadAt(p, 50)
				}
			}
		})
	}
	go func() {
		defer close(done)
		for range 1000 {
			if err := f.Truncate(100); err != nil {
				t.Error(err)
			}
			if err := f.Discard(); err != nil {
				t.Error(err)
			}
		}
		close(end)
		stop.Wait()
	}()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		panic("they wait for each other") // Close would wait, too
	}
}
