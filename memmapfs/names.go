package memmapfs

import "fmt"

func nameOf(names []string, kind string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

func (m MappingMode) String() string {
	return nameOf([]string{"read-only", "read-write", "copy-on-write", "execute"}, "MappingMode", int(m))
}

func (m SyncMode) String() string {
	return nameOf([]string{"immediate", "periodic", "lazy", "never"}, "SyncMode", int(m))
}

func (p MappingPolicy) String() string {
	return nameOf([]string{"auto", "require"}, "MappingPolicy", int(p))
}
