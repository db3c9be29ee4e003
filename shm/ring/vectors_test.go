package ring

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vector is what an opener must find in a ring file of testdata.
type vector struct {
	Name     string   `json:"name"`
	Capacity int64    `json:"capacity"`
	Tail     uint64   `json:"tail"`
	Head     uint64   `json:"head"`
	Producer uint32   `json:"producer"`
	Consumer uint32   `json:"consumer"`
	Oldest   uint64   `json:"oldest,omitempty"` // of version 2
	Lost     uint64   `json:"lost,omitempty"`   // counted when all records are read
	Records  []string `json:"records"`
	Then     string   `json:"then"`
}

const (
	vectorFront = 64 << 10 // where the payload of these files begins
	vectorsFile = "testdata/vectors.json"
)

// vectorStates bring a new ring into the states of the vectors; what spoil does
// to the file is none that a correct peer leaves.
var vectorStates = []struct {
	name  string
	full  FullPolicy
	bring func(t *testing.T, r *scene)
	spoil func(file []byte)
}{
	{name: "fresh"},
	{name: "records", bring: func(t *testing.T, r *scene) { r.send("", "a", "thirteen byte") }},
	{name: "released", bring: func(t *testing.T, r *scene) { r.send("first", "second", "third"); r.receive(2) }},
	{name: "read-not-released", bring: func(t *testing.T, r *scene) { r.send("first", "second"); r.next() }},
	{name: "uncommitted", bring: func(t *testing.T, r *scene) { r.send("committed"); r.reserve("half-written") }},
	{name: "aborted", bring: func(t *testing.T, r *scene) { r.reserve("dropped"); r.p.Abort(); r.send("kept") }},
	{name: "short-commit", bring: func(t *testing.T, r *scene) { r.reserve("too long"); r.commit(3) }},
	{name: "batch", bring: func(t *testing.T, r *scene) { r.batch("one", "two", "three") }},
	{name: "padding", bring: func(t *testing.T, r *scene) { r.fill(3000); r.receive(1); r.send(long(1500), "behind") }},
	{name: "padding-of-8", bring: func(t *testing.T, r *scene) { r.fill(4088); r.receive(2); r.send("at the begin") }},
	{name: "full", bring: func(t *testing.T, r *scene) { r.send(long(2040), long(2040)) }},
	{name: "full-around", bring: func(t *testing.T, r *scene) { r.fill(2048); r.receive(1); r.send(long(2040), long(2040)) }},
	{name: "closed", bring: func(t *testing.T, r *scene) { r.send("last but one", "last"); r.close() }},
	{name: "closed-empty", bring: func(t *testing.T, r *scene) { r.send("gone"); r.receive(1); r.close() }},
	{name: "succeeded", bring: func(t *testing.T, r *scene) { r.send("by the first"); r.close(); r.produce(); r.send("by the second") }},
	{name: "bad-length", bring: func(t *testing.T, r *scene) { r.send("good", "bad") }, spoil: put64(dataOffset+16, 1<<20|kindData<<32)},
	{name: "bad-kind", bring: func(t *testing.T, r *scene) { r.send("good", "bad") }, spoil: put64(dataOffset+16, 3|0x12345678<<32)},
	{name: "bad-padding", bring: func(t *testing.T, r *scene) { r.send("bad") }, spoil: put64(dataOffset, 3|kindPad<<32)},
	{name: "bad-tail", bring: func(t *testing.T, r *scene) { r.send("x") }, spoil: put64(producerPage, 4096+8)},
	{name: "odd-tail", bring: func(t *testing.T, r *scene) { r.send("x") }, spoil: put64(producerPage, 9)},
	{name: "head-before-tail", bring: func(t *testing.T, r *scene) { r.send("x") }, spoil: put64(consumerPage, 64)},
	{name: "overwrite-fresh", full: FullOverwrite},
	{name: "overwrite-records", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("", "a", "thirteen byte") }},
	{name: "overwrite-lost", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send(many(5, 1000)...) }},
	{name: "overwrite-padding", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send(many(4, 1500)...) }},
	{name: "overwrite-read", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("read"); r.receive(1); r.send("kept") }},
	{name: "overwrite-overtaken", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("read"); r.receive(1); r.send(many(6, 1000)...) }},
	{name: "overwrite-succeeded", full: FullOverwrite, bring: func(t *testing.T, r *scene) {
		r.send(many(5, 1000)...)
		r.close()
		r.produce()
		r.send(many(2, 1000)...)
	}},
	{name: "overwrite-closed", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send(many(3, 2000)...); r.close() }},
	{name: "overwrite-given-up", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("a", "b", "c") }, spoil: put64(producerPage+offOldest, 2*24)},
	{name: "overwrite-bad-oldest", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("a") }, spoil: put64(producerPage+offOldest, 32)},
	{name: "overwrite-odd-oldest", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("a") }, spoil: put64(producerPage+offOldest, 4)},
	{name: "overwrite-bad-length", full: FullOverwrite, bring: func(t *testing.T, r *scene) { r.send("good", "bad") }, spoil: put64(dataOffset+24, 9|kindData<<32)},
	{name: "version-9", spoil: func(file []byte) {
		file[vectorFront+offVersion] = 9
		binary.LittleEndian.PutUint32(file[vectorFront+offChecksum:], checksum(file[vectorFront:vectorFront+headerBytes]))
	}},
}

