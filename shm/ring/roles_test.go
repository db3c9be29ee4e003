package ring

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The test binary runs itself again in one of these roles.
const roleEnv = "SHMKIT_RING_TEST_ROLE"

var roles = map[string]func(o *Options) error{
	"produce": produceNumbers,
	"consume": consumeNumbers,
	"echo":    echo,
	"dial":    dialAndWait,
}

func TestMain(m *testing.M) {
	if role := os.Getenv(roleEnv); role != "" {
		if err := play(role); err != nil {
			fmt.Fprintln(os.Stderr, role+":", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func play(role string) error {
	name, dir, _ := strings.Cut(role, " ")
	run := roles[name]
	if run == nil {
		return errors.New("no such role")
	}
	go func() { // ends with its parent, however that ends
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	return run(&Options{Dir: dir, WaitForPeer: true})
}

// inRole is this binary in a role on the ring "r" in dir. It ends when this process
// does.
func inRole(t *testing.T, role, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleEnv+"="+role+" "+dir)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// start runs this binary in a role on the ring "r" in dir.
func start(t *testing.T, role, dir string) (*exec.Cmd, io.ReadCloser) {
	t.Helper()
	cmd := inRole(t, role, dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return cmd, out
}

// produceNumbers sends numbers from where the ring's counter stands, for ever,
// until it is taken over.
func produceNumbers(o *Options) error {
	o.TakeOver = true
	p, err := OpenProducer("r", o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	rec := make([]byte, 64)
	for n := p.Stats().Records; ; n++ {
		binary.LittleEndian.PutUint64(rec, n)
		if err := p.Send(ctx, rec[:8+n%57]); err != nil {
			return errors.Join(unless(err, ErrTakenOver), p.Close())
		}
	}
}

// consumeNumbers prints what it receives until it is taken over or the producer
// closes.
func consumeNumbers(o *Options) error {
	o.TakeOver = true
	c, err := OpenConsumer("r", o)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out := bufio.NewWriter(os.Stdout)
	for rec, err := range c.All(ctx) {
		if err != nil {
			return errors.Join(unless(err, ErrTakenOver), out.Flush(), c.Close())
		}
		if _, err := out.Write(rec[:8]); err != nil {
			return err
		}
	}
	return errors.Join(out.Flush(), c.Close())
}

func unless(err, expected error) error {
	if errors.Is(err, expected) {
		return nil
	}
	return err
}
