//go:build !linux || shmfifo

package fdwatch

import (
	"errors"
	"os"
)

func watch(*os.File, func()) (func(), error) { return nil, errors.ErrUnsupported }
