package host

// A Feature is something of the kernel that the libraries use when it is there.
type Feature struct {
	Name    string
	Have    bool
	Without string // what it is like without
}

// Features asks the kernel; the list is empty where nothing is optional.
func Features() []Feature { return features() }

// TransparentHuge is when the kernel backs shared memory with huge pages by
// itself: never, advise, within_size, always, ...; empty where unknown.
func TransparentHuge() string { return transparentHuge() }

// MemoryLimit is the limit of the control group this process sees, in bytes,
// which pages of shared memory count against; zero where there is none.
func MemoryLimit() uint64 { return memoryLimit() }
