// Package rootfs is an absfs file system that cannot be left: every path is
// looked up below one folder, by os.Root. A path that would lead out, by "..",
// as an absolute path or through a symbolic link, is an error, also when
// somebody changes the folder meanwhile.
//
// Files are *os.File, so that memmapfs maps them. Names are absfs names:
// slash-separated, "/" being the folder itself.
package rootfs
