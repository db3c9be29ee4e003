// Command shmctl looks at shared memory regions and rings, cleans up after the
// dead, and pipes data through rings.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
)

func main() { os.Exit(run()) }

// errUsage marks a wrong command line: exit code 2.
var errUsage = errors.New("usage")

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := newRoot().ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "shmctl: interrupted")
		return 130
	}
	fmt.Fprintln(os.Stderr, "shmctl: "+strings.ReplaceAll(explain(err), "\n", "\nshmctl: "))
	if errors.Is(err, errUsage) {
		return 2
	}
	return 1
}

const long = `shmctl looks at the shared memory regions and rings of this machine, cleans up
after processes that died, and pipes data through rings.

Nothing it shows needs the help of the processes that use a region: who is
attached and who has a seat is what the kernel says, also after a crash.

Exit status: 0, 1 for an error, 2 for wrong usage, 130 after Ctrl-C.`

// app is what the commands share.
type app struct {
	dir    string
	output string
}

func newRoot() *cobra.Command {
	a := &app{}
	root := &cobra.Command{
		Use: "shmctl", Short: "look at shared memory regions and rings", Long: long,
		SilenceErrors: true, SilenceUsage: true,
		Example: `  shmctl ls                          what is there, who is attached
  shmctl info orders                 everything about one region or ring
  shmctl reap -n                     what nobody living uses; then without -n
  tar c . | shmctl send x            and elsewhere: shmctl recv x | tar x
  shmctl record orders last.rec      flight recorder; then shmctl replay last.rec
  shmctl doctor                      what bounds shared memory here, what to do
  shmctl export                      /metrics of every ring on this machine`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%w: there is no command %q; see shmctl -h", errUsage, args[0])
			}
			return nil
		},
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if a.output != "table" && a.output != "json" {
				return fmt.Errorf("%w: -o is table or json, not %q", errUsage, a.output)
			}
			return nil
		},
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return fmt.Errorf("%w: %w; see %s -h", errUsage, err, c.CommandPath())
	})
	root.PersistentFlags().StringVar(&a.dir, "dir", "", "folder of the shared memory (default: the system's)")
	root.PersistentFlags().StringVarP(&a.output, "output", "o", "table", "output format: table or json")
	root.AddCommand(a.ls(), a.info(), a.create(), a.rm(), a.reap(), a.send(), a.recv(), a.dump(), a.tail(), a.record(), a.replay(), a.top(), a.doctor(), a.bench(), a.export(), a.web(), a.man())
	return root
}

// names wants n arguments.
func (a *app) names(n int, what string) cobra.PositionalArgs { return a.names2(n, n, what) }

// names2 wants at least least and at most most arguments.
func (a *app) names2(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return fmt.Errorf("%w: %s wants %s; see %s -h", errUsage, c.Name(), what, c.CommandPath())
		}
		return nil
	}
}
