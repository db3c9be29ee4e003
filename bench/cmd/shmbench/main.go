// Shmbench measures shmkit beside its rivals on this machine, writes the numbers
// to results/*.json, draws the charts of docs/bench, and says which of the
// project's speed goals are met and which are missed.
//
//	go run ./cmd/shmbench [-quick] [-rounds n] [-only group,...] [-results dir] [-charts dir] [-doc file]
//	go run ./cmd/shmbench -report     # judge and draw what was measured before
package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/absfs/shmkit/bench/cases"
	"github.com/absfs/shmkit/bench/report"
	"github.com/absfs/shmkit/bench/stream"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "shmbench:", err)
		os.Exit(1)
	}
}

type options struct {
	quick   bool
	rounds  int
	only    string
	results string
	charts  string
	doc     string
	dir     string
	free    bool
	judge   bool
}

func run() error {
	if len(os.Args) == 3 {
		switch os.Args[1] {
		case "role":
			return stream.Main(os.Args[2])
		case "child":
			return cases.Main(os.Args[2])
		}
	}
	var o options
	flag.BoolVar(&o.quick, "quick", false, "fewer sizes and shorter segments: under three minutes")
	flag.IntVar(&o.rounds, "rounds", 0, "rounds of each comparison (7, or 3 with -quick)")
	flag.StringVar(&o.only, "only", "", "groups to run, comma separated: stream, latency, idle and those of package cases")
	flag.StringVar(&o.results, "results", "results", "folder for the numbers")
	flag.StringVar(&o.charts, "charts", "", "folder for the charts; empty draws none")
	flag.StringVar(&o.doc, "doc", "", "Markdown file whose generated part is renewed; empty for none")
	flag.StringVar(&o.dir, "dir", "", "folder on the disk to measure; empty is a temporary one")
	flag.BoolVar(&o.free, "free", false, "do not bind the two processes to a processor each")
	flag.BoolVar(&o.judge, "report", false, "measure nothing, report what is in -results")
	flag.Parse()
	if o.rounds == 0 {
		o.rounds = 7
		if o.quick {
			o.rounds = 3
		}
	}
	if !o.judge {
		if err := o.measure(); err != nil {
			return err
		}
	}
	return o.tell()
}

func (o options) wants(group string) bool {
	return o.only == "" || strings.Contains(","+o.only+",", ","+group+",")
}

// tell prints, draws and documents what the results folder holds.
func (o options) tell() error {
	files, err := report.Read(o.results)
	if err != nil {
		return err
	}
	if o.charts != "" {
		if err := report.Draw(files, o.charts); err != nil {
			return err
		}
	}
	verdicts := report.Judge(files)
	if o.doc != "" {
		if err := report.Document(o.doc, files, verdicts); err != nil {
			return err
		}
	}
	fmt.Print(report.Table(verdicts))
	return nil
}

func (o options) file(group, title, placement string) *report.File {
	return &report.File{
		Schema: report.Schema, Group: group, Title: title, Machine: report.ThisMachine(placement),
		Date: time.Now().UTC().Truncate(time.Second), Command: command(), Quick: o.quick, Rounds: o.rounds,
	}
}

func command() string {
	return strings.Join(append([]string{"shmbench"}, os.Args[1:]...), " ")
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
