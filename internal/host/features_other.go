//go:build !linux

package host

func features() []Feature { return nil }

func transparentHuge() string { return "" }

func memoryLimit() uint64 { return 0 }
