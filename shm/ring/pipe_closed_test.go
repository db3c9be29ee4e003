package ring

import (
	"errors"
	"net"
	"testing"
	"time"
)

// Close is the last word, also after one direction was closed or ran out of time.
func TestAClosedPipeSaysSoWhateverCameBefore(t *testing.T) {
	for name, before := range map[string]func(*testing.T, net.Conn) error{
		"nothing":    func(*testing.T, net.Conn) error { return nil },
		"CloseRead":  func(_ *testing.T, c net.Conn) error { return c.(interface{ CloseRead() error }).CloseRead() },
		"CloseWrite": func(_ *testing.T, c net.Conn) error { return c.(interface{ CloseWrite() error }).CloseWrite() },
		"a deadline": func(_ *testing.T, c net.Conn) error { return c.SetDeadline(time.Now()) },
	} {
		t.Run(name, func(t *testing.T) {
			c, _, _ := piped(t, Options{})
			if err := errors.Join(before(t, c), c.Close()); err != nil {
				t.Fatal(err)
			}
			_, rerr := c.Read(make([]byte, 1))
			_, werr := c.Write([]byte("x"))
			for what, err := range map[string]error{
				"Read": rerr, "Write": werr, "Close": c.Close(), "SetDeadline": c.SetDeadline(time.Time{}),
				"SetReadDeadline": c.SetReadDeadline(time.Time{}), "SetWriteDeadline": c.SetWriteDeadline(time.Time{}),
			} {
				if !errors.Is(err, net.ErrClosed) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}
