package ring

import "testing"

// Close may come while another goroutine takes record after record. The race
// detector sees whether it looks at them meanwhile.
func TestCloseDoesNotLookAtARecordBeingTaken(t *testing.T) {
	for turn := range 40 {
		p, c := pair(t, 1<<16, Options{})
		for i := 0; p.TrySend(make([]byte, 8+i/20%2)) == nil; i++ { // streaks of twenty
		}
		take := func() error { _, err := c.Next(t.Context()); return err }
		if turn%2 == 0 {
			take = func() error { _, err := c.TryNext(); return err }
		}
		ended, begun := make(chan error), make(chan bool)
		go func() {
			close(begun)
			for {
				if err := take(); err != nil {
					ended <- err
					return
				}
			}
		}()
		<-begun
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err != ErrClosed && err != ErrEmpty {
			t.Fatal(err)
		}
	}
}
