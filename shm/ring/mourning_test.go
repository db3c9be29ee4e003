package ring

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestDeathNamesTheRing kills a producer and reads what it left.
func TestDeathNamesTheRing(t *testing.T) {
	dir := t.TempDir()
	if err := Create("r", &Options{Dir: dir, Capacity: 1 << 16}); err != nil {
		t.Fatal(err)
	}
	c, err := OpenConsumer("r", &Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	cmd, _ := start(t, "produce", dir)
	if _, err := c.Receive(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	var path *fs.PathError
	for err == nil {
		_, err = c.Receive(t.Context(), nil)
	}
	if !errors.Is(err, ErrPeerDead) || !errors.As(err, &path) || path.Path != filepath.Join(dir, "r") {
		t.Errorf("%v, want ErrPeerDead that names %s", err, filepath.Join(dir, "r"))
	}
}

func init() { roles["mourn"] = mourn }

// mourn reads until the producer is dead, says so, and lives on.
func mourn(o *Options) error {
	o.WaitForPeer = false
	c, err := OpenConsumer("r", o)
	if err != nil {
		return err
	}
	for err == nil {
		_, err = c.Receive(context.Background(), nil)
	}
	fmt.Println(err)
	time.Sleep(time.Minute)
	return nil
}

// TestTheDeadAreReadByAThirdProcess looks at a ring whose both sides were killed.
func TestTheDeadAreReadByAThirdProcess(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Dir: dir}
	if err := Create("r", &Options{Dir: dir, Capacity: 1 << 16}); err != nil {
		t.Fatal(err)
	}
	consumer, out := start(t, "mourn", dir)
	producer, _ := start(t, "produce", dir)
	look := func() Info {
		t.Helper()
		info, err := Inspect("r", o)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	for look().Consumer.Stats.Records == 0 {
		time.Sleep(time.Millisecond)
	}
	if info := look(); !info.Producer.Seated || !info.Consumer.Seated {
		t.Errorf("while both live: %+v", info)
	}
	if err := producer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = producer.Wait()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, ErrPeerDead.Error()) {
		t.Fatalf("the consumer says %q, %v", line, err)
	}
	if err := consumer.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = consumer.Wait()
	info := look()
	p, c := info.Producer, info.Consumer
	switch {
	case p.Seated || c.Seated || p.Closed || c.Closed:
		t.Errorf("both were killed: %+v", info)
	case p.Stats.Records == 0 || p.Stats.Bytes < 8*p.Stats.Records || p.Stats.Position < 16*p.Stats.Records:
		t.Errorf("the producer sent %+v", p.Stats)
	case c.Stats.Position != p.Stats.Position || c.Stats.Records == 0 || info.Depth != 0:
		t.Errorf("the consumer took %+v of %+v", c.Stats, p.Stats)
	case c.Stats.HighWater == 0 || c.Stats.Waits == 0 || c.Stats.Active.IsZero() || c.Stats.LastError != ErrPeerDead:
		t.Errorf("the consumer met %+v", c.Stats)
	}
}
