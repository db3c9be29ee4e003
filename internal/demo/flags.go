package demo

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/absfs/shmkit/internal/transfer"
	"github.com/absfs/shmkit/metrics"
)

// Common are the flags both examples have.
type Common struct {
	Options transfer.Options
	Metrics string
	Linger  bool
	JSON    bool
	Quiet   bool
	Sources []metrics.Source // shown on /metrics beside the ring

	size Size
}

// DefaultRing is the ring of programs that name none.
const DefaultRing = "shmkit-demo"

// Flags makes the flag set of a program; c gets the values when it is parsed.
func Flags(name string, c *Common) *flag.FlagSet {
	f := flag.NewFlagSet(name, flag.ContinueOnError)
	f.SetOutput(io.Discard)
	c.size = 4 << 20
	f.StringVar(&c.Options.Ring, "ring", DefaultRing, "`NAME` of the ring; both sides give the same")
	f.StringVar(&c.Options.Dir, "dir", "", "`FOLDER` of the shared memory (default: the system's, /dev/shm on Linux)")
	f.Var(&c.size, "capacity", "`BYTES` of the ring, used by whoever comes first")
	f.DurationVar(&c.Options.Patience, "patience", time.Minute, "`TIME` to wait for a successor when the other side was killed")
	f.StringVar(&c.Metrics, "metrics", "", "serve /metrics at `ADDR`; 127.0.0.1:0 picks a free port and prints it")
	f.BoolVar(&c.Linger, "linger", false, "when done, go on serving /metrics until standard input ends")
	f.BoolVar(&c.JSON, "json", false, "print addresses and the result as JSON lines")
	f.BoolVar(&c.Quiet, "quiet", false, "show no progress")
	return f
}

// Parse reads the command line. With -h it prints the help and returns
// flag.ErrHelp; what it cannot read is a UsageError.
func (c *Common) Parse(f *flag.FlagSet, args []string, help string) error {
	err := f.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Print(help, "\nFlags:\n")
		f.SetOutput(os.Stdout)
		f.PrintDefaults()
		return err
	}
	if err != nil {
		return &UsageError{err.Error()}
	}
	c.Options.Capacity = int64(c.size)
	return nil
}
