//go:build shmcheck

package ring

// private32 does nothing, and wait finds nobody: an explored side is closed by
// the goroutine that uses it.
func private32(*uint32, uint32) {}

func (*inside) wait() {}
