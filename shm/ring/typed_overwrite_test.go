package ring

import (
	"errors"
	"io/fs"
	"testing"
)

// A ring that overwrites needs more of a record for itself: a type that would
// fit into another ring must be refused when it is opened, not at each Send.
func TestTypesAreRefusedThatNoOverwritingRingHolds(t *testing.T) {
	type widest [2048 - 16]byte
	type wider [2048 - 15]byte
	o := &Options{Dir: t.TempDir(), Create: true, Capacity: 4096, Full: FullOverwrite}
	if _, err := OpenTypedProducer[wider]("x", o); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
	if _, err := Inspect("x", o); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a ring was left behind:", err)
	}
	p, err := OpenTypedProducer[widest]("x", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Send(t.Context(), new(widest)); err != nil {
		t.Error(err)
	}
	o = &Options{Dir: t.TempDir(), Create: true, Capacity: 4096, Full: FullOverwrite}
	raw, err := OpenProducer("y", o)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	if _, err := NewTypedProducer[wider](raw); !errors.Is(err, ErrTooLarge) {
		t.Error(err)
	}
}
