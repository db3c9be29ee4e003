package interop

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/absfs/shmkit/shm/ring"
)

// peer compiles peer.c once a test and returns how to run it.
func peer(t *testing.T) func(args ...string) *exec.Cmd {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("platform: peer.c sleeps and locks as Linux does")
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("cc, a C compiler, is missing")
	}
	target, err := exec.Command(cc, "-dumpmachine").Output()
	if err != nil {
		t.Fatal(err)
	}
	if arch := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]; arch == "" || !bytes.HasPrefix(target, []byte(arch)) {
		t.Skipf("platform: cc compiles for %s, this is %s", bytes.TrimSpace(target), runtime.GOARCH)
	}
	bin := filepath.Join(t.TempDir(), "peer")
	if out, err := exec.Command(cc, "-O2", "-Wall", "-Werror", "-Wno-parentheses", "-o", bin, "peers/peer.c").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return func(args ...string) *exec.Cmd {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		cmd := exec.CommandContext(ctx, bin, args...)
		cmd.Stderr = os.Stderr
		return cmd
	}
}

// small is a ring that is full and at its end often.
func small(t *testing.T) (o *ring.Options, file string) {
	t.Helper()
	o = &ring.Options{Dir: t.TempDir(), Capacity: 4096, WaitForPeer: true}
	if err := ring.Create("r", o); err != nil {
		t.Fatal(err)
	}
	return o, filepath.Join(o.Dir, "r")
}

// sample is record i, as peer.c makes it.
func sample(i uint64) []byte {
	rec := bytes.Repeat([]byte{byte(i)}, 8+int(i*7919%1500))
	binary.NativeEndian.PutUint64(rec, i)
	return rec
}

const records = 20_000

func timeout(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func start(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
}

// drain checks that the records from number on arrive, up to the end.
func drain(t *testing.T, c *ring.Consumer, from uint64) (next uint64) {
	t.Helper()
	ctx := timeout(t)
	for i := from; ; i++ {
		rec, err := c.Next(ctx)
		if err == io.EOF {
			return i
		}
		if err != nil || !bytes.Equal(rec, sample(i)) {
			t.Fatalf("record %d: %d bytes, %v", i, len(rec), err)
		}
	}
}

func TestRecordsFromCReachGo(t *testing.T) {
	run := peer(t)
	o, file := small(t)
	c, err := ring.OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := run("send", file, fmt.Sprint(records))
	start(t, cmd)
	if n := drain(t, c, 0); n != records {
		t.Fatalf("the end after %d records", n)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
}

func TestRecordsFromGoReachC(t *testing.T) {
	run := peer(t)
	o, file := small(t)
	p, err := ring.OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := run("recv", file)
	cmd.Stdout = &out
	start(t, cmd)
	ctx := timeout(t)
	for i := range uint64(records) {
		if err := p.Send(ctx, sample(i)); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := errors.Join(p.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	if out.String() != fmt.Sprintln(records, 0) {
		t.Fatalf("the peer says %q", out.String())
	}
}

// lossy is a small ring whose producer overwrites.
func lossy(t *testing.T) (o *ring.Options, file string) {
	t.Helper()
	o = &ring.Options{Dir: t.TempDir(), Capacity: 16 << 10, WaitForPeer: true, Full: ring.FullOverwrite}
	if err := ring.Create("r", o); err != nil {
		t.Fatal(err)
	}
	return o, filepath.Join(o.Dir, "r")
}

const flood = 20 * records

func TestCOverwritesWhatGoHasNotRead(t *testing.T) {
	run := peer(t)
	o, file := lossy(t)
	c, err := ring.OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd := run("send", file, fmt.Sprint(flood))
	start(t, cmd)
	ctx := timeout(t)
	var got uint64
	for {
		rec, err := c.Next(ctx)
		if err == io.EOF {
			break
		}
		if want := sample(got + c.Lost()); err != nil || !bytes.Equal(rec, want) {
			t.Fatalf("record %d after %d lost: %d bytes, %v", got, c.Lost(), len(rec), err)
		}
		got++
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if got == 0 || got+c.Lost() != flood {
		t.Fatalf("%d read and %d lost of %d", got, c.Lost(), flood)
	}
	t.Logf("%d read, %d lost", got, c.Lost())
}

func TestGoOverwritesWhatCHasNotRead(t *testing.T) {
	run := peer(t)
	o, file := lossy(t)
	p, err := ring.OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := run("recv", file)
	cmd.Stdout = &out
	start(t, cmd)
	for i := range uint64(flood) {
		if err := p.TrySend(sample(i)); err != nil {
			t.Fatal(i, err)
		}
	}
	if err := errors.Join(p.Close(), cmd.Wait()); err != nil {
		t.Fatal(err)
	}
	var got, lost uint64
	if _, err := fmt.Sscan(out.String(), &got, &lost); err != nil || got == 0 || got+lost != flood {
		t.Fatalf("the peer says %q: %v", out.String(), err)
	}
	info, err := ring.Inspect("r", o)
	if err != nil || info.Consumer.Stats.Lost != lost {
		t.Errorf("the peer lost %d, and tells of %d: %v", lost, info.Consumer.Stats.Lost, err)
	}
	t.Logf("%d read, %d lost", got, lost)
}

func TestSeatsExcludeAcrossLanguages(t *testing.T) {
	run := peer(t)
	o, file := small(t)
	p, err := ring.OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := run("send", file, "1").Run(); !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Fatalf("a second producer in C: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}

	cmd := run("send", file, fmt.Sprint(records)) // sleeps in a full ring
	start(t, cmd)
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		if info, err := ring.Inspect("r", o); err == nil && info.Depth > 0 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("the C producer sends nothing: %+v %v", info, err)
		}
	}
	if _, err := ring.OpenProducer("r", o); !errors.Is(err, ring.ErrBusy) {
		t.Fatalf("a second producer in Go: %v", err)
	}

	c, err := ring.OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx := timeout(t)
	var n uint64
	for ; n < 100; n++ {
		if rec, err := c.Receive(ctx, nil); err != nil || !bytes.Equal(rec, sample(n)) {
			t.Fatal(n, err)
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if p, err = ring.OpenProducer("r", o); err != nil { // succeeds the dead C producer
		t.Fatal(err)
	}
	sent := make(chan uint64, 1)
	go func() {
		for {
			rec, err := c.TryReceive(nil)
			if err != nil || !bytes.Equal(rec, sample(n)) {
				sent <- n
				return
			}
			n++
		}
	}()
	next := <-sent
	if err := p.Send(ctx, sample(next)); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if got := drain(t, c, next); got != next+1 {
		t.Fatalf("%d records, %d were sent", got, next+1)
	}
}
