//go:build !windows

package multiprocess

import (
	"os"
	"os/exec"
)

func interruptible(*exec.Cmd) {}

func interrupt(p *os.Process) error { return p.Signal(os.Interrupt) }
