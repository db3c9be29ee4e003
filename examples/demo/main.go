// Command demo builds the producer and the consumer, lets them talk as two
// processes, and compares what arrived with what was sent.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/internal/transfer"
)

const help = `demo streams a file tree from one process to another through shared memory.

It builds the producer and the consumer into a temporary folder, runs them with
/metrics on, compares the written tree byte for byte with the source, prints a
table and a few metrics, and leaves nothing behind.

Usage:
  demo [-src FOLDER] [-verify-only]

Examples:
  go run ./examples/demo                 the Go source tree
  go run ./examples/demo -src /usr/lib   another tree
`

func main() { os.Exit(demo.Main("demo", run)) }

func run(ctx context.Context) (err error) {
	var src, bin string
	var verifyOnly bool
	var capacity demo.Size = 4 << 20
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	flags.StringVar(&src, "src", "", "`FOLDER` to send (default: the Go source tree)")
	flags.StringVar(&bin, "bin", "", "`FOLDER` with producer and consumer (default: build them)")
	flags.BoolVar(&verifyOnly, "verify-only", false, "do not write the tree, compare digests only")
	flags.Var(&capacity, "capacity", "`BYTES` of the ring")
	flags.Usage = func() { fmt.Print(help, "\nFlags:\n"); flags.SetOutput(os.Stdout); flags.PrintDefaults() }
	if err := flags.Parse(os.Args[1:]); errors.Is(err, flag.ErrHelp) {
		return err
	} else if err != nil {
		return &demo.UsageError{Text: err.Error()}
	}
	if flags.NArg() > 0 {
		return &demo.UsageError{Text: fmt.Sprintf("unexpected argument %q", flags.Arg(0))}
	}
	if src, err = source(ctx, src); err != nil {
		return err
	}

	tmp, err := os.MkdirTemp("", "shmkit-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeAll(tmp)) }()
	if bin == "" {
		bin = tmp
		if err := build(ctx, bin); err != nil {
			return err
		}
	}

	ring := "shmkit-demo-" + strings.ToLower(rand.Text()[:10])
	args := []string{"-json", "-linger", "-metrics", "127.0.0.1:0", "-ring", ring, "-capacity", fmt.Sprint(int64(capacity))}
	out := filepath.Join(tmp, "out")
	consumer := args
	if !verifyOnly {
		consumer = append(args[:len(args):len(args)], "-out", out)
	}
	fmt.Printf("sending %s through ring %s (%s)\n", src, ring, &capacity)
	p := &side{name: "producer", path: filepath.Join(bin, "producer"), args: append(args[:len(args):len(args)], src)}
	c := &side{name: "consumer", path: filepath.Join(bin, "consumer"), args: consumer}
	if err := talk(ctx, c, p); err != nil {
		return errors.Join(err, sweep(ring))
	}
	if err := judge(p, c, src, out, verifyOnly); err != nil {
		return err
	}
	return left(ring)
}

// build puts the producer and the consumer into dir.
func build(ctx context.Context, dir string) error {
	fmt.Println("building producer and consumer")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", dir+string(filepath.Separator),
		"github.com/absfs/shmkit/examples/producer", "github.com/absfs/shmkit/examples/consumer")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("go build: %w", err)
	}
	return nil
}

// source is the folder to send, absolute.
func source(ctx context.Context, src string) (string, error) {
	if src == "" {
		out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
		if err != nil {
			return "", fmt.Errorf("go env GOROOT: %w", err)
		}
		src = filepath.Join(strings.TrimSpace(string(out)), "src")
	}
	src, err := filepath.Abs(src)
	if err != nil {
		return "", err
	}
	_, err = os.Stat(src)
	return src, err
}

// sweep removes what children that were killed could not.
func sweep(ring string) error {
	return transfer.Discard(transfer.Options{Ring: ring})
}

// left is an error when the children have left a segment behind.
func left(ring string) error {
	names, err := transfer.Leftovers(transfer.Options{Ring: ring})
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("left behind: %s", strings.Join(names, ", "))
		return errors.Join(err, sweep(ring))
	}
	return err
}

// removeAll removes dir, also where folders in it are not writable.
func removeAll(dir string) error {
	_ = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if d != nil && d.IsDir() {
			return os.Chmod(path, 0o700)
		}
		return nil
	})
	return os.RemoveAll(dir)
}
