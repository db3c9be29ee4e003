// Package demo holds what the example programs share beside the transfer
// itself: flags, progress, the /metrics server, results, exit codes.
package demo
