package shm_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/absfs/shmkit/shm/region"
)

func init() { roles["inherit"] = func(string) error { return inherit() } }

// give starts a child on memory that has no name.
func give(child *exec.Cmd) (*region.Region, error) {
	r, err := region.Anonymous(1<<20, &region.Options{SealFutureWrite: true})
	if err != nil {
		return nil, err
	}
	copy(r.Bytes(), "from the parent")
	child.ExtraFiles = []*os.File{r.File()} // descriptor 3 over there
	if err := child.Run(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// inherit is the child.
func inherit() error {
	f := os.NewFile(3, "shared")
	defer f.Close()
	r, err := region.FromFile(f, &region.Options{ReadOnly: true}) // checks the seals
	if err != nil {
		return err
	}
	fmt.Println(string(r.Bytes()[:15]))
	return r.Close()
}

// receive attaches to what the process at the other end of a unix socket sends
// with region.SendFile(conn, r.File()).
func receive(conn *net.UnixConn) (*region.Region, error) {
	f, err := region.ReceiveFile(conn)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return region.FromFile(f, &region.Options{ReadOnly: true})
}

// Sealed memory without a name goes to a child that inherits it.
func Example_anonymous() {
	child := program("inherit", "")
	var out strings.Builder
	child.Stdout = &out
	r, err := give(child)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Print(out.String())
	// Output: from the parent
}

// Descriptors travel over unix sockets too.
func Example_socket() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: dir + "/socket", Net: "unix"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer l.Close()
	go func() {
		conn, err := l.AcceptUnix()
		if err != nil {
			return
		}
		defer conn.Close()
		r, err := region.Anonymous(4096, nil)
		if err != nil {
			return
		}
		defer r.Close()
		copy(r.Bytes(), "over a socket")
		_ = region.SendFile(conn, r.File())
	}()
	conn, err := net.DialUnix("unix", nil, l.Addr().(*net.UnixAddr))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	r, err := receive(conn)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	fmt.Println(string(r.Bytes()[:13]))
	// Output: over a socket
}
