package cpu

import (
	"runtime"
	"testing"
)

func TestPauseReturns(t *testing.T) {
	for _, n := range []uint32{0, 1, 1000} {
		Pause(n)
	}
}

func TestFencesNeedRegistration(t *testing.T) {
	ok := Register()
	if ok != Register() {
		t.Fatal("two answers to one question")
	}
	if ok && !FenceAll() {
		t.Fatal("registered, and yet no fence")
	}
	if runtime.GOOS != "linux" && ok {
		t.Fatal("registered where there is no membarrier")
	}
}

func BenchmarkFenceAll(b *testing.B) {
	if !Register() {
		b.Skip("kernel: no membarrier")
	}
	for b.Loop() {
		FenceAll()
	}
}
