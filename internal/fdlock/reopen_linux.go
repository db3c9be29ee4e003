package fdlock

import (
	"fmt"
	"os"
)

func reopen(f *os.File) (again *os.File, err error) {
	err = control(f, "reopen", func(fd uintptr) (err error) {
		again, err = os.OpenFile(fmt.Sprintf("/proc/self/fd/%d", fd), os.O_RDWR, 0)
		return err
	})
	if err != nil {
		return os.OpenFile(f.Name(), os.O_RDWR, 0)
	}
	return again, nil
}
