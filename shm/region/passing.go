package region

import (
	"fmt"
	"io/fs"
	"net"
	"os"

	"github.com/absfs/shmkit/internal/mmap"
	"github.com/absfs/shmkit/internal/shmfile"
)

// SendFile passes f to the process at the other end of conn, which gets it from
// ReceiveFile. f stays open and the caller's; what is sent is, where the system
// can open the file again, a descriptor that shares no locks with it. It waits
// as conn's deadline allows.
// Errors: errors.ErrUnsupported where descriptors cannot be passed.
func SendFile(conn *net.UnixConn, f *os.File) error {
	if conn == nil || f == nil {
		return fmt.Errorf("send descriptor: %w", fs.ErrInvalid)
	}
	if own, err := shmfile.Reopen(f, "", canWrite(f)); err == nil {
		defer own.Close()
		f = own
	}
	if err := shmfile.Send(conn, f); err != nil {
		return fmt.Errorf("send descriptor: %w", err)
	}
	return nil
}

func canWrite(f *os.File) bool {
	a, ok := mmap.AccessOf(f)
	return ok && a.Write
}

// ReceiveFile gets the file the other end of conn passes with SendFile. The
// caller closes it. Descriptors beyond the first are closed at once. It waits as
// conn's deadline allows. Errors: io.EOF when the other end closed,
// errors.ErrUnsupported where descriptors cannot be passed.
func ReceiveFile(conn *net.UnixConn) (*os.File, error) {
	if conn == nil {
		return nil, fmt.Errorf("receive descriptor: %w", fs.ErrInvalid)
	}
	f, err := shmfile.Receive(conn)
	if err != nil {
		return nil, fmt.Errorf("receive descriptor: %w", err)
	}
	return f, nil
}