func put64(at int, v uint64) func([]byte) {
	return func(file []byte) { binary.LittleEndian.PutUint64(file[vectorFront+at:], v) }
}

// many are n records of size bytes, each of them of another letter.
func many(n, size int) (recs []string) {
	for i := range n {
		recs = append(recs, strings.Repeat(string(rune('a'+i)), size))
	}
	return recs
}

func long(n int) string { return string(bytes.Repeat([]byte("0123456789abcdef"), n/16+1)[:n]) }

// scene is a ring on which a vector's state is brought about.
type scene struct {
	t *testing.T
	o *Options
	p *Producer
	c *Consumer
}

func (r *scene) ok(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *scene) produce() {
	var err error
	r.p, err = OpenProducer("r", r.o)
	r.ok(err)
}

func (r *scene) send(recs ...string) {
	for _, rec := range recs {
		r.ok(r.p.TrySend([]byte(rec)))
	}
}

// fill sends records that take n bytes of the data together.
func (r *scene) fill(n int) {
	for ; n > 2048; n -= 2048 {
		r.send(long(2040))
	}
	r.send(long(n - recordHeader))
}

func (r *scene) batch(recs ...string) {
	var b [][]byte
	for _, rec := range recs {
		b = append(b, []byte(rec))
	}
	_, err := r.p.SendBatch(context.Background(), b)
	r.ok(err)
}

func (r *scene) reserve(bytes string) {
	slot, err := r.p.TryReserve(len(bytes))
	r.ok(err)
	copy(slot, bytes)
}

func (r *scene) commit(n int) { r.ok(r.p.Commit(n)) }

func (r *scene) receive(n int) {
	for range n {
		_, err := r.c.TryReceive(nil)
		r.ok(err)
	}
}

func (r *scene) next() {
	_, err := r.c.TryNext()
	r.ok(err)
}

func (r *scene) close() { r.ok(r.p.Close()) }

// stage makes a ring file in a vector's state as its sides' sudden deaths would
// leave it, without what differs from run to run.
func stage(t *testing.T, full FullPolicy, bring func(*testing.T, *scene), spoil func([]byte)) []byte {
	t.Helper()
	r := &scene{t: t, o: &Options{Dir: t.TempDir(), Capacity: 4096, Full: full}}
	r.ok(Create("r", r.o))
	if bring != nil {
		r.produce()
		var err error
		r.c, err = OpenConsumer("r", r.o)
		r.ok(err)
		bring(t, r)
	}
	file, err := os.ReadFile(filepath.Join(r.o.Dir, "r"))
	r.ok(err)
	if r.c != nil {
		r.ok(r.c.Close())
		_ = r.p.Close() // some have
	}
	neutral(file)
	if spoil != nil {
		spoil(file)
	}
	return file
}

