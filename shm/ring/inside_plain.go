//go:build amd64 && !race && !shmcheck

package ring

// private32 stores a word that only this process looks at.
func private32(w *uint32, v uint32) { *w = v }
