package transfer

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var samples = []Record{
	{Kind: Hello, Version: Version, Session: [16]byte{1, 2, 3}, Seq: 7},
	{Kind: Dir, Num: 1<<40 | 5, Seq: 1, Mode: 0o755, Path: "a"},
	{Kind: DirEnd, Seq: 9, Mode: 0o555, Path: "a/b"},
	{Kind: File, Seq: 1 << 60, Mode: 0o644, Size: 1 << 50, Path: "a/ü\x80"},
	{Kind: Chunk, Offset: 1 << 40, Data: []byte("bytes")},
	{Kind: Chunk, Offset: 1, Data: []byte{}},
	{Kind: End, Size: 5, Digest: [32]byte{31: 9}},
	{Kind: Abort, Seq: 3, Retry: true, Reason: "it shrank"},
	{Kind: Abort, Seq: 3},
	{Kind: Totals, Sum: Sum{Entries: 4, Files: 3, Bytes: 2, Failed: 1, Chain: [32]byte{5}}},
}

func encode(r *Record) []byte {
	b := bytes.Repeat([]byte{0xAA}, r.Len())
	r.Encode(b)
	return b
}

func TestEncodedRecordsDecodeToThemselves(t *testing.T) {
	for _, want := range samples {
		got, err := Decode(encode(&want))
		if err != nil {
			t.Errorf("%v: %v", want.Kind, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-want +got):\n%s", want.Kind, diff)
		}
	}
}

func TestRecordsOfTheWrongLengthAreRefused(t *testing.T) {
	for _, r := range samples {
		whole := encode(&r)
		for n := range minLen[r.Kind] {
			if _, err := Decode(whole[:n]); !errors.Is(err, ErrProtocol) {
				t.Errorf("%v cut to %d bytes: %v", r.Kind, n, err)
			}
		}
		switch r.Kind {
		case Hello, End, Totals:
			if _, err := Decode(append(whole, 0)); !errors.Is(err, ErrProtocol) {
				t.Errorf("%v one byte too long: %v", r.Kind, err)
			}
			if _, err := Decode(whole[:len(whole)-1]); !errors.Is(err, ErrProtocol) {
				t.Errorf("%v one byte short: %v", r.Kind, err)
			}
		}
	}
}

func TestModesBeyondPermissionBitsAreRefused(t *testing.T) {
	b := encode(&Record{Kind: File, Path: "x"})
	b[5] = 0x0A // setuid and setgid, as Unix counts
	if _, err := Decode(b); !errors.Is(err, ErrProtocol) {
		t.Errorf("setuid: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, r := range samples {
		f.Add(encode(&r))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Decode(b)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		again, err := Decode(encode(&r))
		if err != nil {
			t.Fatalf("what was decoded does not encode: %v", err)
		}
		if diff := cmp.Diff(r, again); diff != "" {
			t.Fatal(diff)
		}
	})
}

func FuzzPathStaysInside(f *testing.F) {
	for _, p := range hostilePaths {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, path string) {
		local, err := localPath(path)
		if err != nil {
			if !errors.Is(err, ErrProtocol) {
				t.Fatalf("untyped error: %v", err)
			}
			return
		}
		assertInside(t, local)
	})
}
