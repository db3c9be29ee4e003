//go:build !unix

package stream

import "time"

func processTime() time.Duration { return 0 }
