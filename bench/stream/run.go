package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// patience bounds one pair of processes.
const patience = 60 * time.Second

// Pair runs first and second in two processes until second is done and returns
// what both said. It leaves nothing behind.
func (s Spec) Pair(first, second string, firstCPU, secondCPU int) (a, b Out, err error) {
	s.Path = fmt.Sprintf("shmbench-%d-%d", os.Getpid(), time.Now().UnixNano())
	defer s.clean()
	read, write, err := os.Pipe()
	if err != nil {
		return a, b, err
	}
	defer read.Close()
	defer write.Close()
	other, otherOut, err := s.start(first, firstCPU, write)
	if err != nil {
		return a, b, err
	}
	defer func() { err = errors.Join(err, stop(other)) }()
	main, mainOut, err := s.start(second, secondCPU, read)
	if err != nil {
		return a, b, err
	}
	defer func() { err = errors.Join(err, stop(main)) }()
	alarm := time.AfterFunc(patience, func() { _ = main.Process.Kill(); _ = other.Process.Kill() })
	defer alarm.Stop()
	if err := hear(mainOut, &b); err != nil {
		return a, b, fmt.Errorf("%s of %s: %w", second, s.System, err)
	}
	if first == Produce || first == IdleProducer {
		if err := hear(otherOut, &a); err != nil {
			return a, b, fmt.Errorf("%s of %s: %w", first, s.System, err)
		}
	}
	return a, b, nil
}

func hear(out *json.Decoder, o *Out) error {
	if err := out.Decode(o); err != nil {
		return fmt.Errorf("said nothing: %w", err)
	}
	if o.Err != "" {
		return errors.New(o.Err)
	}
	return nil
}

func (s Spec) start(role string, cpu int, extra *os.File) (*exec.Cmd, *json.Decoder, error) {
	s.Role, s.CPU = role, cpu
	arg, err := json.Marshal(s)
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.Command(self, "role", string(arg))
	cmd.ExtraFiles = []*os.File{extra}
	if os.Getenv("SHMBENCH_VERBOSE") != "" {
		cmd.Stderr = os.Stderr
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	return cmd, json.NewDecoder(out), nil
}

// stop ends a child; that it was killed is no error.
func stop(cmd *exec.Cmd) error {
	if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		return err
	}
	return nil
}

func (s Spec) clean() {
	for _, suffix := range []string{"", "-ping", "-pong"} {
		_ = ring.Remove(s.Path+suffix, nil) // the other systems have none
	}
	for _, dir := range []string{os.TempDir(), "/dev/shm"} {
		left, _ := filepath.Glob(filepath.Join(dir, s.Path+"*"))
		for _, path := range left {
			if strings.Contains(path, s.Path) {
				_ = os.Remove(path)
			}
		}
	}
}
