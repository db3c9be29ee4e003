package interop

import (
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/absfs/shmkit/shm/ring"
)

const vectors = "../../shm/ring/testdata"

// vector is an entry of vectors.json, and what dump.py prints.
type vector struct {
	Name               string `json:"name,omitempty"`
	Capacity           int64
	Tail, Head         uint64
	Producer, Consumer uint32
	Oldest, Lost       uint64
	Records            []string
	Then               string
}

// eachVector runs test on every vector, unpacked.
func eachVector(t *testing.T, test func(t *testing.T, v vector, file string)) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("platform: the vectors are of a little-endian machine")
	}
	text, err := os.ReadFile(filepath.Join(vectors, "vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(text, &all); err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) { test(t, v, unpack(t, v.Name)) })
	}
}

func unpack(t *testing.T, name string) string {
	t.Helper()
	packed, err := os.Open(filepath.Join(vectors, name+".ring.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "r")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestCReadsTheVectors(t *testing.T) {
	run := peer(t)
	status := map[string]int{"empty": 0, "end": 0, "version": 1, "corrupt": 3}
	eachVector(t, func(t *testing.T, v vector, file string) {
		cmd := run("dump", file)
		cmd.Stderr = nil // it says why it refuses
		out, err := cmd.Output()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != status[v.Then] {
			t.Errorf("it ends with status %d", got)
		}
		want := v.Records
		if status[v.Then] == 0 {
			want = append(want, v.Then)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got %q\nwant %q", got, want)
		}
	})
}

func python(t *testing.T, args ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("platform: dump.py is run on the other systems")
	}
	py, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("python3 is missing")
	}
	out, err := exec.Command(py, append([]string{"peers/dump.py"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

func TestPythonReadsTheVectors(t *testing.T) {
	eachVector(t, func(t *testing.T, v vector, file string) {
		var got vector
		if err := json.Unmarshal([]byte(python(t, file, "--json")), &got); err != nil {
			t.Fatal(err)
		}
		got.Name = v.Name
		if v.Then == "version" {
			v = vector{Name: v.Name, Records: v.Records, Then: v.Then} // it looks no further
		}
		if !reflect.DeepEqual(got, v) {
			t.Errorf("got %+v\nwant %+v", got, v)
		}
	})
}

func TestPythonDumpsALivingRing(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("platform: emulated, python3 is of the other byte order")
	}
	o := &ring.Options{Dir: t.TempDir(), Capacity: 4096, Create: true}
	p, err := ring.OpenProducer("r", o)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, rec := range []string{"seen", "too"} {
		if err := p.TrySend([]byte(rec)); err != nil {
			t.Fatal(err)
		}
	}
	want := "capacity 4096, tail 32, head 0\nproducer open, consumer new\n" +
		"4 " + hex.EncodeToString([]byte("seen")) + "\n3 " + hex.EncodeToString([]byte("too")) + "\nempty\n"
	if got := python(t, filepath.Join(o.Dir, "r")); strings.ReplaceAll(got, "\r", "") != want {
		t.Errorf("got %q\nwant %q", got, want)
	}
}
