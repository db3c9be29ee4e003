package climit

import "testing"

func TestTheLimitMovesEveryRecord(t *testing.T) {
	path, err := Build(t.TempDir())
	if err != nil {
		t.Skip(err)
	}
	for _, mode := range []Mode{Stream, Batch, PingPong} {
		run := Run{Mode: mode, Size: 64, Capacity: 64 << 10, WarmMS: 1, Segments: 2, SegmentM: 1, ProducerCPU: -1, ConsumerCPU: -1}
		segments, err := run.Do(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(segments) != 2 || segments[0] <= 0 {
			t.Errorf("%s: segments %v, want two positive times", mode, segments)
		}
	}
}

func TestUnreadableOutputIsAnError(t *testing.T) {
	if _, err := parse([]byte("1.5\nnonsense\n")); err == nil {
		t.Fatal("no error")
	}
}
