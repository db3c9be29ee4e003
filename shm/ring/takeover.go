package ring

import (
	"errors"
	"log/slog"
	"time"

	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/sigbus"
)

// A challenger for a seat takes the seat beside it, so that its life can be
// seen, bumps the seat's request, and waits for the seat. Whoever has the seat
// looks at the request after each publication and in each wait; finding it
// bumped and its challenger alive, it gives up the seat between two records.
const challengers = 2 // from a seat to its challengers'

// succession is what a side asks about challengers for its seat.
type succession interface {
	challenged() (bool, error)
	resign() error
}

// succeeded is ErrTakenOver when a challenger has our seat from now on, else err.
func (s *side) succeeded(err error) error {
	if load32(s.request) != s.answered {
		s.answer()
	}
	if s.poison != nil {
		return s.poison
	}
	return err
}

// answer gives the seat to a living challenger. It is called with everything
// published.
func (s *side) answer() {
	s.answered = load32(s.request)
	if s.heirs == nil || s.poison != nil {
		return
	}
	if waits, err := s.heirs.challenged(); err != nil || !waits {
		return
	}
	s.exit.Lock()
	defer s.exit.Unlock()
	if s.closed.Load() {
		return
	}
	s.gone.Store(true)
	s.bells.clear(false) // the successor hangs its own
	s.bells = bells{}
	s.spoil(ErrTakenOver)
	s.log(slog.LevelInfo, "ring: another process took the seat over", ErrTakenOver)
	_ = s.heirs.resign() // fails only if the seat was lost already
}

// takeOver has the living holder of seat i give it up. The challenger's seat is
// kept until leave is called, so that the other side never finds both empty.
func takeOver(r *region.Region, i int, patience time.Duration) (leave func() error, err error) {
	deadline := time.Now().Add(patience)
	if err := waitSeat(r, i+challengers, deadline, func() error { return nil }); err != nil {
		return nil, err
	}
	leave = func() error { return r.LeaveSeat(i + challengers) }
	mem := r.Bytes()
	ask := func() error {
		return sigbus.Guard(func() {
			request := word32(mem, requestPage+offRequest*i)
			fenced32(request, load32(request)+1)
			// The holder sleeps on the other side's sequence, if it sleeps.
			futex.Wake(pageAt(mem, producerPage+consumerPage-pageOf(i)).wake, futex.All)
		})
	}
	if err = ask(); err == nil {
		// Asking goes on: another process may slip into the seat that was given up.
		err = waitSeat(r, i, deadline, ask)
	}
	if err != nil {
		err = errors.Join(err, leave())
		nudge(mem, i) // the holder may have left the seat all the same
		return nil, err
	}
	return leave, nil
}

// nudge has whoever waits for the holder of seat i ask after it: it was given up
// without a word, and without the end of a descriptor that others are told of. The
// word does not move, which is another's now, so one that is about to sleep would
// miss a single one.
func nudge(mem []byte, i int) {
	if len(mem) < dataOffset {
		return
	}
	for range 3 {
		_ = sigbus.Guard(func() { futex.Wake(pageAt(mem, pageOf(i)).wake, futex.All) })
		time.Sleep(2 * time.Millisecond)
	}
}

// waitSeat takes seat i as soon as it is free, calling urge now and then.
func waitSeat(r *region.Region, i int, deadline time.Time, urge func() error) error {
	for nap := 50 * time.Microsecond; ; nap = min(2*nap, 5*time.Millisecond) {
		err := r.TakeSeat(i)
		if !errors.Is(err, region.ErrBusy) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(nap)
		if err := urge(); err != nil {
			return err
		}
	}
}

// pageOf is where the words of seat i are.
func pageOf(i int) int { return producerPage + i*headerBytes }
