// Package mmap is the only place of the module that asks the operating system
// for file mappings.
//
// Exported functions stand once, in neutral files, and check their arguments;
// platform files hold the lowercase bodies. A function that a platform cannot
// offer returns an error that matches errors.ErrUnsupported.
//
// Every system call passes through [Intercept] first: tests use [SetHook] to
// record calls, to refuse the nth one, or to stand in for a failing device.
//
// Slices returned by this package are backed by memory that the garbage
// collector does not know. They end with [Unmap]; using one afterwards is a
// fault at best.
//
// Platforms: Linux, Darwin, FreeBSD, NetBSD, DragonFly and Windows map files.
// OpenBSD is left out on purpose: its maps are not coherent with read and
// write. There, and elsewhere, [Supported] is false and nothing can be mapped.
package mmap
