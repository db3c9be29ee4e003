package report

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// ThisMachine describes the machine; placement says which process runs where.
func ThisMachine(placement string) Machine {
	m := Machine{
		CPU: "unknown", Cores: runtime.NumCPU(), Kernel: "unknown", Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Placement: placement, Load: firstLine("/proc/loadavg"),
		Revision: output("git", "rev-parse", "--short", "HEAD"),
	}
	if out, _, _ := strings.Cut(output("cc", "--version"), "\n"); out != "" {
		m.Compiler = out
	}
	if k := output("uname", "-sr"); k != "" {
		m.Kernel = k
	}
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	return m
}

func output(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

func firstLine(path string) string {
	data, _ := os.ReadFile(path)
	line, _, _ := strings.Cut(string(data), "\n")
	return line
}
