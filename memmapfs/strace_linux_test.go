package memmapfs

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/absfs/osfs"
)

const straceEnv = "MEMMAPFS_TEST_STRACE"

// traced runs the calling test once more, as a child under strace whose role it
// names, and returns the system calls.
func traced(t *testing.T, role, calls string) string {
	t.Helper()
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("no strace")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "strace")
	cmd := exec.CommandContext(t.Context(), strace, "-f", "-y", "-o", log, "-e", "trace="+calls, exe, "-test.run=^TestTracedRole$")
	cmd.Env = append(os.Environ(), straceEnv+"="+role)
	if out, err := cmd.CombinedOutput(); err != nil {
		if bytes.Contains(out, []byte("PTRACE")) {
			t.Skipf("kernel: nothing may be traced here: %s", out)
		}
		t.Fatalf("%v: %s", err, out)
	}
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return whole(string(trace))
}

// whole puts the halves of calls together that strace tore because another
// thread called in between.
func whole(trace string) string {
	begun := map[string]string{}
	var out strings.Builder
	for line := range strings.Lines(trace) {
		thread, call, _ := strings.Cut(line, " ")
		call = strings.TrimSpace(call)
		if start, torn := strings.CutSuffix(call, "<unfinished ...>"); torn {
			begun[thread] = strings.TrimRight(start, " ")
			continue
		}
		if _, rest, resumed := strings.Cut(call, " resumed>"); resumed && strings.HasPrefix(call, "<... ") {
			call = begun[thread] + rest
		}
		fmt.Fprintln(&out, call)
	}
	return out.String()
}

// TestTracedRole is what the traced children do.
func TestTracedRole(t *testing.T) {
	role := os.Getenv(straceEnv)
	if role == "" {
		return
	}
	const size = 8 << 20
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, os.O_RDWR, pattern(size))
	switch role {
	case "sync":
		if _, err := f.WriteAt(make([]byte, 64), page(300)+100); err != nil {
			t.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	case "immediate":
		f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncImmediate}, os.O_RDWR, pattern(size))
		if _, err := f.WriteAt(make([]byte, 64), page(300)+100); err != nil {
			t.Fatal(err)
		}
	case "to file":
		to, err := os.Create(filepath.Join(t.TempDir(), "to"))
		if err != nil {
			t.Fatal(err)
		}
		defer to.Close()
		copied(t, to, f, size)
		got, err := os.ReadFile(to.Name())
		if err != nil || !bytes.Equal(got, pattern(size)) {
			t.Fatalf("%d bytes arrived, %v", len(got), err)
		}
	case "from file":
		from, err := os.Open(osfs.ToNative(f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		defer from.Close()
		to := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, os.O_RDWR, nil)
		copied(t, to, from, size)
		if !bytes.Equal(to.Data(), pattern(size)) {
			t.Fatal("other bytes arrived")
		}
	case "to socket", "from socket":
		a, b := tcpPair(t)
		to := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever}, os.O_RDWR, nil)
		sent := make(chan error, 1)
		go func() {
			_, err := io.Copy(a, f)
			a.Close()
			sent <- err
		}()
		copied(t, to, b, size)
		if err := <-sent; err != nil || !bytes.Equal(to.Data(), pattern(size)) {
			t.Fatalf("other bytes arrived, %v", err)
		}
	}
}

func copied(t *testing.T, to io.Writer, from io.Reader, want int64) {
	t.Helper()
	if n, err := io.Copy(to, from); n != want || err != nil {
		t.Fatalf("copied %d bytes, %v", n, err)
	}
}

func tcpPair(t *testing.T) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}

func TestTheKernelCopiesWhereItCan(t *testing.T) {
	for role, call := range map[string]string{
		"to file":     `copy_file_range\(\d+<[^>]*/file>.*= [1-9]`,
		"from file":   `copy_file_range\(\d+<[^>]*/file>.*= [1-9]`,
		"to socket":   `sendfile(?:64)?\(\d+<(?:TCP|socket)[^>]*>, \d+<[^>]*/file>.*= [1-9]`,
		"from socket": `splice\(.*, \d+<[^>]*/file>.*= [1-9]`,
	} {
		t.Run(role, func(t *testing.T) {
			trace := traced(t, role, "/^(copy_file_range|sendfile(64)?|splice)$")
			if !regexp.MustCompile(call).MatchString(trace) {
				t.Fatalf("no %s in:\n%s", call, trace)
			}
		})
	}
}

func TestSyncAsksTheKernelForWhatIsDirty(t *testing.T) {
	trace := traced(t, "sync", "msync,fsync,fdatasync")
	if !regexp.MustCompile(`(?s)msync\(0x[0-9a-f]+, 4096, MS_SYNC\) += 0.*fsync\(\d+<[^>]*/file>\) += 0`).MatchString(trace) {
		t.Errorf("Sync after a write of 64 bytes:\n%s", trace)
	}
	trace = traced(t, "immediate", "msync,fsync,fdatasync")
	calls := regexp.MustCompile(`msync\(0x[0-9a-f]+000, (\d+), MS_SYNC\)`).FindAllStringSubmatch(trace, -1)
	if len(calls) != 1 || len(calls[0][1]) > 4 {
		t.Errorf("a write of 64 bytes under SyncImmediate:\n%s", trace)
	}
}
