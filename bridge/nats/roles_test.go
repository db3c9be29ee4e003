package bridge

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// The test binary runs itself again in one of these roles: something to kill.
const roleEnv = "SHMBRIDGE_TEST_ROLE"

var roles = map[string]func(args []string) error{"server": serve, "sender": send, "receiver": receive}

func TestMain(m *testing.M) {
	if args := strings.Fields(os.Getenv(roleEnv)); len(args) > 0 {
		go func() { // ends with the parent
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(3)
		}()
		if err := roles[args[0]](args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, args[0]+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child is a process in a role.
type child struct {
	cmd  *exec.Cmd
	done chan error
}

func start(t *testing.T, args ...string) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+strings.Join(args, " "))
	cmd.Stderr = os.Stderr
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd, make(chan error, 1)}
	go func() { c.done <- cmd.Wait() }()
	t.Cleanup(c.kill)
	return c
}

// kill ends the process as SIGKILL does, and waits until it is gone.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	err := <-c.done
	c.done <- err
}

// serve runs a server: its address, port and folder.
func serve(args []string) error {
	port, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	s, err := server.NewServer(&server.Options{Host: args[0], Port: port, JetStream: true, StoreDir: args[2], NoLog: true, NoSigs: true})
	if err != nil {
		return err
	}
	s.Start()
	s.WaitForShutdown()
	return nil
}

// connect waits for the server as long as it takes.
func connect(url string) (*nats.Conn, jetstream.JetStream, error) {
	nc, err := nats.Connect(url, nats.RetryOnFailedConnect(true), nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	if err != nil {
		return nil, nil, err
	}
	js, err := jetstream.New(nc)
	return nc, js, err
}

// ends is what a role that bridges is told: server, folder, bytes of the stream.
func ends(args []string) (jetstream.JetStream, Options, error) {
	limit, err := strconv.ParseInt(args[2], 10, 64)
	if err != nil {
		return nil, Options{}, err
	}
	_, js, err := connect(args[0])
	return js, Options{Stream: "records", Dir: args[1], MaxBytes: limit}, err
}

func send(args []string) error {
	js, o, err := ends(args)
	if err != nil {
		return err
	}
	s, err := NewSender(js, "from", o)
	if err != nil {
		return err
	}
	if err := s.Run(context.Background()); err != nil {
		return err
	}
	return s.Close()
}

func receive(args []string) error {
	js, o, err := ends(args)
	if err != nil {
		return err
	}
	r, err := NewReceiver(js, "to", 1<<18, o)
	if err != nil {
		return err
	}
	if err := r.Run(context.Background()); err != nil {
		return err
	}
	return r.Close()
}
