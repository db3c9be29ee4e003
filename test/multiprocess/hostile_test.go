package multiprocess

import (
	"context"
	"crypto/sha256"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/absfs/shmkit/internal/transfer"
	"github.com/absfs/shmkit/internal/wine"
)

// hostileProducer sends records a consumer should not trust.
func hostileProducer(t *testing.T, dir string, records ...transfer.Record) *transfer.Session {
	t.Helper()
	s, err := transfer.Open(transfer.Producer, transfer.Options{Ring: "shmkit-demo", Dir: dir, Capacity: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	for i := range records {
		records[i].Num = uint64(i + 1)
		b := make([]byte, records[i].Len())
		records[i].Encode(b)
		if err := s.Producer().Send(context.Background(), b); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

var hello = transfer.Record{Kind: transfer.Hello, Version: transfer.Version, Session: [16]byte{1}}

// whole is a file from its record to its end.
func whole(seq uint64, path, content string) []transfer.Record {
	return []transfer.Record{
		{Kind: transfer.File, Seq: seq, Mode: 0o644, Size: uint64(len(content)), Path: path},
		{Kind: transfer.Chunk, Data: []byte(content)},
		{Kind: transfer.End, Size: uint64(len(content)), Digest: sha256.Sum256([]byte(content))},
	}
}

func TestReceivedPathsNeverLeaveTheFolder(t *testing.T) {
	outside := t.TempDir()
	for _, path := range []string{
		"../escape", "a/../../escape", "/escape", filepath.ToSlash(outside) + "/escape", "..", ".", "", "a//b", "./escape", "x\x00y",
		"link/escape", "deep/link/escape", ".shmkit-transfer.part",
	} {
		t.Run(path, func(t *testing.T) {
			dir, base := shared(t), t.TempDir()
			out := filepath.Join(base, "out")
			if err := os.MkdirAll(filepath.Join(out, "deep"), 0o755); err != nil {
				t.Fatal(err)
			}
			for _, link := range []string{"link", "deep/link"} {
				if err := os.Symlink(outside, filepath.Join(out, link)); err != nil && strings.Contains(path, "link") {
					t.Skip("platform: no symbolic links: ", err)
				}
			}
			hostileProducer(t, dir, append([]transfer.Record{hello}, whole(0, path, "evil")...)...)
			refused(t, start(t, "consumer", "-dir", dir, "-out", out), 1)
			if exists(base, "escape") || exists(outside, "escape") || exists(out, ".shmkit-transfer.part") {
				t.Error("something was written")
			}
		})
	}
}

func TestLinkAtTheFilesOwnPlaceIsReplacedNotFollowed(t *testing.T) {
	wine.Skip(t, "CreateSymbolicLink makes nothing and reports success")
	dir, out, victim := shared(t), t.TempDir(), filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(victim, filepath.Join(out, "f")); err != nil {
		t.Skip("platform: no symbolic links: ", err)
	}
	s := hostileProducer(t, dir, append([]transfer.Record{hello}, whole(0, "f", "evil")...)...)
	c := start(t, "consumer", "-dir", dir, "-out", out)
	eventually(t, "the file is placed", func() bool {
		b, err := os.ReadFile(filepath.Join(out, "f"))
		return err == nil && string(b) == "evil"
	})
	if err := s.Tell(transfer.Failed); err != nil {
		t.Error(err)
	}
	refused(t, c, 1, "the other side failed")
	if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
		t.Errorf("the link's target has %q, %v", b, err)
	}
}

func TestBrokenStreamsAreErrors(t *testing.T) {
	bad := whole(0, "f", "content")
	bad[2].Digest[0]++
	short := whole(0, "f", "content")
	short[1].Data = short[1].Data[:3]
	long := whole(0, "f", "content")
	long[1].Data = append(long[1].Data, "more"...)
	total := transfer.Record{Kind: transfer.Totals, Sum: transfer.Sum{Files: 9}}
	for name, records := range map[string][]transfer.Record{
		"no hello":        whole(0, "f", "x"),
		"wrong version":   {{Kind: transfer.Hello, Version: 99}},
		"middle":          {{Kind: transfer.Hello, Version: transfer.Version, Seq: 5, Session: [16]byte{2}}},
		"wrong digest":    append([]transfer.Record{hello}, bad...),
		"too little":      append([]transfer.Record{hello}, short...),
		"too much":        append([]transfer.Record{hello}, long...),
		"chunk alone":     {hello, {Kind: transfer.Chunk, Data: []byte("x")}},
		"end alone":       {hello, {Kind: transfer.End}},
		"wrong number":    append([]transfer.Record{hello}, whole(3, "f", "x")...),
		"two at once":     {hello, whole(0, "f", "x")[0], whole(0, "g", "x")[0]},
		"wrong totals":    {hello, total},
		"totals too soon": {hello, whole(0, "f", "x")[0], total},
		"huge file":       {hello, {Kind: transfer.File, Size: 1 << 63, Path: "f"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, out := shared(t), filepath.Join(t.TempDir(), "out")
			hostileProducer(t, dir, records...)
			refused(t, start(t, "consumer", "-dir", dir, "-out", out), 1, "transfer: ")
			if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
				t.Errorf("left in the folder: %v %v", left, err)
			}
		})
	}
}
