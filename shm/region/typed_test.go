package region

import (
	"errors"
	"io/fs"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type order struct {
	Seq   atomic.Uint64
	Price float64
	Qty   uint32
	Side  bool
	Text  [3]byte
	Legs  [2]leg
}

type leg struct {
	ID  uint16
	Len uint16
}

func TestTypedViewsShareMemory(t *testing.T) {
	o := dir(t)
	a, err := At[order](mustCreate(t, "x", 4096, o), 128)
	if err != nil {
		t.Fatal(err)
	}
	b, err := At[order](mustOpen(t, "x", o), 128)
	if err != nil {
		t.Fatal(err)
	}
	a.Seq.Add(7)
	a.Legs[1].Len = 9
	if b.Seq.Load() != 7 || b.Legs[1].Len != 9 {
		t.Fatalf("the other view reads %d, %d", b.Seq.Load(), b.Legs[1].Len)
	}
}

func TestTypesUnfitAreRefusedByField(t *testing.T) {
	type inner struct {
		A uint8
		B uint16
	}
	check := func(name string, err error, words ...string) {
		t.Helper()
		if !errors.Is(err, ErrType) {
			t.Errorf("%s: %v", name, err)
			return
		}
		for _, w := range words {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not say %q", name, err, w)
			}
		}
	}
	_, err := LayoutOf[struct{ Name string }]()
	check("string", err, ".Name", "string", "pointer")
	_, err = LayoutOf[struct{ P *int32 }]()
	check("pointer", err, ".P")
	_, err = LayoutOf[struct{ L [3]struct{ S []byte } }]()
	check("slice in array", err, ".L[0].S")
	_, err = LayoutOf[struct{ M map[int8]int8 }]()
	check("map", err, ".M")
	_, err = LayoutOf[struct{ F func() }]()
	check("func", err, ".F")
	_, err = LayoutOf[struct{ E error }]()
	check("interface", err, ".E")
	_, err = LayoutOf[struct{ C chan int8 }]()
	check("chan", err, ".C")
	_, err = LayoutOf[struct{ N int }]()
	check("int", err, ".N", "platform")
	_, err = LayoutOf[struct{ N uint }]()
	check("uint", err, ".N", "platform")
	_, err = LayoutOf[struct{ A atomic.Uintptr }]()
	check("uintptr", err, ".A", "platform")
	_, err = LayoutOf[struct{ A atomic.Pointer[order] }]()
	check("atomic pointer", err, ".A", "pointer")
	_, err = LayoutOf[struct{ V atomic.Value }]()
	check("atomic value", err, ".V", "pointer")
	_, err = LayoutOf[struct{ M sync.Mutex }]()
	check("mutex", err, ".M", "package lock")
	_, err = LayoutOf[struct{ T time.Time }]()
	check("time", err, ".T.loc")
	_, err = LayoutOf[inner]()
	check("padding between", err, ".B", "1 bytes of padding")
	_, err = LayoutOf[struct {
		A uint32
		B uint16
	}]()
	check("padding at the end", err, ".B", "2 bytes of padding")
	_, err = LayoutOf[struct {
		A uint32
		B uint64
	}]()
	check("padding on 64 bits", err, ".B")
	_, err = LayoutOf[struct {
		A uint64
		B uint32
	}]()
	check("short array element on 32 bits", err)
	_, err = LayoutOf[struct{}]()
	check("no bytes", err)
}

func TestViewsStayInBounds(t *testing.T) {
	r := mustCreate(t, "x", 100, dir(t))
	for _, c := range []struct {
		off int64
		n   int
	}{{-1, 1}, {100, 1}, {93, 1}, {1 << 62, 1}, {0, 13}, {0, -1}, {0, 1 << 30}, {96, 1}, {4, 1}} {
		_, err := Slice[uint64](r, c.off, c.n)
		if !errors.Is(err, ErrBounds) {
			t.Errorf("%d values at %d: %v", c.n, c.off, err)
		}
	}
	s, err := Slice[uint64](r, 0, 12)
	if err != nil || len(s) != 12 || cap(s) != 12 {
		t.Fatalf("%d of %d, %v", len(s), cap(s), err)
	}
	if s, err := Slice[byte](r, 100, 0); err != nil || len(s) != 0 {
		t.Fatalf("empty view at the end: %v, %v", s, err)
	}
	_ = r.Close()
	_, err = At[uint64](r, 0)
	wantErr(t, err, fs.ErrClosed)
}

func TestSchemaIsStoredAndChecked(t *testing.T) {
	s, err := SchemaOf[order]()
	if err != nil {
		t.Fatal(err)
	}
	other, err := SchemaOf[leg]()
	if err != nil {
		t.Fatal(err)
	}
	o := dir(t)
	o.Schema = s
	r := mustCreate(t, "x", 4096, o)
	mustOpen(t, "x", o)
	if r.Info().Schema != s {
		t.Fatal("the fingerprint was not stored")
	}
	o.Schema = other
	_, err = Open("x", o)
	wantErr(t, err, ErrSchema)
	o.Schema = Schema{}
	mustOpen(t, "x", o)
}

// The fingerprint must be the same on every platform: it is a promise between
// programs built for different ones.
func TestSchemaIsStable(t *testing.T) {
	const want = `0 uint64 .Seq
8 float64 .Price
16 uint32 .Qty
20 bool .Side
21 [3]x1 {
21 uint8 .Text[0]
}
24 [2]x4 {
24 uint16 .Legs[0].ID
26 uint16 .Legs[0].Len
}
`
	got, err := LayoutOf[order]()
	if err != nil || got != want {
		t.Fatalf("on %s: %v\n%s", runtime.GOARCH, err, got)
	}
}
