//go:build !amd64 && !arm64

package cpu

// pause has no hint to give: it wastes the time at least.
//
//go:noinline
func pause(n uint32) {
	for range n {
		nothing()
	}
}

//go:noinline
func nothing() {}
