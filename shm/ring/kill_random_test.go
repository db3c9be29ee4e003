//go:build !shmcheck

package ring

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/absfs/shmkit/internal/wine"
	"github.com/absfs/shmkit/shm/region"
)

func init() {
	roles["streamOut"] = streamOut
	roles["streamIn"] = streamIn
}

// progress is what the processes of a stream promised so far, kept where no
// death can take it: in a region of its own.
type progress struct {
	Begun     uint64 // the producer may have published up to here
	Published uint64 // it has
	Handed    uint64 // the consumer may have given back up to here
	Released  uint64 // it has
}

func openProgress(dir string) (*region.Region, *progress, error) {
	r, err := region.Open("progress", &region.Options{Dir: dir, Size: 4096, Create: true})
	if err != nil {
		return nil, nil, err
	}
	p, err := region.At[progress](r, 0)
	return r, p, err
}

// streamed is the record that belongs at a position: whoever knows the position
// knows every byte of it.
func streamed(buf []byte, position uint64) []byte {
	n := 8 + position*2654435761>>7%1500
	buf = buf[:n]
	binary.LittleEndian.PutUint64(buf, position)
	for i := 8; i < len(buf); i++ {
		buf[i] = byte(position/8) + byte(i)
	}
	return buf
}

// streamOut sends records that say where they are, until it is killed.
func streamOut(o *Options) error {
	_, done, err := openProgress(o.Dir)
	if err != nil {
		return err
	}
	p, err := OpenProducer("r", o)
	if err != nil {
		return err
	}
	if tail := p.tail; tail < atomic.LoadUint64(&done.Published) || tail > atomic.LoadUint64(&done.Begun) {
		return fmt.Errorf("the stream ends at %d, published was %d of %d", tail, done.Published, done.Begun)
	}
	buf := make([]byte, 2048)
	for turn := 0; ; turn++ {
		rec := streamed(buf, p.tail)
		_, end := p.place(len(rec))
		atomic.StoreUint64(&done.Begun, end)
		if turn%2 == 0 {
			err = p.Send(context.Background(), rec)
		} else if slot, reserved := p.Reserve(context.Background(), len(rec)+100); reserved != nil {
			err = reserved
		} else {
			atomic.StoreUint64(&done.Begun, p.at+recordHeader+align8(uint64(len(rec)))) // longer, it may need padding
			copy(slot, rec)
			err = p.Commit(len(rec))
		}
		if err != nil {
			return err
		}
		atomic.StoreUint64(&done.Published, p.tail)
	}
}

// streamIn reads such records and checks them, until it is killed.
func streamIn(o *Options) error {
	_, done, err := openProgress(o.Dir)
	if err != nil {
		return err
	}
	c, err := OpenConsumer("r", o)
	if err != nil {
		return err
	}
	if c.head < atomic.LoadUint64(&done.Released) || c.head > atomic.LoadUint64(&done.Handed) {
		return fmt.Errorf("the stream begins at %d, released was %d of %d", c.head, done.Released, done.Handed)
	}
	buf := make([]byte, 2048)
	for {
		at := c.read()
		rec, err := c.Next(context.Background())
		if err != nil {
			return err
		}
		if want := streamed(buf, at); string(rec) != string(want) {
			return fmt.Errorf("at %d: %d bytes, want %d", at, len(rec), len(want))
		}
		atomic.StoreUint64(&done.Released, c.head)
		atomic.StoreUint64(&done.Handed, c.read())
	}
}

// TestRandomKills kills the producer, the consumer or both at random moments of
// their lives, again and again, with successors at once.
func TestRandomKills(t *testing.T) {
	rounds := 1000
	if (runtime.GOOS != "linux" || runtime.GOARCH != "amd64" || !canPost) && os.Getenv("SHMKIT_SOAK") == "" {
		rounds = 40 // emulated, or under the race detector or the checker
	}
	o := &Options{Dir: t.TempDir(), Capacity: 8192, WaitForPeer: true}
	if err := Create("r", o); err != nil {
		t.Fatal(err)
	}
	r, done, err := openProgress(o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	launch := func(role string) *exec.Cmd {
		var cmd *exec.Cmd
		err := wine.Started(func() error {
			cmd = inRole(t, role, o.Dir)
			cmd.Stderr = &bytes.Buffer{}
			return cmd.Start()
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		return cmd
	}
	kill := func(cmd *exec.Cmd) {
		t.Helper()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if why := cmd.Stderr.(*bytes.Buffer); why.Len() > 0 {
			t.Fatalf("one ended by itself: %s", why)
		}
	}
	out, in := launch("streamOut"), launch("streamIn")
	kills := 0
	for range rounds {
		time.Sleep(time.Duration(rand.IntN(25_000)) * time.Microsecond)
		which := rand.IntN(3)
		if which != 0 {
			kill(out)
			out = launch("streamOut")
			kills++
		}
		if which != 1 {
			kill(in)
			in = launch("streamIn")
			kills++
		}
	}
	before := atomic.LoadUint64(&done.Released)
	for end := time.Now().Add(30 * time.Second); atomic.LoadUint64(&done.Released) < before+100<<10; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the last ones do not go on: %+v", *done)
		}
	}
	kill(out)
	kill(in)
	drainStream(t, o, done)
	t.Logf("%d kills in %d rounds, %d KiB", kills, rounds, done.Published>>10)
}

// drainStream reads what is left when both are dead.
func drainStream(t *testing.T, o *Options, done *progress) {
	c, err := OpenConsumer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if c.head < done.Released || c.head > done.Handed {
		t.Fatalf("the stream begins at %d: %+v", c.head, *done)
	}
	buf := make([]byte, 2048)
	for {
		at := c.read()
		rec, err := c.TryNext()
		if err == ErrEmpty {
			break
		}
		if err != nil || string(rec) != string(streamed(buf, at)) {
			t.Fatalf("at %d: %d bytes, %v", at, len(rec), err)
		}
	}
	if c.read() < done.Published {
		t.Fatalf("the stream ends at %d, %d was published", c.read(), done.Published)
	}
}
