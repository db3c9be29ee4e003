// Package chance decides at random and cheaply, for counters that count one
// access in so many instead of making every reader write to memory they share.
package chance
