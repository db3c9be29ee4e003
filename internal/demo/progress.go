package demo

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/absfs/shmkit/internal/transfer"
	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress shows counters on standard error while a transfer runs: a bar with
// rate and remaining time on a terminal, plain lines otherwise.
type Progress struct {
	name    string
	count   *transfer.Counters
	planned func() (files, bytes uint64, err error)
	out     io.Writer
	bar     *progressbar.ProgressBar
	mu      sync.Mutex
	quit    chan struct{}
	done    sync.WaitGroup
	start   time.Time
}

// Show begins to show count. planned says how much there is; zeros while nobody
// knows. Stop ends it. Under -quiet only problems are shown.
func (c *Common) Show(name string, count *transfer.Counters, planned func() (files, bytes uint64, err error)) *Progress {
	p := &Progress{name: name, count: count, planned: planned, out: os.Stderr, quit: make(chan struct{}), start: time.Now()}
	if c.Quiet {
		return p
	}
	every := 2 * time.Second
	if term.IsTerminal(int(os.Stderr.Fd())) {
		every = 100 * time.Millisecond
		p.bar = progressbar.NewOptions64(-1, progressbar.OptionSetWriter(os.Stderr), progressbar.OptionSetDescription(name),
			progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
			progressbar.OptionThrottle(every), progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(24))
	}
	p.done.Go(func() { p.run(every) })
	return p
}

func (p *Progress) run(every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-p.quit:
			return
		case <-tick.C:
			p.mu.Lock()
			p.show()
			p.mu.Unlock()
		}
	}
}

func (p *Progress) show() {
	files, bytes, _ := p.planned() // unknown counts as zero
	done := p.count.Bytes.Load()
	if p.bar != nil {
		if bytes > 0 && p.bar.GetMax64() != int64(bytes) {
			p.bar.ChangeMax64(int64(bytes))
		}
		_ = p.bar.Set64(done)
		return
	}
	took := time.Since(p.start)
	fmt.Fprintf(p.out, "%s: %d/%d files, %s of %s, %.0f MB/s, %s left\n", p.name, p.count.Files.Load(), files,
		Bytes(done), Bytes(int64(bytes)), Rate(done, took), left(done, int64(bytes), took))
}

// left is the time that remains at the rate so far.
func left(done, all int64, took time.Duration) string {
	if done == 0 || all <= done {
		return "?"
	}
	return time.Duration(float64(took) / float64(done) * float64(all-done)).Round(time.Second).String()
}

// Problem prints a line about a file that could not be sent as it was.
func (p *Progress) Problem(path string, why error, again bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Clear()
	}
	what := "gave up"
	if again {
		what = "trying again"
	}
	fmt.Fprintf(p.out, "%s: %s %s: %s\n", p.name, what, Clean(path), oneLine(why))
}

// Stop ends the show.
func (p *Progress) Stop() {
	close(p.quit)
	p.done.Wait()
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
