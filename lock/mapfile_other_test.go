//go:build !unix && !windows

package lock

import (
	"errors"
	"os"
)

func mapFile(*os.File) ([]byte, func() error, error) { return nil, nil, errors.ErrUnsupported }
