package ring

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"testing"
	"testing/iotest"
)

func noise(n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{1}).Read(b)
	return b
}

// onlyReader and onlyWriter hide ReadFrom and WriteTo.
type onlyReader struct{ io.Reader }
type onlyWriter struct{ io.Writer }

func TestStreamArrivesWhole(t *testing.T) {
	want := noise(3*minCapacity + 1001)
	ctx := context.Background()
	for name, copyTo := range map[string]func(w io.Writer, r io.Reader) (int64, error){
		"in place":          func(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, onlyReader{r}) },
		"through a buffer":  func(w io.Writer, r io.Reader) (int64, error) { return io.Copy(onlyWriter{w}, onlyReader{r}) },
		"byte by byte":      func(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, iotest.OneByteReader(r)) },
		"error with data":   func(w io.Writer, r io.Reader) (int64, error) { return io.Copy(w, iotest.DataErrReader(r)) },
		"one write for all": func(w io.Writer, r io.Reader) (int64, error) { return bytes.NewReader(want).WriteTo(w) },
	} {
		t.Run(name, func(t *testing.T) {
			p, c := pair(t, minCapacity, Options{})
			w, r := NewWriter(ctx, p), NewReader(ctx, c)
			sent := make(chan error, 1)
			go func() {
				n, err := copyTo(w, bytes.NewReader(want))
				if n != int64(len(want)) {
					err = errors.Join(err, io.ErrShortWrite)
				}
				sent <- errors.Join(err, w.Close())
			}()
			var got bytes.Buffer
			n, err := r.WriteTo(&got)
			if err != nil || n != int64(len(want)) || !bytes.Equal(got.Bytes(), want) {
				t.Errorf("%d of %d bytes, equal %v, %v", n, len(want), bytes.Equal(got.Bytes(), want), err)
			}
			if err := <-sent; err != nil {
				t.Error(err)
			}
			if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("after the end: %d, %v", n, err)
			}
		})
	}
}

func TestReaderIsAReader(t *testing.T) {
	want := noise(minCapacity / 2)
	p, c := pair(t, minCapacity, Options{})
	ctx := context.Background()
	w := NewWriter(ctx, p)
	if n, err := w.Write(want); n != len(want) || err != nil {
		t.Fatal(n, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := iotest.TestReader(NewReader(ctx, c), want); err != nil {
		t.Error(err)
	}
}

func TestWriteTellsHowMuchWentInWhenNobodyReads(t *testing.T) {
	p, c := pair(t, minCapacity, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	w := NewWriter(ctx, p)
	want := noise(2 * minCapacity)
	type result struct {
		n   int
		err error
	}
	done := make(chan result)
	go func() {
		n, err := w.Write(want)
		done <- result{n, err}
	}()
	for p.Stats().Waits == 0 {
	}
	cancel()
	got := <-done
	if !errors.Is(got.err, context.Canceled) || got.n == 0 || got.n >= minCapacity {
		t.Fatalf("%d bytes, %v", got.n, got.err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(NewReader(context.Background(), c))
	if err != nil || !bytes.Equal(all, want[:got.n]) {
		t.Errorf("%d bytes arrived of %d that were sent, %v", len(all), got.n, err)
	}
}

func TestSourceWithoutProgressOrWithErrorLosesNothing(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		name   string
		source io.Reader
		err    error
	}{
		{"no progress", io.MultiReader(bytes.NewReader([]byte("abc")), stuck{}), io.ErrNoProgress},
		{"error", io.MultiReader(bytes.NewReader([]byte("abc")), iotest.ErrReader(os.ErrPermission)), os.ErrPermission},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, cons := pair(t, minCapacity, Options{})
			w := NewWriter(ctx, p)
			n, err := w.ReadFrom(c.source)
			if n != 3 || !errors.Is(err, c.err) {
				t.Fatalf("%d, %v", n, err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if all, err := io.ReadAll(NewReader(ctx, cons)); string(all) != "abc" || err != nil {
				t.Errorf("%q, %v", all, err)
			}
		})
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestRecordsKeepTheirBordersAndWaitForRoom(t *testing.T) {
	p, c := pair(t, minCapacity, Options{})
	ctx := context.Background()
	w, r := NewRecordWriter(ctx, p), NewRecordReader(ctx, c)
	for _, s := range []string{"one", "", "three"} {
		if n, err := w.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	if n, err := w.Write(make([]byte, minCapacity)); n != 0 || !errors.Is(err, ErrTooLarge) {
		t.Errorf("a record larger than the ring: %d, %v", n, err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(make([]byte, 2)); err != io.ErrShortBuffer {
		t.Errorf("short buffer: %v", err)
	}
	buf := make([]byte, 10)
	for _, s := range []string{"one", "", "three"} {
		if n, err := r.Read(buf); string(buf[:n]) != s || err != nil {
			t.Errorf("%q, %v, want %q", buf[:n], err, s)
		}
	}
	if _, err := r.Read(buf); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}
