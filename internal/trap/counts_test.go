package trap

import (
	"sync"
	"testing"
	"unsafe"
)

// Two processors that count must not take a cache line, or the one beside it, from
// each other, nor from whoever reads what lies around.
func TestGoroutinesCountApart(t *testing.T) {
	if !Enable() {
		t.Skip("platform: the copies that count are for Linux on amd64, without the race detector")
	}
	var c Counts
	if first := unsafe.Offsetof(c.parts); first < Lane {
		t.Errorf("the first part lies %d bytes behind what is before", first)
	}
	if size := unsafe.Sizeof(c.parts[0]); size < 128 {
		t.Errorf("parts of %d bytes", size)
	}
	const goroutines, each = 64, 100
	var all sync.WaitGroup
	all.Add(goroutines)
	var apart sync.WaitGroup // one at a time, none of them gone before the last
	apart.Add(1)
	for range goroutines {
		done := make(chan struct{})
		go func() {
			defer all.Done()
			for range each {
				CopyCounted(make([]byte, 8), make([]byte, 8), &c)
			}
			close(done)
			apart.Wait()
		}()
		<-done
	}
	apart.Done()
	all.Wait()
	used := 0
	for i := range c.parts {
		if n := c.parts[i][0].Load(); n > 0 {
			used++
		}
	}
	if used < 1<<LanesLog/2 {
		t.Errorf("%d goroutines share %d parts", goroutines, used)
	}
	if n := c.Sum(); n != goroutines*each {
		t.Errorf("%d counted", n)
	}
}
