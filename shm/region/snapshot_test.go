package region

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestSnapshotBringsPayloadBack(t *testing.T) {
	o := dir(t)
	o.Kind, o.Version, o.Schema = "test", 2, Schema{1}
	a := mustCreate(t, "x", 3<<20+17, o)
	for i := range a.Bytes() {
		a.Bytes()[i] = byte(i * 7 >> 3)
	}
	file := filepath.Join(t.TempDir(), "saved")
	for range 2 {
		if err := a.SaveTo(file); err != nil {
			t.Fatal(err)
		}
	}
	wantErr(t, a.SaveTo(filepath.Join(o.Dir, "x")), fs.ErrExist)
	if err := a.CheckLinked(); err != nil {
		t.Fatal(err)
	}
	b, err := CreateFrom("y", file, &Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Fatal("the payloads differ")
	}
	ai, bi := a.Info(), b.Info()
	if bi.Kind != "test" || bi.Version != 2 || bi.Schema != ai.Schema || bi.ID == ai.ID {
		t.Fatalf("%+v", bi)
	}
	_, err = CreateFrom("y", file, &Options{Dir: o.Dir})
	wantErr(t, err, fs.ErrExist)
	_, err = CreateFrom("z", file, &Options{Dir: o.Dir, Kind: "other"})
	wantErr(t, err, ErrKind)
	_, err = CreateFrom("z", file+"-none", o)
	wantErr(t, err, fs.ErrNotExist)
	_, err = Open("saved", &Options{Dir: filepath.Dir(file)})
	wantErr(t, err, ErrSnapshot)
	wantErr(t, Remove("saved", &Options{Dir: filepath.Dir(file)}), ErrSnapshot)
	if names, err := Reap(&Options{Dir: filepath.Dir(file)}); err != nil || len(names) != 0 {
		t.Fatalf("reaped %v, %v", names, err)
	}
}

func TestDamagedSnapshotIsRefused(t *testing.T) {
	o := dir(t)
	a := mustCreate(t, "x", 100_000, o)
	file := filepath.Join(t.TempDir(), "saved")
	if err := a.SaveTo(file); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	whole[frontSize+500] ^= 1
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = CreateFrom("y", file, o)
	wantErr(t, err, ErrChecksum)
	if err := os.WriteFile(file, whole[:frontSize+500], 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = CreateFrom("y", file, o)
	wantErr(t, err, ErrTruncated)
	_, err = Stat("y", o)
	wantErr(t, err, fs.ErrNotExist)
}

func TestPersistentRegionSurvivesReboot(t *testing.T) {
	o := dir(t)
	o.Persistent = true
	a := mustCreate(t, "x", 1000, o)
	copy(a.Bytes(), "kept")
	if err := a.Sync(); err != nil {
		t.Fatal(err)
	}
	id := a.ID()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	pretendReboot(t, filepath.Join(o.Dir, "x"))
	if names, err := Reap(o); err != nil || len(names) != 0 {
		t.Fatalf("reaped %v, %v", names, err)
	}
	b := mustOpen(t, "x", o)
	if info := b.Info(); info.ThisBoot || info.CreatorAttached || info.Attached != 1 || b.ID() != id {
		t.Fatalf("%+v", info)
	}
	if string(b.Bytes()[:4]) != "kept" {
		t.Fatalf("payload %q", b.Bytes()[:4])
	}
	c, err := CreateFrom("copy", filepath.Join(o.Dir, "x"), &Options{Dir: o.Dir})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Info().Persistent || string(c.Bytes()[:4]) != "kept" {
		t.Fatalf("%+v", c.Info())
	}
}

// pretendReboot gives the file the boot identity of another run of the system;
// the locks of a process that has closed it are gone as after a reboot.
func pretendReboot(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b[offBoot] ^= 0xff
	reseal(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
