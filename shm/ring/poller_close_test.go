package ring

import "testing"

// A Poller that looks whether there are records does not hand any out: what Close
// keeps for the next consumer is the record handed out last, and not those before.
func TestLookingForRecordsKeepsNoneBack(t *testing.T) {
	mem := heap(t, 4096)
	p, c := sides(t, mem, Options{})
	for _, rec := range []string{"same", "size", "another"} {
		if err := p.TrySend([]byte(rec)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := c.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	var poller Poller
	poller.Add(c)
	if ready, err := poller.Wait(t.Context()); err != nil || len(ready) != 1 {
		t.Fatal(ready, err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c, err := newConsumer(mem, Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rec, err := c.TryNext(); err != nil || string(rec) != "size" {
		t.Fatalf("%q, %v", rec, err)
	}
}
