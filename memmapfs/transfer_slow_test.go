package memmapfs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/sysx"
)

// sources say what is written to w, and are silent otherwise.
var sources = map[string]func(t *testing.T) (r io.Reader, w io.WriteCloser){
	"socket": func(t *testing.T) (io.Reader, io.WriteCloser) { a, b := tcpConns(t); return b, a },
	"pipe":   func(t *testing.T) (io.Reader, io.WriteCloser) { return osPipe(t) },
	"reader": func(*testing.T) (io.Reader, io.WriteCloser) { return io.Pipe() },
}

func osPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return r, w
}

// eachSource runs a test for handles and sources of every kind, while a copy from r
// to the end of f waits after so many bytes.
func eachSource(t *testing.T, test func(t *testing.T, f *MappedFile, w io.WriteCloser, burst int, got <-chan copying)) {
	for _, burst := range []int{0, 300_001} {
		for name, source := range sources {
			done := t.Run(fmt.Sprintf("%s silent after %d", name, burst), func(t *testing.T) {
				eachTransfer(t, pattern(1000), func(t *testing.T, f *MappedFile) {
					if _, err := f.Seek(0, io.SeekEnd); err != nil {
						t.Fatal(err)
					}
					r, w := source(t)
					got := copyLater(f, r)
					within(t, "a peer", func() {
						if _, err := w.Write(pattern(burst)); err != nil {
							t.Error(err)
						}
					})
					eventually(t, "the burst is there", func() bool { return sizeOf(t, f) == int64(1000+burst) })
					time.Sleep(10 * time.Millisecond) // for the copy to begin, or to wait again
					test(t, f, w, burst, got)
				})
			})
			if !done {
				return
			}
		}
	}
}

func tcpConns(t *testing.T) (a, b net.Conn) {
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

// others are done with f while a copy waits. None waits for it.
func others(t *testing.T, f *MappedFile) {
	t.Helper()
	for name, do := range map[string]func() error{
		"Truncate": func() error { return f.Truncate(sizeOf(t, f)) },
		"WriteAt": func() error {
			if f.access.append {
				_, err := f.Write([]byte("x"))
				return err
			}
			_, err := f.WriteAt([]byte("x"), 5)
			return err
		},
		"ReadAt":   func() error { _, err := f.ReadAt(make([]byte, 3), 0); return err },
		"Sync":     f.Sync,
		"ReadFrom": func() error { _, err := f.ReadFrom(bytes.NewReader(nil)); return err },
	} {
		within(t, name, func() {
			if err := do(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
}

func TestNobodyWaitsForASlowSource(t *testing.T) {
	eachSource(t, func(t *testing.T, f *MappedFile, w io.WriteCloser, burst int, got <-chan copying) {
		others(t, f)
		within(t, "the copy", func() {
			w.Close()
			if got := <-got; got.n != int64(burst) || got.err != nil {
				t.Errorf("copied %d, %v", got.n, got.err)
			}
		})
		b := make([]byte, burst)
		if _, err := f.ReadAt(b, 1000); err != nil || !bytes.Equal(b, pattern(burst)) {
			t.Errorf("other bytes arrived, %v", err)
		}
	})
}

func TestNothingIsWrittenAfterClose(t *testing.T) {
	eachSource(t, func(t *testing.T, f *MappedFile, w io.WriteCloser, _ int, got <-chan copying) {
		closing(t, f)
		native := osfs.ToNative(f.Name())
		before, err := os.ReadFile(native)
		if err != nil {
			t.Fatal(err)
		}
		go func() { _, _ = w.Write(pattern(10)) }()
		within(t, "the copy", func() {
			if got := <-got; !errors.Is(got.err, fs.ErrClosed) {
				t.Errorf("copied %d, %v", got.n, got.err)
			}
		})
		if after, err := os.ReadFile(native); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%d bytes became %d, %v", len(before), len(after), err)
		}
	})
}

func TestNobodyWaitsForASlowSink(t *testing.T) {
	const size = 32 << 20 // more than the buffers of a socket hold
	sinks := map[string]func(t *testing.T) (w io.WriteCloser, r io.Reader){
		"socket": func(t *testing.T) (io.WriteCloser, io.Reader) { a, b := tcpConns(t); return a, b },
		"reader from": func(t *testing.T) (io.WriteCloser, io.Reader) {
			a, b := tcpConns(t)
			return struct {
				io.WriteCloser
				io.ReaderFrom
			}{a, a.(io.ReaderFrom)}, b
		},
		"pipe": func(t *testing.T) (io.WriteCloser, io.Reader) { r, w := osPipe(t); return w, r },
	}
	for name, sink := range sinks {
		t.Run(name, func(t *testing.T) {
			eachTransfer(t, nil, func(t *testing.T, f *MappedFile) {
				if err := f.Truncate(size); errors.Is(err, sysx.EFBIG) {
					t.Skipf("platform: no image becomes that long: %v", err)
				} else if err != nil {
					t.Fatal(err)
				}
				if _, err := f.Seek(0, io.SeekStart); err != nil {
					t.Fatal(err)
				}
				w, r := sink(t)
				got := copyLater(w, f)
				begun := make(chan error, 1)
				go func() {
					_, err := r.Read(make([]byte, 1))
					begun <- err
				}()
				select {
				case err := <-begun:
					if err != nil {
						t.Fatal(err)
					}
				case end := <-got: // with nothing copied: whoever opened it for that is not let
					_ = w.Close()
					if end.n != 0 || runtime.GOOS != "windows" {
						t.Fatalf("copied %d, %v", end.n, end.err)
					}
					t.Skipf("platform: nothing is copied from such a handle: %v", end.err)
				}
				time.Sleep(20 * time.Millisecond)
				others(t, f)
				closing(t, f)
				drained := make(chan struct{})
				go func() {
					defer close(drained)
					_, _ = io.Copy(io.Discard, r)
				}()
				defer func() { // a read of a pipe keeps Windows from closing it
					_ = w.Close()
					<-drained
				}()
				within(t, "the copy", func() {
					if got := <-got; got.err != nil && !errors.Is(got.err, fs.ErrClosed) {
						t.Errorf("copied %d, %v", got.n, got.err)
					}
				})
			})
		})
	}
}

func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// What a peer has sent is counted, though it does not go on.
func TestWhatASlowSourceSentIsCounted(t *testing.T) {
	for _, burst := range []int64{1, spliceLeast, 2*spliceLeast - 1, 300_001, 3 << 20} {
		f := transferFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy}, os.O_RDWR, nil)
		a, b := tcpConns(t)
		got := copyLater(f, b)
		within(t, "a peer", func() {
			if _, err := a.Write(pattern(int(burst))); err != nil {
				t.Error(err)
			}
		})
		eventually(t, "the handle knows its length", func() bool { return f.Stats().Size == burst })
		eventually(t, "the position is behind it", func() bool {
			at, err := f.Seek(0, io.SeekCurrent)
			return at == burst && err == nil
		})
		within(t, "the copy", func() {
			a.Close()
			if got := <-got; got.n != burst || got.err != nil {
				t.Errorf("copied %d of %d, %v", got.n, burst, got.err)
			}
		})
		closing(t, f)
	}
}
