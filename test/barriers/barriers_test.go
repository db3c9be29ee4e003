package barriers

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// An access is a line of the sources, found by its text, and what it has to
// become on each architecture. Every instruction of want stands there, none of
// never does.
type access struct {
	pkg, file, line string
	want, never     map[string]string
}

// Groups of instructions. objdump does not decode the atomics of ARMv8.1, so
// they go by their encoding, size and registers masked out.
const (
	fence = `XCHG|LOCK|MFENCE`
	// Old and new processors: a loop of exclusive accesses, or one instruction.
	cas, add = `^CASALW$`, `^LDADDALW$`
	loop     = `^LDAXRW$`
)

func on(amd64, arm64 string) map[string]string {
	return map[string]string{"amd64": amd64, "arm64": arm64}
}

var accesses = []access{
	{"shm/ring", "word_native.go", "func load64(", on(`^MOVQ`, `^LDAR$`), on(fence, `^$`)},
	{"shm/ring", "word_native.go", "func load32(", on(`^MOVL`, `^LDARW$`), on(fence, `^$`)},
	{"shm/ring", "word_native.go", "func fenced64(", on(`^XCHGQ`, `^STLR$`), on(`^$`, `^$`)},
	{"shm/ring", "word_native.go", "func fenced32(", on(`^XCHGL`, `^STLRW$`), on(`^$`, `^$`)},
	{"shm/ring", "word_store_plain.go", "func publish64(", map[string]string{"amd64": `^MOVQ`}, map[string]string{"amd64": fence}},
	{"shm/ring", "word_store_atomic.go", "func publish64(", map[string]string{"arm64": `^STLR$`}, nil},
	{"shm/ring", "word_store_atomic.go", "atomic.StoreUint64(recordWord(shared", map[string]string{"arm64": `^STLR$`}, nil},
	{"shm/ring", "word_store_atomic.go", "atomic.LoadUint64(recordWord(shared", map[string]string{"arm64": `^LDAR$`}, nil},
	{"lock", "seqlock.go", "atomic.StoreUint64(&to[i]", on(`^XCHGQ`, `^STLR$`), nil},
	{"lock", "seqlock.go", "atomic.StoreUint64(s.number, next)", on(`^XCHGQ`, `^STLR$`), nil},
	{"lock", "seqlock.go", "atomic.LoadUint64(&from[i])", on(`^MOVQ`, `^LDAR$`), on(fence, `^$`)},
	{"lock", "seqlock.go", "!intact(number, atomic.LoadUint64(s.number))", on(`^MOVQ`, `^LDAR$`), on(fence, `^$`)},
	{"lock", "mutex.go", "atomic.CompareAndSwapUint32(m.word, nobody, m.id)", on(`CMPXCHGL$`, cas), nil},
	{"lock", "mutex.go", "atomic.CompareAndSwapUint32(m.word, m.id, nobody)", on(`CMPXCHGL$`, cas), nil},
	{"lock", "mutex.go", "atomic.CompareAndSwapUint32(m.word, m.id, nobody)", map[string]string{"arm64": loop}, nil},
	{"lock", "mutex_slow.go", "old := atomic.LoadUint32(m.word)", on(`^MOVL`, `^LDARW$`), nil},
	{"lock", "rwmutex.go", "atomic.CompareAndSwapUint32(&rw.seats[i], nobody, rw.writer.id)", on(`CMPXCHGL$`, cas), nil},
	{"lock", "semaphore.go", "atomic.AddUint32(s.freed, 1)", on(`XADDL$`, add), nil},
}

// TestAccessesBecomeTheInstructionsTheyRelyOn disassembles both packages for
// both architectures.
func TestAccessesBecomeTheInstructionsTheyRelyOn(t *testing.T) {
	code := disassembled(t)
	for _, a := range accesses {
		n := lineOf(t, a)
		for _, arch := range slices.Sorted(maps.Keys(a.want)) {
			got := code[arch][fmt.Sprintf("%s:%d", a.file, n)]
			text := strings.Join(slices.Sorted(maps.Keys(got)), " ")
			if !matches(got, a.want[arch]) {
				t.Errorf("%s: %s %q: no %s in %s", arch, a.file, a.line, a.want[arch], text)
			}
			if never := a.never[arch]; never != "" && matches(got, never) {
				t.Errorf("%s: %s %q: %s in %s", arch, a.file, a.line, never, text)
			}
		}
	}
}

