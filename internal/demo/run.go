package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/absfs/shmkit/internal/transfer"
)

// A Job is one side's part of a transfer.
type Job func(ctx context.Context, s *transfer.Session, w transfer.Watcher) (transfer.Sum, error)

// Run takes the role's seat, does the job with progress and /metrics, tells the
// other side how it ended, prints the result and leaves nothing behind. A
// transfer in which files were given up is an error too.
func (c *Common) Run(ctx context.Context, role transfer.Role, job Job) (err error) {
	served, err := c.Serve()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, served.Close()) }()
	session, err := transfer.Open(role, c.Options)
	if err != nil {
		return err
	}
	end := session.Close
	defer func() { err = errors.Join(err, end()) }()
	served.Watch(session)

	var count transfer.Counters
	progress := c.Show(role.String(), &count, session.Journal().Planned)
	start := time.Now()
	watched, stop := session.Watch(ctx)
	sum, err := job(watched, session, transfer.Watcher{Count: &count, Problem: progress.Problem})
	if err != nil {
		err = session.Explain(watched, err)
	}
	took := time.Since(start)
	stop()
	progress.Stop()

	if errors.Is(err, transfer.ErrUnfinished) {
		end = session.Leave
		return err
	}
	outcome := transfer.Identical
	switch {
	case err != nil && ctx.Err() != nil:
		outcome = transfer.Interrupted
	case err != nil:
		outcome = transfer.Failed
	}
	if terr := session.Tell(outcome); err != nil || terr != nil {
		return errors.Join(err, terr)
	}
	c.Report(role, sum, count.Skipped.Load(), took)
	c.Wait(ctx)
	if sum.Failed > 0 {
		return fmt.Errorf("%d files could not be sent", sum.Failed)
	}
	return nil
}
