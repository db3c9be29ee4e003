package shmfile

import (
	"encoding/hex"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

func bootID() (id [16]byte) {
	text, err := unix.Sysctl("kern.bootsessionuuid")
	if err != nil {
		return id
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err == nil && len(raw) == len(id) {
		copy(id[:], raw)
	}
	return id
}

func pidNamespace() uint64 { return 0 }

func processStart() (time.Time, bool) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getpid())
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(p.Proc.P_starttime.Unix()), true
}
