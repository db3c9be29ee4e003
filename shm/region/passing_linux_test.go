package region

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func init() { roles["receive"] = receiveRole }

// receiveRole gets a descriptor over the socket it inherited and tries to write.
func receiveRole([]string) error {
	conn, err := socketFromFile(os.NewFile(3, "socket"))
	if err != nil {
		return err
	}
	f, err := ReceiveFile(conn)
	if err != nil {
		return err
	}
	if _, err := FromFile(f, nil); !errors.Is(err, ErrReadOnly) {
		return fmt.Errorf("writable attachment to sealed memory: %w", err)
	}
	r, err := FromFile(f, &Options{ReadOnly: true})
	if err != nil {
		return err
	}
	fmt.Println(string(r.Bytes()[:5]))
	awaitLine()
	fmt.Println(string(r.Bytes()[:5]))
	return r.Close()
}

func socketFromFile(f *os.File) (*net.UnixConn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return c.(*net.UnixConn), nil
}

func socketPair(t *testing.T) (*net.UnixConn, *os.File) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := socketFromFile(os.NewFile(uintptr(fds[0]), "ours"))
	if err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "theirs")
	t.Cleanup(func() { _, _ = ours.Close(), theirs.Close() })
	return ours, theirs
}

func TestSealedRegionTravelsOverSocket(t *testing.T) {
	r := mustAnonymous(t, 5000, &Options{SealFutureWrite: true})
	copy(r.Bytes(), "hello")
	ours, theirs := socketPair(t)
	cmd := exec.Command(os.Args[0])
	cmd.ExtraFiles = []*os.File{theirs}
	c := startCommand(t, cmd, "receive")
	if err := SendFile(ours, r.File()); err != nil {
		t.Fatal(err)
	}
	c.expect("hello")
	if info := r.Info(); info.Attached != 2 || info.Err != nil {
		t.Fatalf("%+v", info)
	}
	copy(r.Bytes(), "world")
	c.say("again")
	c.expect("world")
	c.wait()
}

func TestReceiveFileTakesOneDescriptor(t *testing.T) {
	ours, theirs := socketPair(t)
	conn, err := socketFromFile(theirs)
	if err != nil {
		t.Fatal(err)
	}
	before := openDescriptors(t)
	rights := syscall.UnixRights(int(os.Stdin.Fd()), int(os.Stdin.Fd()), int(os.Stdin.Fd()))
	if _, _, err := ours.WriteMsgUnix([]byte{1}, rights, nil); err != nil {
		t.Fatal(err)
	}
	f, err := ReceiveFile(conn)
	if err != nil {
		t.Fatal(err)
	}
	if n := openDescriptors(t); n != before+1 {
		t.Fatalf("%d descriptors more", n-before)
	}
	_ = f.Close()
	if _, err := ours.Write([]byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := ReceiveFile(conn); err == nil {
		t.Fatal("a message without a descriptor was accepted")
	}
	_ = ours.Close()
	_, err = ReceiveFile(conn)
	wantErr(t, err, io.EOF)
	_ = conn.Close()
	if n := openDescriptors(t); n > before {
		t.Fatalf("%d descriptors more", n-before)
	}
}
