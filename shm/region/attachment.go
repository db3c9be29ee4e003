package region

import "time"

// Process is what a process said about itself.
type Process struct {
	PID       int    // in its own pid namespace
	Namespace uint64 // that namespace's number; 0 where there is none
	UID       int    // effective user; -1 where there is none
	Started   time.Time
	Name      string // Options.Name, or the program's
}

// Attachment is one living attachment.
type Attachment struct {
	Process
	Role    string    // Options.Role
	Since   time.Time // when it attached
	Creator bool      // it made the region
	Known   bool      // false: it left no description (read-only, or the table was full); only PID is set
}

// Seat is one seat of a region.
type Seat struct {
	Held   bool    // by a living attachment
	Holder Process // who it says it is; zero when it left no description
}
