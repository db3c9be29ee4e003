package ring

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
)

// hostility plays a peer that writes what it likes into every shared word, and
// is honest now and then, so that its victim gets far enough to be hurt. What it
// does is read from a script.
type hostility struct {
	t      *testing.T
	mem    []byte
	script []byte
	never  context.Context // canceled: waits end at their first look
}

func newHostility(t *testing.T, script []byte) *hostility {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return &hostility{t: t, mem: heap(t, minCapacity), script: script, never: ctx}
}

// chooseRing makes the ring one of those whose producer overwrites, or not.
func (h *hostility) chooseRing() (lossy bool) {
	if lossy = h.pick(2) == 1; lossy {
		clear(h.mem[:headerBytes])
		if err := formatAs(lossyVersion, h.mem, minCapacity); err != nil {
			h.t.Fatal(err)
		}
	}
	return lossy
}

// pick is the script's next choice of n.
func (h *hostility) pick(n int) int {
	if len(h.script) == 0 {
		return 0
	}
	b := h.script[0]
	h.script = h.script[1:]
	return int(b) % n
}

func (h *hostility) number() uint64 {
	var b [8]byte
	h.script = h.script[copy(b[:], h.script):]
	return binary.LittleEndian.Uint64(b[:])
}

// value is a number that could hurt, given the one that is there.
func (h *hostility) value(now uint64) uint64 {
	switch h.pick(14) {
	case 0:
		return 0
	case 1:
		return now + 8
	case 2:
		return now - 8
	case 3:
		return now + 1
	case 4:
		return now + minCapacity
	case 5:
		return now - minCapacity
	case 6:
		return now + minCapacity + 8
	case 7:
		return ^uint64(0)
	case 8:
		return 1 << 63
	case 9:
		return ^uint64(7)
	case 10:
		return now | 0xffffffff
	case 11:
		return kindData<<32 | h.number()%minCapacity
	case 12:
		return kindPad<<32 | h.number()%minCapacity
	}
	return h.number()
}

// spoil writes one word: of either side's page, the challenger's, a record's, or anywhere.
func (h *hostility) spoil() {
	words := []int{offPosition, offWake, offPark, offState, offLastError, offRecords, offWaits, offHighWater, offRung, offLatency, offOldest}
	at := 0
	switch h.pick(6) {
	case 0:
		at = producerPage + words[h.pick(len(words))]
	case 1:
		at = consumerPage + words[h.pick(len(words))]
	case 2:
		at = requestPage + offRequest*h.pick(2)
	case 3: // where the next record is, or is to be
		at = dataOffset + int(load64(word64(h.mem, producerPage+4096*h.pick(2)))&(minCapacity-8))
	case 4:
		at = int(h.number() % dataOffset / 4 &^ 7)
	case 5: // a record that is almost right
		tail := word64(h.mem, producerPage)
		now := load64(tail)
		putRecord(h.mem[dataOffset:], now&(minCapacity-8), h.number()%(minCapacity/2), [...]uint32{kindData, kindPad}[h.pick(2)])
		publish64(tail, now+8*uint64(h.pick(256)))
		return
	}
	w := word64(h.mem, at&^7) // some words are half as long
	fenced64(w, h.value(load64(w)))
}

// harmless are the errors a victim may get and go on.
var harmless = []error{nil, ErrEmpty, ErrFull, ErrTooLarge, ErrReserved, ErrNotReserved, context.Canceled, io.EOF}

// judge says whether err is one a victim may get, and whether it goes on.
func (h *hostility) judge(op string, err error) (ends bool) {
	h.t.Helper()
	for _, ok := range harmless {
		if err == ok || ok == ErrTooLarge && errors.Is(err, ok) {
			return false
		}
	}
	if err != ErrCorrupt {
		h.t.Fatalf("%s: %v", op, err)
	}
	return true
}

