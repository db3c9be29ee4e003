package faults

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

func init() { roles["region peer"] = regionRole }

// attached is what a peer of a region tells its parent.
type attached struct {
	Reads, Writes, Faults int64
	Recovered             uint64
	Linked                string
}

// regionRole has four goroutines write to a region and four read it.
func regionRole(o order) (any, error) {
	stop := told()
	before, err := held()
	if err != nil {
		return nil, err
	}
	r, err := region.Open("region", &region.Options{Dir: o.Dir})
	if err != nil {
		return nil, err
	}
	var reads, writes, faults atomic.Int64
	judge := func(good *atomic.Int64, err error) error {
		var fault *sigbus.FaultError
		switch {
		case err == nil:
			good.Add(1)
		case errors.As(err, &fault) && fault.Name == r.Path():
			faults.Add(1)
		default:
			return fmt.Errorf("a fault does not name the region: %w", err)
		}
		return nil
	}
	g := newGang()
	for i := range 8 {
		random := rand.New(rand.NewPCG(5, uint64(i)))
		own := make([]byte, 1000)
		g.add(func() error {
			at := random.IntN(len(r.Bytes())-len(own)) &^ 7
			part := r.Bytes()[at : at+len(own)]
			switch i {
			case 0, 1:
				_, err := sigbus.Copy(part, own)
				return judge(&writes, err)
			case 2:
				return judge(&writes, sigbus.Guard(func() {
					for k := range part {
						part[k]++
					}
				}))
			case 3:
				word, err := region.At[atomic.Uint64](r, int64(at))
				if err != nil {
					return err
				}
				return judge(&writes, sigbus.Guard(func() {
					if !detecting { // it does atomics in C, where a fault cannot be recovered from
						word.Add(1)
					}
				}))
			case 4:
				_ = r.Info()
				time.Sleep(100 * time.Microsecond)
				return nil
			case 5:
				word, err := region.At[uint64](r, int64(at))
				if err != nil {
					return err
				}
				_, err = sigbus.Load(word)
				return judge(&reads, err)
			default:
				_, err := sigbus.Copy(own, part)
				return judge(&reads, err)
			}
		})
	}
	for reads.Load() == 0 || writes.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	ready()
	<-stop
	err = g.end()
	met := attached{Reads: reads.Load(), Writes: writes.Load(), Faults: faults.Load(), Recovered: sigbus.Stats().Recovered}
	switch err := r.CheckLinked(); {
	case errors.Is(err, region.ErrUnlinked):
		met.Linked = "unlinked"
	case err != nil:
		return nil, err
	}
	return met, errors.Join(err, r.Close(), before.leaked(o.Dir))
}
