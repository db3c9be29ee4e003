//go:build unix || windows

package sigbus

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"testing"
)

func TestCopyIsCopyWhileNothingFaults(t *testing.T) {
	src := []byte("0123456789")
	dst := make([]byte, 4)
	if n, err := Copy(dst, src); n != 4 || err != nil || string(dst) != "0123" {
		t.Fatalf("%d, %v, %q", n, err, dst)
	}
	if n, err := Copy(src[2:], src); n != 8 || err != nil || string(src) != "0101234567" {
		t.Fatalf("overlapping: %d, %v, %q", n, err, src)
	}
	if n, err := Copy(nil, src); n != 0 || err != nil {
		t.Fatalf("nothing: %d, %v", n, err)
	}
}

func TestCopyOfOverlappingSlicesIsCopy(t *testing.T) {
	for _, size := range []int{1, 255, 256, 257, 5000} {
		for _, shift := range []int{0, 1, 100, 256, 4999, 6000} {
			got := make([]byte, size+shift)
			for i := range got {
				got[i] = pattern(i)
			}
			want := slices.Clone(got)
			copy(want[shift:], want[:size])
			if n, err := Copy(got[shift:], got[:size]); n != size || err != nil {
				t.Fatalf("%d, %v", n, err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes moved up by %d differ from copy's", size, shift)
			}
		}
	}
}

func TestCopyOutStopsAtTheFirstBadPage(t *testing.T) {
	data, page := faulty(t, 4, 2), os.Getpagesize()
	for _, start := range []int{0, 1, page - 1, page, 2*page - 1, 2 * page, 3*page + 5} {
		dst := make([]byte, 4*page-start)
		n, err := Copy(dst, data[start:])
		if !errors.Is(err, ErrFault) {
			t.Fatalf("from %d: %v", start, err)
		}
		if want := max(0, 2*page-start); n != want {
			t.Errorf("from %d: %d bytes, want %d", start, n, want)
		}
		if !holdsPattern(dst[:n], start) {
			t.Errorf("from %d: the %d bytes counted are not the source's", start, n)
		}
	}
}

func TestCopyInStopsAtTheFirstBadPage(t *testing.T) {
	data, page := faulty(t, 4, 2), os.Getpagesize()
	src := make([]byte, 3*page)
	for i := range src {
		src[i] = byte(i)
	}
	n, err := Copy(data[100:], src)
	if !errors.Is(err, ErrFault) || n != 2*page-100 {
		t.Fatalf("%d, %v", n, err)
	}
	for i := range n {
		if data[100+i] != byte(i) {
			t.Fatalf("byte %d was counted and is not there", i)
		}
	}
}

func TestAFaultingCopyOfOverlappingSlicesCountsNothing(t *testing.T) {
	data, page := faulty(t, 4, 2), os.Getpagesize()
	if n, err := Copy(data[10:], data[:3*page]); n != 0 || !errors.Is(err, ErrFault) {
		t.Fatalf("%d, %v", n, err)
	}
}

func TestOneFaultingCopyIsOneFault(t *testing.T) {
	data, page := faulty(t, 2, 1), os.Getpagesize()
	before := Stats().Recovered
	_, _ = Copy(make([]byte, 2*page), data)
	if got := Stats().Recovered - before; got != 1 {
		t.Fatalf("one copy counted as %d faults", got)
	}
}

func TestLoadAndStore(t *testing.T) {
	value := 7
	if got, err := Load(&value); got != 7 || err != nil {
		t.Fatalf("%d, %v", got, err)
	}
	if err := Store(&value, 8); value != 8 || err != nil {
		t.Fatalf("%d, %v", value, err)
	}
	data, page := faulty(t, 2, 1), os.Getpagesize()
	if got, err := Load(&data[page]); got != 0 || !errors.Is(err, ErrFault) {
		t.Fatalf("%d, %v", got, err)
	}
	if err := Store(&data[page], 1); !errors.Is(err, ErrFault) {
		t.Fatal(err)
	}
}

func TestNothingIsAllocatedWithoutAFault(t *testing.T) {
	src, dst, value, sum := make([]byte, 64), make([]byte, 64), uint64(0), 0
	for name, f := range map[string]func(){
		"Copy":  func() { _, _ = Copy(dst, src) },
		"Guard": func() { _ = Guard(func() { sum += int(src[0]) }) },
		"Load":  func() { _, _ = Load(&value) },
		"Store": func() { _ = Store(&value, 3) },
		"nest":  func() { _ = Guard(func() { _, _ = Copy(dst, src) }) },
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}