// untouched fails the test when the victim's operation changed anything but
// what is its own to write.
func (h *hostility) untouched(op string, before []byte, own func(at int) bool) {
	h.t.Helper()
	if bytes.Equal(before[:dataOffset/4], h.mem[:dataOffset/4]) && bytes.Equal(before[dataOffset:], h.mem[dataOffset:]) {
		return // what lies between is zero
	}
	for at := range before {
		if zeros := at >= dataOffset/4 && at < dataOffset; !zeros && before[at] != h.mem[at] && !own(at) {
			h.t.Fatalf("%s wrote to %d", op, at)
		}
	}
}

// consumerOps are all operations of a consumer, none of which waits.
var consumerOps = []struct {
	name string
	do   func(h *hostility, c *Consumer) ([]byte, error)
}{
	{"TryReceive", func(h *hostility, c *Consumer) ([]byte, error) { return c.TryReceive(nil) }},
	{"TryNext", func(h *hostility, c *Consumer) ([]byte, error) { return c.TryNext() }},
	{"Next", func(h *hostility, c *Consumer) ([]byte, error) { return c.Next(h.never) }},
	{"Receive", func(h *hostility, c *Consumer) ([]byte, error) { return c.Receive(h.never, nil) }},
	{"NextBatch", func(h *hostility, c *Consumer) ([]byte, error) {
		var recs [4][]byte
		n, err := c.NextBatch(h.never, recs[:])
		return bytes.Join(recs[:n], nil), err
	}},
}

