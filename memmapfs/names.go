package memmapfs

import "fmt"

func nameOf(names []string, kind string, i int) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("%s(%d)", kind, i)
	}
	return names[i]
}

// String is the mode in words, such as "copy-on-write".
func (m MappingMode) String() string {
	return nameOf([]string{"read-only", "read-write", "copy-on-write", "execute"}, "MappingMode", int(m))
}

// String is the mode in words, such as "lazy".
func (m SyncMode) String() string {
	return nameOf([]string{"immediate", "periodic", "lazy", "never"}, "SyncMode", int(m))
}

// String is the policy in words, such as "require".
func (p MappingPolicy) String() string {
	return nameOf([]string{"auto", "require"}, "MappingPolicy", int(p))
}
