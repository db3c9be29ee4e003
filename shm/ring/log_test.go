package ring

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
)

func TestTheDeathOfThePeerIsLoggedOnce(t *testing.T) {
	var out bytes.Buffer
	_, c := pair(t, minCapacity, Options{})
	c.peer = lives(false)
	c.logAs(slog.New(slog.NewTextHandler(&out, nil)), "prices", consumerSeat)
	for range 3 {
		if _, err := c.Next(t.Context()); !errors.Is(err, ErrPeerDead) {
			t.Fatal(err)
		}
	}
	s := out.String()
	if strings.Count(s, "\n") != 1 || !strings.Contains(s, "level=WARN") || !strings.Contains(s, "ring=prices side=consumer") {
		t.Errorf("logged %q", s)
	}
}

func TestOpeningWithALoggerNamesRingAndSide(t *testing.T) {
	var out bytes.Buffer
	o := &Options{Dir: t.TempDir(), Create: true, Logger: slog.New(slog.NewTextHandler(&out, nil))}
	p, err := OpenProducer("prices", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if out.Len() != 0 {
		t.Errorf("logged %q", &out)
	}
	_ = p.corrupt()
	_ = p.corrupt()
	if s := out.String(); strings.Count(s, "\n") != 1 || !strings.Contains(s, "level=ERROR") || !strings.Contains(s, "ring=prices side=producer") {
		t.Errorf("logged %q", s)
	}
}