func attackConsumer(t *testing.T, script []byte) {
	h := newHostility(t, script)
	o := Options{Untrusted: h.pick(2) == 1, Full: FullFail}
	lossy := h.chooseRing()
	c, err := newConsumer(h.mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProducer(h.mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	inOwnPage := func(at int) bool { return at >= consumerPage && at < requestPage }
	before := make([]byte, len(h.mem))
	for len(h.script) > 0 {
		switch h.pick(3) {
		case 0:
			h.spoil()
			continue
		case 1:
			_ = p.TrySend(make([]byte, h.pick(256)*8))
			continue
		}
		op := consumerOps[h.pick(len(consumerOps))]
		copy(before[:dataOffset/4], h.mem)
		copy(before[dataOffset:], h.mem[dataOffset:])
		rec, err := op.do(h, c)
		h.untouched(op.name, before, inOwnPage)
		if len(rec) > minCapacity || !lossy && c.scan-c.head > c.tail-c.head || !lossy && c.tail-c.head > minCapacity {
			t.Fatalf("%s: %d bytes; head %d, scan %d, tail %d", op.name, len(rec), c.head, c.scan, c.tail)
		}
		if o.Untrusted && err == nil {
			kept := bytes.Clone(rec)
			rand.NewChaCha8([32]byte{}).Read(h.mem[dataOffset:])
			if !bytes.Equal(kept, rec) {
				t.Fatalf("%s: the copy changed", op.name)
			}
		}
		if !h.judge(op.name, err) {
			continue
		}
		for _, op := range consumerOps {
			if _, err := op.do(h, c); err != ErrCorrupt {
				t.Fatalf("%s after corruption: %v", op.name, err)
			}
		}
		c.Release()
		break
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.TryNext(); err != ErrClosed {
		t.Fatal(err)
	}
}

// producerOps are all operations of a producer, none of which waits.
var producerOps = []struct {
	name string
	do   func(h *hostility, p *Producer) error
}{
	{"TrySend", func(h *hostility, p *Producer) error { return p.TrySend(make([]byte, h.pick(256)*9)) }},
	{"Send", func(h *hostility, p *Producer) error { return p.Send(h.never, make([]byte, h.pick(256))) }},
	{"SendBatch", func(h *hostility, p *Producer) error {
		_, err := p.SendBatch(h.never, [][]byte{make([]byte, h.pick(256)), nil, make([]byte, 1000)})
		return err
	}},
	{"Reserve, Commit", func(h *hostility, p *Producer) error {
		slot, err := p.Reserve(h.never, h.pick(256)*8)
		if err != nil {
			return err
		}
		clear(slot)
		h.spoil()
		return p.Commit(len(slot) / 2)
	}},
	{"TryReserve, Abort", func(h *hostility, p *Producer) error {
		slot, err := p.TryReserve(h.pick(256) * 8)
		clear(slot)
		p.Abort()
		return err
	}},
}

func attackProducer(t *testing.T, script []byte) {
	h := newHostility(t, script)
	o := Options{Full: FullPolicy(h.pick(2))}
	lossy := h.chooseRing()
	p, err := newProducer(h.mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newConsumer(h.mem, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	before := make([]byte, len(h.mem))
	for len(h.script) > 0 {
		switch h.pick(3) {
		case 0:
			h.spoil()
			continue
		case 1:
			_, _ = c.TryReceive(nil)
			continue
		}
		op := producerOps[h.pick(len(producerOps))]
		head, unread := p.head, p.tail-p.head
		copy(before[:dataOffset/4], h.mem)
		copy(before[dataOffset:], h.mem[dataOffset:])
		err := op.do(h, p)
		if !lossy && (p.tail-p.head > minCapacity || p.head-head > p.tail-head) {
			t.Fatalf("%s: head was %d, is %d, tail %d", op.name, head, p.head, p.tail)
		}
		freed := p.head - head // by what the consumer's word says
		if op.name != "Reserve, Commit" {
			h.untouched(op.name, before, func(at int) bool {
				if at >= dataOffset && !lossy {
					behind := (uint64(at-dataOffset) - head) & p.mask
					return behind >= unread || behind < freed
				}
				return at >= producerPage && at < consumerPage || at >= dataOffset
			})
		}
		if !h.judge(op.name, err) {
			continue
		}
		for _, op := range producerOps {
			if err := op.do(h, p); err != ErrCorrupt {
				t.Fatalf("%s after corruption: %v", op.name, err)
			}
		}
		break
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.TrySend(nil); err != ErrClosed {
		t.Fatal(err)
	}
}

// attackOpeners lets both sides open memory that somebody filled with anything.
func attackOpeners(t *testing.T, script []byte) {
	h := newHostility(t, script)
	for range 1 + h.pick(8) {
		h.spoil()
	}
	if h.pick(2) == 0 { // a forger computes checksums too
		binary.LittleEndian.PutUint32(h.mem[offChecksum:], checksum(h.mem[:headerBytes]))
	}
	p, err := newProducer(h.mem, Options{}, nil)
	if err == nil {
		err = p.TrySend(make([]byte, 100))
		h.judge("TrySend", err)
	} else if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
		t.Fatal(err)
	}
	c, err := newConsumer(h.mem, Options{}, nil)
	if err != nil {
		if !errors.Is(err, ErrCorrupt) && !errors.Is(err, ErrVersion) {
			t.Fatal(err)
		}
		return
	}
	for range minCapacity/recordHeader + 1 {
		if _, err = c.TryReceive(nil); err != nil {
			break
		}
	}
	if err == nil {
		t.Fatal("more records than there is room for")
	}
	h.judge("TryReceive", err)
}

var attacks = map[string]func(*testing.T, []byte){"consumer": attackConsumer, "producer": attackProducer, "openers": attackOpeners}

func TestAHostilePeerDoesNoHarm(t *testing.T) {
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			for seed := range byte(200) {
				script := make([]byte, 2000)
				rand.NewChaCha8([32]byte{seed}).Read(script)
				attack(t, script)
			}
		})
	}
}

func fuzz(f *testing.F, attack func(*testing.T, []byte)) {
	for seed := range byte(4) {
		script := make([]byte, 400)
		rand.NewChaCha8([32]byte{seed}).Read(script)
		f.Add(script)
	}
	f.Fuzz(attack)
}

func FuzzHostileProducer(f *testing.F) { fuzz(f, attackConsumer) }
func FuzzHostileConsumer(f *testing.F) { fuzz(f, attackProducer) }
func FuzzHostileRing(f *testing.F)     { fuzz(f, attackOpeners) }
