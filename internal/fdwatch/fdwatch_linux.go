//go:build !shmfifo

package fdwatch

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// events: descriptors that could write are closed, the file loses a name, or gets
// another.
const events = unix.IN_CLOSE_WRITE | unix.IN_ATTRIB | unix.IN_MOVE_SELF

// watchers are all of the process. The file they share may be in there several
// times: the kernel has one watch for it.
var watchers struct {
	sync.Mutex
	in   *os.File // nil while nobody watches
	list map[int]map[*watcher]struct{}
}

type watcher struct{ fn func() }

func watch(f *os.File, fn func()) (stop func(), err error) {
	conn, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	ws := &watchers
	ws.Lock()
	defer ws.Unlock()
	if ws.in == nil {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
		if err != nil {
			return nil, os.NewSyscallError("inotify_init1", err)
		}
		ws.in, ws.list = os.NewFile(uintptr(fd), "inotify"), make(map[int]map[*watcher]struct{})
		go listen(ws.in)
	}
	var wd int
	controlled := conn.Control(func(fd uintptr) {
		wd, err = add(ws.in, fmt.Sprintf("/proc/self/fd/%d", fd))
	})
	if controlled != nil {
		err = &fs.PathError{Op: "watch", Path: f.Name(), Err: fs.ErrClosed}
	}
	if err != nil {
		endIfIdle()
		return nil, err
	}
	w := &watcher{fn}
	if ws.list[wd] == nil {
		ws.list[wd] = make(map[*watcher]struct{})
	}
	ws.list[wd][w] = struct{}{}
	return sync.OnceFunc(func() { forget(wd, w) }), nil
}

func add(in *os.File, path string) (wd int, err error) {
	conn, err := in.SyscallConn()
	if err != nil {
		return 0, err
	}
	if gone := conn.Control(func(fd uintptr) { wd, err = unix.InotifyAddWatch(int(fd), path, events) }); gone != nil {
		return 0, gone
	}
	return wd, os.NewSyscallError("inotify_add_watch", err)
}

func forget(wd int, w *watcher) {
	ws := &watchers
	ws.Lock()
	defer ws.Unlock()
	delete(ws.list[wd], w)
	if len(ws.list[wd]) > 0 {
		return
	}
	delete(ws.list, wd)
	if conn, err := ws.in.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { _, _ = unix.InotifyRmWatch(int(fd), uint32(wd)) })
	}
	endIfIdle()
}

// endIfIdle ends the goroutine when nobody watches. The lock is held.
func endIfIdle() {
	if ws := &watchers; len(ws.list) == 0 {
		_ = ws.in.Close()
		ws.in = nil
	}
}

func listen(in *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return // closed
		}
		if !tell(in, buf[:n]) {
			return
		}
	}
}

// tell calls those whom the events in buf concern. An event is a struct
// inotify_event, the name of a file in a folder included.
func tell(in *os.File, buf []byte) bool {
	ws := &watchers
	ws.Lock()
	defer ws.Unlock()
	if ws.in != in {
		return false
	}
	told := make(map[int]bool)
	for len(buf) >= unix.SizeofInotifyEvent {
		wd, mask := int(int32(binary.NativeEndian.Uint32(buf))), binary.NativeEndian.Uint32(buf[4:])
		buf = buf[min(len(buf), unix.SizeofInotifyEvent+int(binary.NativeEndian.Uint32(buf[12:]))):]
		switch {
		case mask&unix.IN_Q_OVERFLOW != 0: // events were lost
			for wd := range ws.list {
				told[wd] = true
			}
		case mask&unix.IN_IGNORED == 0:
			told[wd] = true
		}
	}
	for wd := range told {
		for w := range ws.list[wd] {
			w.fn()
		}
	}
	return true
}
