package main

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/spf13/cobra"
)

// A printer writes records in one of the formats.
type printer struct {
	w      io.Writer
	format string
	n      uint64
	at     time.Time // of the record, where it is known
}

var formats = []string{"text", "hex", "json", "raw"}

func (p *printer) valid() error {
	for _, f := range formats {
		if p.format == f {
			return nil
		}
	}
	return fmt.Errorf("%w: --format is one of %v, not %q", errUsage, formats, p.format)
}

func (p *printer) record(rec []byte) error {
	p.n++
	var err error
	switch p.format {
	case "raw":
		_, err = p.w.Write(rec)
	case "hex":
		_, err = fmt.Fprintf(p.w, "record %d, %d bytes\n%s", p.n, len(rec), hex.Dump(rec))
	case "json":
		err = json.NewEncoder(p.w).Encode(struct {
			Record uint64    `json:"record"`
			At     time.Time `json:"at,omitzero"`
			Bytes  int       `json:"bytes"`
			Data   []byte    `json:"data"`
		}{p.n, p.at, len(rec), append([]byte{}, rec...)})
	default:
		_, err = fmt.Fprintln(p.w, demo.Clean(strings.TrimSuffix(string(rec), "\n")))
	}
	return err
}

func (a *app) dump() *cobra.Command {
	p := &printer{}
	c := &cobra.Command{
		Use: "dump NAME", Short: "print the records that wait in a ring", Args: a.names(1, "one NAME"), ValidArgsFunction: a.complete,
		Long: `dump prints the records of a ring that were not given back yet, without taking
a seat or taking anything away: also those that two dead processes left.`,
		Example: "  shmctl dump orders --format hex",
		RunE:    func(c *cobra.Command, args []string) error { return a.tap(c, args[0], p, false) },
	}
	c.Flags().StringVar(&p.format, "format", "text", "text, hex, json (a line each, data in base64) or raw")
	return c
}

func (a *app) tail() *cobra.Command {
	p := &printer{}
	c := &cobra.Command{
		Use: "tail NAME", Short: "print the records of a ring as they come", Args: a.names(1, "one NAME"), ValidArgsFunction: a.complete,
		Long: `tail is dump that goes on until the producer closes, the ring is removed, or
Ctrl-C. It does not slow the ring down: records a quick consumer gives back
first are missed, and the missing bytes are told on standard error.`,
		RunE: func(c *cobra.Command, args []string) error { return a.tap(c, args[0], p, true) },
	}
	c.Flags().StringVar(&p.format, "format", "text", "text, hex, json (a line each, data in base64) or raw")
	return c
}

// tap prints what waits in the ring, and with follow what comes.
func (a *app) tap(c *cobra.Command, name string, p *printer, follow bool) error {
	if a.output == "json" {
		p.format = "json"
	}
	if err := p.valid(); err != nil {
		return err
	}
	p.w = c.OutOrStdout()
	f := follower{name, a.ring(), 10 * time.Millisecond, follow}
	told := teller{w: c.ErrOrStderr()}
	rest, err := f.run(c.Context(), func(rec []byte, missed uint64) error {
		told.add(missed)
		return p.record(rec)
	})
	told.bytes += rest
	told.flush()
	return err
}
