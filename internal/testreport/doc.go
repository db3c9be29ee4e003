// Command testreport turns the event stream of `go test -json` into a report a
// person reads: a line per package, the output of what failed, every skip with
// its reason, and the tables that tests print (lines that begin with "| ").
//
//	go test -json ./... | go run ./internal/testreport
//
// It exits with status 1 when anything failed, when nothing ran, and, with
// -strict, when a test was skipped for a reason other than one that the kernel
// or the platform forces: those reasons begin with "kernel:" or "platform:".
package main
