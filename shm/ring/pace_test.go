package ring

import "testing"

// ventured counts how often c let more records come first while n records of some
// bytes came one by one.
func ventured(t *testing.T, p *Producer, c *Consumer, size, n int) (times int) {
	t.Helper()
	rec := make([]byte, size)
	for range n {
		if err := p.TrySend(rec); err != nil {
			t.Fatal(err)
		}
		looked := c.looked
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.looked < looked {
			times++
		}
	}
	return times
}

func TestAConsumerVenturesToStayBehindAStreamAndLearns(t *testing.T) {
	if looks == 0 {
		t.Skip("platform: with one processor, and under the checker, the other side cannot move while this one waits")
	}
	mem := heap(t, 1<<20)
	p, c := sides(t, mem, Options{})
	if n := ventured(t, p, c, longRecord-1, 1000); n != 0 {
		t.Errorf("short records: %d times", n)
	}
	if n := ventured(t, p, c, longRecord, 1000); n < 4 || n > 8 {
		t.Errorf("a dialogue's first thousand: %d times", n)
	}
	ventured(t, p, c, longRecord, 10_000)
	if n := ventured(t, p, c, longRecord, 40_000); n < 5 || n > 15 || c.pace != 0 {
		t.Errorf("a long dialogue: %d times, then %d pauses before each look", n, c.pace)
	}
	pause := func(looks int, sent func() int) (most uint32) {
		t.Helper()
		for range looks {
			n := sent()
			for range n {
				if err := p.TrySend([]byte("somewhat")); err != nil {
					t.Fatal(err)
				}
			}
			for range n {
				if _, err := c.Next(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			most = max(most, c.pace)
		}
		return most
	}
	if n := pause(5000, func() int { return 2 + int(c.pace)/8 }); n != leap*maxPace || c.pace != n {
		t.Errorf("a stream: %d pauses before a look, %d at the end", n, c.pace)
	}
	far := 0
	pause(10_000, func() int {
		if c.pace > maxPace {
			far++
		}
		return 2
	})
	if far > 15 || c.pace > maxPace {
		t.Errorf("a dialogue of two and two records: %d long waits, then %d pauses", far, c.pace)
	}
	if ventured(t, p, c, longRecord, 1000); c.pace != 0 {
		t.Errorf("long records one by one again: %d pauses", c.pace)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := newConsumer(mem, Options{Wait: WaitSpin}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := ventured(t, p, c, longRecord, 1000); n != 0 {
		t.Errorf("under WaitSpin: %d times", n)
	}
}
