package ring

import (
	"testing"
	"time"
)

// Close may come while another goroutine takes records that were found before. The
// race detector sees whether it looks at them meanwhile.
func TestCloseDoesNotLookAtABatchBeingTaken(t *testing.T) {
	for range 20 {
		p, c := pair(t, 1<<16, Options{})
		for i := 0; p.TrySend(make([]byte, i%3)) == nil; i++ {
		}
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error)
		go func() {
			recs := make([][]byte, 1)
			for {
				if _, err := c.NextBatch(t.Context(), recs); err != nil {
					ended <- err
					return
				}
			}
		}()
		time.Sleep(10 * time.Microsecond)
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != ErrClosed {
			t.Fatal(err)
		}
	}
}
