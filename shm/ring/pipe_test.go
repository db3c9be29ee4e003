package ring

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/rpc"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/net/nettest"
)

// piped is a connection, both ends of it, and its listener.
func piped(t testing.TB, o Options) (dialled, accepted *Pipe, l *Listener) {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	l, err := Listen("l", &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	dialled, err = Dial(t.Context(), "l", &o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { dialled.Close() })
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return dialled, conn.(*Pipe), l
}

func TestAPipeIsANetConn(t *testing.T) {
	defer goleak.VerifyNone(t)
	o := &Options{Dir: t.TempDir()}
	l, err := Listen("l", o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		if c1, err = Dial(context.Background(), "l", o); err != nil {
			return nil, nil, nil, err
		}
		if c2, err = l.Accept(); err != nil {
			return nil, nil, nil, errors.Join(err, c1.Close())
		}
		return c1, c2, func() { c1.Close(); c2.Close() }, nil
	})
}

func TestPipesAndListenersLeaveNoFiles(t *testing.T) {
	dir := t.TempDir()
	a, b, l := piped(t, Options{Dir: dir})
	if err := errors.Join(a.Close(), b.Close(), l.Close()); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	for _, err := range []error{a.Close(), b.Close(), l.Close()} {
		if !errors.Is(err, net.ErrClosed) {
			t.Errorf("a second Close: %v", err)
		}
	}
}

func TestAPipeCarriesWhatWasWrittenBeforeClose(t *testing.T) {
	a, b, _ := piped(t, Options{})
	sent := bytes.Repeat([]byte("0123456789abcdef"), 3000) // most of the capacity
	if _, err := a.Write(sent); err != nil {
		t.Fatal(err)
	}
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(b)
	if err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes of %d, %v", len(got), len(sent), err)
	}
	if _, err := b.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write to nobody: %v", err)
	}
}

func TestHalfACloseLeavesTheOtherHalf(t *testing.T) {
	a, b, _ := piped(t, Options{})
	if _, err := a.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if err := a.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(b); err != nil || string(got) != "question" {
		t.Fatalf("%q, %v", got, err)
	}
	if _, err := a.Write([]byte("more")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write after CloseWrite: %v", err)
	}
	if _, err := b.Write([]byte("answer")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 10)
	if n, err := a.Read(buf); err != nil || string(buf[:n]) != "answer" {
		t.Fatalf("%q, %v", buf[:n], err)
	}
	if err := a.CloseRead(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Read(buf); err != io.EOF {
		t.Errorf("a read after CloseRead: %v", err)
	}
	if _, err := b.Write([]byte("nobody reads")); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("a write to an end that reads no more: %v", err)
	}
}

func TestAWriterWhoseReaderLeavesStopsWaiting(t *testing.T) {
	a, b, _ := piped(t, Options{Capacity: minCapacity})
	failed := make(chan error, 1)
	go func() {
		_, err := a.Write(make([]byte, 1<<20))
		failed <- err
	}()
	for a.p.Stats().Waits == 0 {
		time.Sleep(time.Millisecond)
	}
	if err := b.CloseRead(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, io.ErrClosedPipe) {
		t.Error(err)
	}
}

func TestDiallingNobodyFails(t *testing.T) {
	o := &Options{Dir: t.TempDir()}
	if _, err := Dial(t.Context(), "l", o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no listener: %v", err)
	}
	l, err := Listen("l", o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen("l", o); !errors.Is(err, ErrBusy) {
		t.Errorf("a second listener: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Dial(ctx, "l", o); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after Close: %v", err)
	}
	if left, err := os.ReadDir(o.Dir); err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

func TestManyDialAtOnce(t *testing.T) {
	const many = 40
	o := &Options{Dir: t.TempDir(), Capacity: minCapacity}
	l, err := Listen("l", o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c); c.Close() }()
		}
	}()
	results := make(chan error, many)
	for i := range many {
		go func() {
			results <- func() error {
				c, err := Dial(t.Context(), "l", o)
				if err != nil {
					return err
				}
				defer c.Close()
				sent := bytes.Repeat([]byte{byte(i)}, 3*minCapacity)
				go func() { _, _ = c.Write(sent); _ = c.CloseWrite() }()
				got, err := io.ReadAll(c)
				if err == nil && !bytes.Equal(got, sent) {
					err = errors.New("the echo differs")
				}
				return err
			}()
		}()
	}
	for range many {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

// Arith is what the RPC server serves.
type Arith struct{}

// Mul is called by name.
func (Arith) Mul(args [2]int, product *int) error { *product = args[0] * args[1]; return nil }

func TestRPCRunsOverAPipe(t *testing.T) {
	a, b, _ := piped(t, Options{})
	server := rpc.NewServer()
	if err := server.Register(Arith{}); err != nil {
		t.Fatal(err)
	}
	served := make(chan struct{})
	go func() { server.ServeConn(b); close(served) }()
	client := rpc.NewClient(a)
	for i := range 100 {
		var got int
		if err := client.Call("Arith.Mul", [2]int{i, 7}, &got); err != nil || got != 7*i {
			t.Fatal(got, err)
		}
	}
	if err := client.Close(); err != nil {
		t.Error(err)
	}
	<-served
}
