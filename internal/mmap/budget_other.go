//go:build !linux

package mmap

import "math"

func maxMappings() int { return math.MaxInt }
