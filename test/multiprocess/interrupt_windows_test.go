package multiprocess

import (
	"os"
	"os/exec"

	"golang.org/x/sys/windows"
)

// interruptible puts cmd into a process group of its own: Ctrl-Break goes to
// groups, and Go takes it for os.Interrupt.
func interruptible(cmd *exec.Cmd) {
	cmd.SysProcAttr = &windows.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP}
}

func interrupt(p *os.Process) error {
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(p.Pid))
}
