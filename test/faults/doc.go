// Package faults holds the tests that do to mapped files what the world does:
// truncate them, fill the disk, fail the device, take the limits away, in and
// around real processes. docs/faults.md lists them. They run on Linux; some
// need root to mount file systems.
package faults
