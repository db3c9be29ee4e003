package mmap

import "os"

// Access says what a descriptor was opened for.
type Access struct{ Read, Write, Append bool }

// AccessOf asks the system what f may do; false where it cannot tell.
func AccessOf(f *os.File) (Access, bool) { return accessOf(f) }
