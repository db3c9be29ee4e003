package mmap

import (
	"os"
	"sync"

	"golang.org/x/sys/windows"
)

// holdLockMemory turns SeLockMemoryPrivilege on, which sections of large pages
// ask for, if the user was granted it; programs start with it turned off. Whether
// it was granted the section tells: ERROR_PRIVILEGE_NOT_HELD.
var holdLockMemory = sync.OnceValue(func() error {
	var token windows.Token
	if err := windows.OpenProcessToken(windows.CurrentProcess(), windows.TOKEN_ADJUST_PRIVILEGES|windows.TOKEN_QUERY, &token); err != nil {
		return os.NewSyscallError("OpenProcessToken", err)
	}
	defer token.Close()
	name, err := windows.UTF16PtrFromString("SeLockMemoryPrivilege")
	if err != nil {
		return err
	}
	p := windows.Tokenprivileges{PrivilegeCount: 1}
	p.Privileges[0].Attributes = windows.SE_PRIVILEGE_ENABLED
	if err := windows.LookupPrivilegeValue(nil, name, &p.Privileges[0].Luid); err != nil {
		return os.NewSyscallError("LookupPrivilegeValue", err)
	}
	return os.NewSyscallError("AdjustTokenPrivileges", windows.AdjustTokenPrivileges(token, false, &p, 0, nil, nil))
})
