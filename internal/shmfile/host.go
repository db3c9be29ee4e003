package shmfile

import (
	"os"
	"sync"
	"time"
)

// Process is who this process is, as far as people may want to know. None of
// it decides anything.
type Process struct {
	PID       int       // as this process sees itself, in its own pid namespace
	Namespace uint64    // the pid namespace; 0 where there is none
	UID       int       // effective user; -1 where the platform has none
	Started   time.Time // when the process started, or when this package was first used
}

var loaded = time.Now()

// Self describes the calling process. The system is asked once.
var Self = sync.OnceValue(func() Process {
	p := Process{PID: os.Getpid(), UID: os.Geteuid(), Started: loaded}
	p.Namespace = pidNamespace()
	if t, ok := processStart(); ok {
		p.Started = t
	}
	return p
})

// BootID tells one run of the system from the next; all zero where unknown.
var BootID = sync.OnceValue(bootID)
