// Package multiprocess holds tests in which real processes talk: the example
// programs are built and run, killed, interrupted and given bad input.
package multiprocess
