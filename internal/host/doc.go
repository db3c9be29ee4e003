// Package host asks the system what bounds shared memory on this machine: space
// and limits, for the host's metrics and for shmctl doctor.
package host
