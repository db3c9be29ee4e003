//go:build !race

package faults

const detecting = false
