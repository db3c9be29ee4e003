//go:build !linux || !amd64 || race || msan || asan || shmnotrap

package memmapfs

const (
	canLook     = false
	longestLook = 0
)

func look(*windows, *byte, int64, int64) bool { panic("memmapfs: no look") }
