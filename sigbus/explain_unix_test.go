//go:build unix

package sigbus

import (
	"errors"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

func TestExplainFindsTheFaultBehindABadAddress(t *testing.T) {
	data := faulty(t, 4, 2)
	defer Register(data, "the file", 0)()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	_, err = w.Write(data[len(data)/2:])
	if !errors.Is(err, unix.EFAULT) {
		t.Fatalf("the kernel read what is not there: %v", err)
	}
	var fault *FaultError
	if !errors.As(Explain(err, data), &fault) || fault.Name != "the file" || fault.Offset < int64(len(data)/2) {
		t.Errorf("explained as %v", Explain(err, data))
	}
	last := data[:len(data)/2+1]
	if !errors.Is(Explain(err, last), ErrFault) {
		t.Error("the last byte was not tried")
	}
	for _, b := range [][]byte{nil, data[:len(data)/2]} {
		if got := Explain(err, b); got != err {
			t.Errorf("without a fault in %d bytes: %v", len(b), got)
		}
	}
	if got := Explain(os.ErrClosed, data); got != os.ErrClosed {
		t.Errorf("another error became %v", got)
	}
	if Explain(nil, data) != nil {
		t.Error("an error out of nothing")
	}
}
