package ring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/absfs/shmkit/sigbus"
)

// turns is what a carrier does with records of n bytes that take some cycles a line
// through the caches, for as many bytes: how many went past them.
func (c *carrier) turns(n int, cycles uint64, total int) (past int) {
	for done := 0; done < total; done += n {
		switch c.left -= n; {
		case c.left <= 0:
			c.judge(cycles*uint64(n)/lineBytes, n)
		case c.past:
			past += n
		}
	}
	return past
}

// pastCaches is a carrier that goes on past them.
var pastCaches = carrier{past: true, left: 1 << 30}

func TestDearCopiesGoPastTheCachesAndComeBack(t *testing.T) {
	for _, n := range []int{1 << 10, 4 << 10, 64 << 10, 1 << 20} {
		var c carrier
		if past := c.turns(n, 5, 64<<20); past != 0 {
			t.Errorf("%d bytes: %d bytes went past caches that are shared", n, past)
		}
		for range accident { // as many accidents: a page fault, a moment without a processor
			c.judge(1e6, n)
		}
		if past := c.turns(n, 5, 64<<20); past != 0 {
			t.Errorf("%d bytes: accidents sent %d bytes past", n, past)
		}
		const total = 1 << 30
		if past := c.turns(n, 60, total); past < total*8/10 {
			t.Errorf("%d bytes: %d of %d bytes went past caches nobody shares", n, past, total)
		}
		// At the worst a stint has just begun.
		if past := c.turns(n, 5, total); past > maxStint+n || c.past {
			t.Errorf("%d bytes: %d bytes went past caches that are shared again", n, past)
		}
	}
}

// A record is the same by either way, wherever it lies, and so are those around it.
func TestRecordsThatWentPastTheCachesArriveWhole(t *testing.T) {
	if !canCarry {
		t.Skip("platform: records go past the caches on amd64, without the race detector and the checker")
	}
	for _, batched := range []bool{false, true} {
		mem := heap(t, 64<<10)
		p, c := sides(t, mem, Options{})
		for i := range 2000 {
			rec := bytes.Repeat([]byte{byte(i)}, 1000+i*7%3000)
			for j := range rec {
				rec[j] += byte(j * 31)
			}
			p.carrier = pastCaches
			if i%5 == 4 {
				p.carrier = carrier{} // timed, through the caches
			}
			var err error
			if batched {
				_, err = p.SendBatch(t.Context(), [][]byte{rec, rec[:9]})
			} else if err = p.TrySend(rec); err == nil {
				err = p.TrySend(rec[:9])
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range [][]byte{rec, rec[:9]} {
				if got, err := c.TryReceive(nil); err != nil || !bytes.Equal(got, want) {
					t.Fatalf("record %d of %d bytes: %d bytes, %v", i, len(want), len(got), err)
				}
			}
		}
	}
}

func TestARingCutShortIsAnErrorPastTheCachesToo(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("platform: Windows keeps mapped files from being truncated")
	}
	dir := t.TempDir()
	p, err := OpenProducer("cut", &Options{Dir: dir, Create: true, Capacity: 64 << 10})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	p.carrier = pastCaches
	if err := p.TrySend(make([]byte, 10_000)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if err := os.Truncate(file, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.TrySend(make([]byte, 10_000)); !errors.Is(err, sigbus.ErrFault) {
		t.Fatalf("a ring that was cut short: %v", err)
	}
}
