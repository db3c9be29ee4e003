// Command producer sends files and folders through shared memory to a consumer
// in another process. See package internal/transfer for what it guarantees.
package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/internal/transfer"
	"github.com/absfs/shmkit/memmapfs"
	"github.com/absfs/shmkit/metrics"
)

const help = `producer sends files and folders through shared memory to a consumer.

Usage:
  producer [flags] [PATH...]

The contents of a single folder arrive in the consumer's folder itself, several
PATHs under their own names. Without PATH the Go source tree is sent. Either
side may be started first. Symbolic links and special files inside a folder are
skipped. A file that changes while it is sent is sent again, and given up after
three times; the others are sent all the same. When a producer is killed, start
it again with the same PATHs: it goes on with the file it was at.

Exit status: 0 when the consumer has everything and found it identical, 1 when
not, 2 for wrong usage, 130 after Ctrl-C.

Examples:
  producer                                  the Go source tree
  producer ~/photos                         one folder
  producer -ring backup -capacity 64MiB a b several paths, a large ring
  producer -metrics 127.0.0.1:9100 /data    with /metrics for Prometheus
`

func main() { os.Exit(demo.Main("producer", run)) }

func run(ctx context.Context) (err error) {
	var c demo.Common
	var fresh bool
	flags := demo.Flags("producer", &c)
	flags.BoolVar(&fresh, "fresh", false, "start over instead of going on where a killed producer was")
	if err := c.Parse(flags, os.Args[1:], help); err != nil {
		return err
	}
	sources, err := paths(flags.Args())
	if err != nil {
		return err
	}
	base, err := osfs.NewFS()
	if err != nil {
		return err
	}
	config := memmapfs.DefaultConfig()
	config.Mode, config.Advice = memmapfs.ModeReadOnly, memmapfs.AdviceSequential
	files := memmapfs.New(base, config)
	defer func() { err = errors.Join(err, files.Close()) }()
	if err := transfer.Readable(files, sources); err != nil {
		return err
	}

	c.Sources = append(c.Sources, metrics.FS("source", files))
	return c.Run(ctx, transfer.Producer, func(ctx context.Context, s *transfer.Session, w transfer.Watcher) (transfer.Sum, error) {
		stop := s.Plan(ctx, files, sources)
		defer stop()
		sender := transfer.Sender{
			Out: s.Producer(), FS: files, Sources: sources, Chunk: s.Chunk(), Fresh: fresh, Journal: s.Journal(), Watch: w,
		}
		sum, err := sender.Send(ctx)
		if err != nil {
			return sum, err
		}
		return sum, s.Judgement(ctx)
	})
}

// paths are what to send; by default the Go source tree.
func paths(args []string) ([]transfer.Source, error) {
	if len(args) == 0 {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			return nil, &demo.UsageError{Text: "no PATH given, and there is no go command to ask for its source tree"}
		}
		args = []string{filepath.Join(strings.TrimSpace(string(out)), "src")}
	}
	return transfer.Sources(args)
}
