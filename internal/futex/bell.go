package futex

import "strings"

const (
	bellPrefix = ".shmkit-"
	bellSuffix = ".bell"
)

// SetBell gives the word at addr a bell where the system has no futex that
// processes share (macOS and the BSDs; nothing happens elsewhere): a FIFO beside
// file, the one the word lies in, with its permissions. Both the sleeper and who
// wakes it set it, with the same id, which is part of a file name. A bell is for one sleeper
// at a time; others, and words without a bell, are looked at once in a millisecond.
//
// [ClearBell] lets go of it before the word is unmapped. Two sides in one mapping
// share one.
func SetBell(addr *uint32, file, id string) { setBell(addr, file, id) }

// ClearBell undoes one [SetBell]. The sleeper's side removes the FIFO; one that was
// killed leaves it to its successor, and to whoever asks [Deaf].
func ClearBell(addr *uint32, remove bool) { clearBell(addr, remove) }

// IsBell reports whether a file of this name is a bell.
func IsBell(name string) bool {
	return strings.HasPrefix(name, bellPrefix) && strings.HasSuffix(name, bellSuffix)
}

// Deaf reports that the bell of this path has nobody left who could sleep at it.
func Deaf(path string) bool { return deaf(path) }