func matches(mnemonics map[string]bool, pattern string) bool {
	re := regexp.MustCompile(pattern)
	for m := range mnemonics {
		if re.MatchString(m) {
			return true
		}
	}
	return false
}

// lineOf is the first line of a's file that holds its text.
func lineOf(t *testing.T, a access) int {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(a.pkg), a.file))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(data)) {
		if n++; strings.Contains(line, a.line) {
			return n
		}
	}
	t.Fatalf("%s has no %q", a.file, a.line)
	return 0
}

// disassembled maps architecture and file:line to the mnemonics found there.
func disassembled(t *testing.T) map[string]map[string]map[string]bool {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("platform: the go command is not here")
	}
	all := map[string]map[string]map[string]bool{}
	for _, arch := range []string{"amd64", "arm64"} {
		all[arch] = map[string]map[string]bool{}
		for _, pkg := range []string{"shm/ring", "lock"} {
			collect(objdump(t, arch, pkg, `shmkit/`+pkg+`\.`), all[arch])
		}
	}
	return all
}

// objdump builds the tests of pkg for arch and disassembles the functions named.
func objdump(t *testing.T, arch, pkg, functions string) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "bin")
	build := exec.Command("go", "test", "-c", "-o", bin, "github.com/absfs/shmkit/"+pkg)
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+arch, "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go test -c: %v\n%s", err, out)
	}
	dump := exec.Command("go", "tool", "objdump", "-s", functions, bin)
	dump.Env = append(os.Environ(), "GOOS=", "GOARCH=")
	out, err := dump.Output()
	if err != nil {
		t.Fatalf("objdump: %v", err)
	}
	return string(out)
}

// collect reads lines such as "  word.go:15	0x3ec7ec	c8dffc42	LDAR (R2), R2".
func collect(dump string, into map[string]map[string]bool) {
	lines := bufio.NewScanner(strings.NewReader(dump))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 4 || !strings.Contains(fields[0], ".go:") {
			continue
		}
		mnemonic := fields[3]
		if mnemonic == "LOCK" && len(fields) > 4 {
			mnemonic += " " + fields[4]
		}
		if mnemonic == "?" {
			mnemonic = atomicOf(fields[2])
		}
		if into[fields[0]] == nil {
			into[fields[0]] = map[string]bool{}
		}
		into[fields[0]][mnemonic] = true
	}
}

// atomicOf names the atomics of ARMv8.1 that objdump does not decode.
func atomicOf(hex string) string {
	code, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return "?"
	}
	switch code & 0xffe0fc00 { // size and operation, without registers
	case 0x88e0fc00:
		return "CASALW"
	case 0xb8e00000:
		return "LDADDALW"
	}
	return "?"
}

// TestARecordIsStoredBeforeItsPosition looks at the order in which amd64 stores a
// record and its position, which is all there is of a barrier between them: in
// the Go code, where each is a call, which no store passes, in post and commit, and
// behind streaming stores.
func TestARecordIsStoredBeforeItsPosition(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("platform: the go command is not here")
	}
	const position = "MOVQ DX, 0xffff1000(DI)" // as far before the data as layout.go says
	for _, way := range []struct{ function, stored, published string }{
		{`ring\.\(\*Producer\)\.trySlow$`, "ring.(*Producer).put(SB)", "ring.(*side).publish(SB)"},
		{`ring\.\(\*Producer\)\.put$`, "ring.(*Producer).lay(SB)", "ring.(*Producer).write(SB)"},
		{`cpu\.copyLines\.abi0$`, "MOVNTDQ X3", "SFENCE"}, // they alone may be passed by others
		{`ring\.\(\*Producer\)\.batch$`, "ring.(*Producer).run(SB)", "ring.(*side).publish(SB)"},
		{`ring\.post\.abi0$`, "MOVQ R8, 0x8(AX)", position},
		{`ring\.commit\.abi0$`, "MOVQ R10, 0(DI)(AX*1)", position},
	} {
		text := objdump(t, "amd64", "shm/ring", way.function)
		stored, published := strings.Index(text, way.stored), strings.Index(text, way.published)
		if stored < 0 || published < stored {
			t.Errorf("%s: the record is stored at %d, the position at %d of\n%s", way.function, stored, published, text)
		}
	}
}
