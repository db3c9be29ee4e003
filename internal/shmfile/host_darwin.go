package shmfile

import (
	"encoding/hex"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// bootID: kern.bootsessionuuid, which sysctl(3) does not list and xnu's
// bsd/kern/kern_sysctl.c does, is made anew at each boot.
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

// pidNamespace: the system has one.
func pidNamespace() uint64 { return 0 }

// processStart: p_starttime of struct kinfo_proc (<sys/sysctl.h>), as ps(1) does.
func processStart() (time.Time, bool) {
	p, err := unix.SysctlKinfoProc("kern.proc.pid", os.Getpid())
	if err != nil {
		return time.Time{}, false
	}
	return time.Unix(p.Proc.P_starttime.Unix()), true
}
