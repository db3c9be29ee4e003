// Command consumer receives what a producer sends through shared memory, and
// verifies all of it. See package internal/transfer for what it guarantees.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/internal/transfer"
	"github.com/absfs/shmkit/metrics"
)

const help = `consumer receives what a producer sends through shared memory.

Usage:
  consumer [flags]

It verifies the SHA-256 of every file and of the whole. With -out it also writes
the tree; a file gets its name only when it is verified, and no received path
leaves that folder. Either side may be started first. When a consumer is killed,
start it again with the same -out: it goes on in the middle of the file.

Exit status: 0 when everything arrived and is identical, 1 when not, 2 for
wrong usage, 130 after Ctrl-C.

Examples:
  consumer                                  verify only
  consumer -out /tmp/copy                   write the tree
  consumer -ring backup -metrics 127.0.0.1:0
`

func main() { os.Exit(demo.Main("consumer", run)) }

func run(ctx context.Context) (err error) {
	var c demo.Common
	var out string
	flags := demo.Flags("consumer", &c)
	flags.StringVar(&out, "out", "", "`FOLDER` to write the tree to; made when it is missing")
	if err := c.Parse(flags, os.Args[1:], help); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return &demo.UsageError{Text: fmt.Sprintf("unexpected argument %q", flags.Arg(0))}
	}
	var tree *transfer.Tree
	if out != "" {
		if tree, err = transfer.OpenTree(out); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, tree.Close()) }()
		c.Sources = append(c.Sources, metrics.FS("out", tree.FS()))
	}

	return c.Run(ctx, transfer.Consumer, func(ctx context.Context, s *transfer.Session, w transfer.Watcher) (transfer.Sum, error) {
		receiver := transfer.Receiver{In: s.Consumer(), Tree: tree, Journal: s.Journal(), Watch: w}
		sum, err := receiver.Receive(ctx)
		if err != nil && tree != nil {
			err = errors.Join(err, tree.Discard())
		}
		return sum, err
	})
}
