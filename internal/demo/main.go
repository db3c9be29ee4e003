package demo

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/absfs/shmkit/internal/transfer"
)

// Exit codes of the example programs.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

// UsageError is a wrong command line.
type UsageError struct{ Text string }

func (e *UsageError) Error() string { return e.Text }

// Main runs a program until it ends or Ctrl-C ends its context, and turns its
// error into one line on stderr and an exit code: 2 for wrong usage, 130 after
// an interruption, else 1.
func Main(name string, run func(ctx context.Context) error) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx)
	var usage *UsageError
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		return 0
	case errors.As(err, &usage):
		fmt.Fprintf(os.Stderr, "%s: %s (%s -h for help)\n", name, usage.Text, name)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintf(os.Stderr, "%s: interrupted\n", name)
		return exitInterrupted
	case errors.Is(err, transfer.ErrPeerInterrupted):
		fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
		return exitFailed
	}
	fmt.Fprintf(os.Stderr, "%s: %s\n", name, oneLine(err))
	return exitFailed
}
