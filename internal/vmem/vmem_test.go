package vmem

import "testing"

func TestSpanCoversTheSlice(t *testing.T) {
	b := make([]byte, 100)
	start, end := Span(b)
	if end-start != 100 {
		t.Fatalf("span of 100 bytes is %d", end-start)
	}
	if s, e := Span(b[10:20]); s != start+10 || e != start+20 {
		t.Fatalf("span of a part is %#x-%#x, the whole starts at %#x", s, e, start)
	}
	if s, e := Span(b[:0]); s != 0 || e != 0 {
		t.Fatalf("span of nothing is %#x-%#x", s, e)
	}
}

func TestTheHeapIsMappedTheNullPageIsNot(t *testing.T) {
	start, _ := Span(make([]byte, 1<<16))
	if !Mapped(start) {
		t.Fatal("heap memory reported as not mapped")
	}
	if Mapped(0) || Mapped(100) {
		t.Fatal("the null page reported as mapped")
	}
}
