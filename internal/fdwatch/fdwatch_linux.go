//go:build !shmfifo

package fdwatch

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// events: descriptors that could write are closed, the file loses a name, or gets
// another, or another length. Stores to a mapping are none.
const events = unix.IN_CLOSE_WRITE | unix.IN_ATTRIB | unix.IN_MOVE_SELF | unix.IN_MODIFY

// watchers are all of the process. The file they share may be in there several
// times: the kernel has one watch for it.
var watchers struct {
	sync.Mutex
	in   *os.File // nil when nobody watches
	used int      // watches so far
	list map[int]map[*watcher]struct{}
}

type watcher struct {
	mu sync.Mutex // held while fn runs
	fn func()     // nil after stop
}

func (w *watcher) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.fn != nil {
		w.fn()
	}
}

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
	ws.used++
	w := &watcher{fn: fn}
	if ws.list[wd] == nil {
		ws.list[wd] = make(map[*watcher]struct{})
	}
	ws.list[wd][w] = struct{}{}
	return sync.OnceFunc(func() {
		forget(wd, w)
		w.mu.Lock() // one that runs ends first
		defer w.mu.Unlock()
		w.fn = nil
	}), nil
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

// linger is how long the instance and its goroutine stay when nobody watches: the
// kernel takes some milliseconds to close one.
const linger = 100 * time.Millisecond

// endIfIdle ends the goroutine when nobody has watched for a while. The lock is
// held.
func endIfIdle() {
	ws := &watchers
	if len(ws.list) > 0 {
		return
	}
	in, used := ws.in, ws.used
	time.AfterFunc(linger, func() {
		ws.Lock()
		idle := ws.in == in && ws.used == used
		if idle {
			ws.in = nil
		}
		ws.Unlock()
		if idle {
			_ = in.Close()
		}
	})
}

func listen(in *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		if err != nil {
			return // closed
		}
		for w := range concerned(in, buf[:n]) {
			w.tell()
		}
	}
}

// concerned are those whom the events in buf concern. An event is a struct
// inotify_event, the name of a file in a folder included.
func concerned(in *os.File, buf []byte) map[*watcher]struct{} {
	ws := &watchers
	ws.Lock()
	defer ws.Unlock()
	if ws.in != in {
		return nil // which is being closed
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
	list := make(map[*watcher]struct{})
	for wd := range told {
		maps.Copy(list, ws.list[wd])
	}
	return list
}
