package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"time"

	"github.com/absfs/shmkit/internal/demo"
)

// A side is one of the two child processes.
type side struct {
	name, path string
	args       []string

	cmd     *exec.Cmd
	stdin   io.Closer // closed: the child may stop lingering
	lines   chan demo.Line
	result  *demo.Result
	metrics string // where
	scraped string // what
}

func (s *side) start() error {
	s.cmd = exec.Command(s.path, s.args...)
	s.cmd.Stderr = os.Stderr
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	s.stdin, s.lines = stdin, make(chan demo.Line, 2)
	if err := s.cmd.Start(); err != nil {
		return err
	}
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(stdout); in.Scan(); {
			var l demo.Line
			if json.Unmarshal(in.Bytes(), &l) == nil {
				s.lines <- l
			}
		}
	}()
	return nil
}

// follow reads what the child prints until its result.
func (s *side) follow() error {
	for l := range s.lines {
		if l.Metrics != "" {
			s.metrics = l.Metrics
		}
		if l.Result != nil {
			s.result = l.Result
			return nil
		}
	}
	return fmt.Errorf("the %s ended without a result", s.name)
}

// scrape reads the child's /metrics while it lingers.
func (s *side) scrape(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.metrics, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", s.metrics, resp.Status)
	}
	s.scraped = string(body)
	return err
}

// end lets the child go and waits for it; a child that does not go is killed.
func (s *side) end(patience time.Duration) error {
	if s.cmd == nil || s.cmd.Process == nil {
		return nil
	}
	s.stdin.Close()
	timer := time.AfterFunc(patience, func() { _ = s.cmd.Process.Kill() })
	defer timer.Stop()
	for range s.lines {
	}
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("the %s: %w", s.name, err)
	}
	return nil
}

// stop asks the child to end as Ctrl-C does, where a process can be asked.
func (s *side) stop() {
	if s.cmd == nil || s.cmd.Process == nil {
		return
	}
	if runtime.GOOS == "windows" || s.cmd.Process.Signal(os.Interrupt) != nil {
		_ = s.cmd.Process.Kill()
	}
}

// talk runs both sides to their end. When one fails, or ctx ends, the other is
// asked to stop; no child is left when it returns.
func talk(ctx context.Context, sides ...*side) (err error) {
	for i, s := range sides {
		if err := s.start(); err != nil {
			for _, s := range sides[:i] {
				s.stop()
				err = errors.Join(err, s.end(10*time.Second))
			}
			return err
		}
	}
	followed := make(chan error, len(sides))
	for _, s := range sides {
		go func() { followed <- s.follow() }()
	}
	for range sides {
		select {
		case ferr := <-followed:
			err = errors.Join(err, ferr)
		case <-ctx.Done():
			err = errors.Join(err, ctx.Err())
		}
		if err != nil {
			break
		}
	}
	for _, s := range sides {
		if err == nil {
			err = s.scrape(ctx)
		}
	}
	if err != nil {
		for _, s := range sides {
			s.stop()
		}
	}
	for _, s := range sides {
		err = errors.Join(err, s.end(10*time.Second))
	}
	return err
}
