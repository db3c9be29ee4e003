package ring

import (
	"errors"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/region"
)

// Both stand on one region, which has each seat once: closing the one that was
// taken over does not put the other one out of its seat.
func TestASuccessorOverTheSameRegionKeepsTheSeat(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	if err := Create("ring", o); err != nil {
		t.Fatal(err)
	}
	r, err := region.Open("ring", &region.Options{Dir: o.Dir, Kind: kind, Version: formatVersion})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	first, err := NewProducer(r, o)
	if err != nil {
		t.Fatal(err)
	}
	closed := make(chan error)
	go func() {
		var err error
		for err == nil {
			time.Sleep(time.Millisecond)
			err = first.TrySend(nil)
		}
		closed <- first.Close()
	}()
	second, err := NewProducer(r, &Options{TakeOver: true, TakeOverWait: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if err := <-closed; err != nil {
		t.Fatal(err)
	}
	if _, err := OpenProducer("ring", o); !errors.Is(err, ErrBusy) {
		t.Fatalf("a third beside the second: %v", err)
	}
}
