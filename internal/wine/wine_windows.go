package wine

import (
	"errors"
	"unsafe"

	"golang.org/x/sys/windows"
)

// version asks ntdll, where Wine exports a function that Windows does not have.
func version() (string, bool) {
	get := windows.NewLazySystemDLL("ntdll.dll").NewProc("wine_get_version")
	if get.Find() != nil {
		return "", false
	}
	text, _, _ := get.Call()
	return windows.BytePtrToString(*(**byte)(unsafe.Pointer(&text))), true
}

func busy(err error) bool {
	_, ok := version()
	return ok && errors.Is(err, windows.ERROR_INTERNAL_ERROR)
}
