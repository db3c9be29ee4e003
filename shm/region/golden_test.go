package region

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// The files of testdata were made by mustCreate below on a machine of each byte
// order: set SHMKIT_WRITE_GOLDEN to make this machine's anew.
const goldenPayload = "a region from elsewhere"

// TestRegionFromAMachineOfEachByteOrder opens a region file made on a
// little-endian machine and one made on a big-endian one: this machine's order
// is read, the other one is refused by name.
func TestRegionFromAMachineOfEachByteOrder(t *testing.T) {
	dir := t.TempDir()
	o := &Options{Dir: dir, Kind: "golden", Version: 3}
	little := binary.NativeEndian.Uint16([]byte{1, 0}) == 1
	if os.Getenv("SHMKIT_WRITE_GOLDEN") != "" {
		writeGolden(t, o, little)
	}
	for name, native := range map[string]bool{"little": little, "big": !little} {
		unpack(t, goldenFile(name), filepath.Join(dir, name))
		r, err := Open(name, o)
		if !native {
			wantErr(t, err, ErrByteOrder)
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := string(r.Bytes()[:len(goldenPayload)]); got != goldenPayload {
			t.Errorf("%s: payload %q", name, got)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func goldenFile(order string) string { return filepath.Join("testdata", order+"-endian.region.gz") }

func writeGolden(t *testing.T, o *Options, little bool) {
	t.Helper()
	r := mustCreate(t, "new", 100, o)
	copy(r.Bytes(), goldenPayload)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(filepath.Join(o.Dir, "new"))
	if err != nil {
		t.Fatal(err)
	}
	name := "big"
	if little {
		name = "little"
	}
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(content)
	if err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(goldenFile(name), packed.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

func unpack(t *testing.T, packed, to string) {
	t.Helper()
	f, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