// neutral takes times, numbers and names of this run out of a ring file.
func neutral(file []byte) {
	const regionChecksum, regionID, regionCreated, regionKind, table = 16, 48, 104, 216, 32 << 10
	number(file[regionID : regionID+16])
	clear(file[regionCreated:regionKind])
	sum := crc32.Update(0, castagnoli, file[:regionChecksum])
	sum = crc32.Update(sum, castagnoli, make([]byte, 4))
	sum = crc32.Update(sum, castagnoli, file[regionChecksum+4:4096])
	binary.LittleEndian.PutUint32(file[regionChecksum:], sum)
	clear(file[table:vectorFront])
	payload := file[vectorFront:]
	number(payload[offID : offID+16])
	binary.LittleEndian.PutUint32(payload[offChecksum:], checksum(payload[:headerBytes]))
	for _, page := range []int{producerPage, consumerPage} {
		clear(payload[page+offActive : page+offLatency+8*latencies])
	}
}

func number(id []byte) {
	for i := range id {
		id[i] = byte(i + 1)
	}
}

func TestVectorsAreReadAndWrittenByteByByte(t *testing.T) {
	if binary.NativeEndian.Uint16([]byte{1, 0}) != 1 {
		t.Skip("platform: the vectors are of a little-endian machine")
	}
	if *update {
		writeVectors(t)
	}
	text, err := os.ReadFile(vectorsFile)
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	for i, s := range vectorStates {
		t.Run(s.name, func(t *testing.T) {
			stored := unzip(t, vectorPath(s.name))
			if !bytes.Equal(stored, stage(t, s.full, s.bring, s.spoil)) {
				t.Error("the bytes written differ from the vector's: if that is meant, the format has another version; -update writes the vectors anew")
			}
			if got, want := find(t, s.name, stored), vectors[i]; !equal(got, want) {
				t.Errorf("read %+v\nwant %+v", got, want)
			}
		})
	}
}

func equal(a, b vector) bool {
	same := slices.Equal(a.Records, b.Records)
	a.Records, b.Records = nil, nil
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return same && bytes.Equal(x, y)
}

func vectorPath(name string) string { return filepath.Join("testdata", name+".ring.gz") }

// find is what this package finds in a ring file.
func find(t *testing.T, name string, file []byte) vector {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "r"), file, 0o600); err != nil {
		t.Fatal(err)
	}
	payload := file[vectorFront:]
	u64 := func(at int) uint64 { return binary.LittleEndian.Uint64(payload[at:]) }
	v := vector{
		Name: name, Capacity: int64(u64(offCapacity)), Tail: u64(producerPage), Head: u64(consumerPage),
		Producer: uint32(payload[producerPage+offState]), Consumer: uint32(payload[consumerPage+offState]), Records: []string{},
	}
	if u64(offVersion)&0xff == lossyVersion {
		v.Oldest = u64(producerPage + offOldest)
	}
	c, err := OpenConsumer("r", &Options{Dir: dir})
	for err == nil {
		var rec []byte
		if rec, err = c.TryReceive(nil); err == nil {
			v.Records = append(v.Records, hex.EncodeToString(rec))
		}
	}
	if c != nil {
		v.Lost = c.Lost()
		defer c.Close()
	}
	for then, is := range map[string]error{"empty": ErrEmpty, "end": io.EOF, "corrupt": ErrCorrupt, "version": ErrVersion} {
		if errors.Is(err, is) {
			v.Then = then
		}
	}
	return v
}

func writeVectors(t *testing.T) {
	var vectors []vector
	for _, s := range vectorStates {
		file := stage(t, s.full, s.bring, s.spoil)
		vectors = append(vectors, find(t, s.name, file))
		var b bytes.Buffer
		z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, err := z.Write(file)
		if err := errors.Join(err, z.Close(), os.WriteFile(vectorPath(s.name), b.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	text, err := json.MarshalIndent(vectors, "", "\t")
	if err == nil {
		err = os.WriteFile(vectorsFile, append(text, '\n'), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func unzip(t *testing.T, path string) []byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
