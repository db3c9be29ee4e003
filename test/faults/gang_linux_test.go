package faults

import (
	"errors"
	"sync"
)

// errDone ends one goroutine of a gang that has done what it was there for.
var errDone = errors.New("done")

// gang is goroutines that repeat what they do until they are told to end or one
// of them fails.
type gang struct {
	quit  chan struct{}
	after func() error // what is closed at the end
	wg    sync.WaitGroup
	mu    sync.Mutex
	err   error
}

func newGang() *gang { return &gang{quit: make(chan struct{})} }

func (g *gang) add(act func() error) {
	g.wg.Go(func() {
		for {
			select {
			case <-g.quit:
				return
			default:
			}
			if err := act(); err != nil {
				g.fail(err)
				return
			}
		}
	})
}

func (g *gang) fail(err error) {
	if errors.Is(err, errDone) {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.err = errors.Join(g.err, err)
}

// end stops the gang and returns what went wrong.
func (g *gang) end() error {
	close(g.quit)
	g.wg.Wait()
	if g.after != nil {
		g.fail(g.after())
	}
	return g.err
}
