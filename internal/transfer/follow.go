package transfer

import (
	"context"
	"errors"
	"io"
	"time"
)

// The ways a transfer ends early because of the other side.
var (
	ErrPeerInterrupted = errors.New("the other side was interrupted")
	ErrPeerFailed      = errors.New("the other side failed; its own message says why")
	ErrPeerGone        = errors.New("the other side died and nobody took its place")
)

// Watch returns a context that ends when the other side said how it ended, or
// has been dead for longer than the patience lasts; context.Cause tells which:
// ErrPeerInterrupted, ErrPeerFailed, ErrPeerGone, or errAgreed. stop waits for
// the goroutine behind it.
func (s *Session) Watch(ctx context.Context) (watched context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		cancel(s.watch(ctx))
	}()
	return ctx, func() { cancel(context.Canceled); <-done }
}

// errAgreed ends a producer's wait for the judgement.
var errAgreed = errors.New("identical")

const lookEvery = 200 * time.Millisecond

func (s *Session) watch(ctx context.Context) error {
	var lastSeen time.Time
	for {
		o, err := s.j.await(ctx, s.role.peer(), lookEvery)
		switch {
		case err != nil:
			return err
		case o == Identical:
			return errAgreed
		case o == Interrupted:
			return ErrPeerInterrupted
		case o != Pending:
			return ErrPeerFailed
		}
		held, err := s.j.r.SeatHeld(int(s.role.peer()))
		if err != nil {
			return err
		}
		was, err := s.j.wasThere(s.role.peer())
		switch {
		case err != nil:
			return err
		case held || was && lastSeen.IsZero():
			lastSeen = time.Now()
		case was && time.Since(lastSeen) > s.opts.Patience:
			return ErrPeerGone
		}
	}
}

// Explain replaces the error of a job whose watched context ended by the reason
// for that, and says what the other side told about a stream without an end.
func (s *Session) Explain(watched context.Context, err error) error {
	if cause := context.Cause(watched); cause != nil {
		return cause
	}
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	switch o, oerr := s.j.outcome(s.role.peer()); {
	case oerr != nil:
		return errors.Join(err, oerr)
	case o == Interrupted:
		return ErrPeerInterrupted
	case o != Pending:
		return ErrPeerFailed
	}
	return err
}

// Judgement waits for the consumer's, in the context of Watch.
func (s *Session) Judgement(watched context.Context) error {
	<-watched.Done()
	if err := context.Cause(watched); err != errAgreed {
		return err
	}
	return nil
}
