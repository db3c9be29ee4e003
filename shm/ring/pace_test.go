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
		ones := c.ones
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		if c.ones < ones {
			times++
		}
	}
	return times
}

func TestAConsumerOfLongRecordsVenturesToStayBehindAndLearns(t *testing.T) {
	if looks == 0 {
		t.Skip("the other side cannot move while this one waits")
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
	rec := make([]byte, longRecord) // a stream, of which each look finds three
	for range 20 {
		for range 3 {
			if err := p.TrySend(rec); err != nil {
				t.Fatal(err)
			}
		}
		for range 3 {
			if _, err := c.Next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if c.pace != 4*maxPace {
		t.Errorf("a stream: %d pauses before a look", c.pace)
	}
	if n := ventured(t, p, c, longRecord, 1000); n < 4 || c.pace != 0 {
		t.Errorf("after a stream: %d times, %d pauses", n, c.pace)
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
