package shm_test

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
)

// roleVar names the environment variable that makes a copy of the test binary
// one of the guide's programs.
const roleVar = "SHMKIT_SHM_ROLE"

// roles are those programs; their argument is a folder.
var roles = map[string]func(dir string) error{}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		if err := roles[role](os.Args[1]); err != nil {
			fmt.Fprintln(os.Stderr, role+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// program is one of the guide's programs as a process of its own.
func program(role, dir string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", roleVar+"="+role)
	cmd.Stderr = os.Stderr
	return cmd
}
