package stream

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

// The kernel's means carry a stream of bytes; a record is an 8-byte length and
// its bytes, written with one call, so that it is on its way when the send
// returns. The reader reads through a buffer of 64 KiB: as many records per
// system call as there are.

const headerLen = 8

func (s Spec) socketPath() string { return os.TempDir() + "/" + s.Path + ".sock" }

// listen waits for the other side; dial tries until it is there.
func (s Spec) listen() (net.Conn, error) {
	network, address := "unix", s.socketPath()
	if s.System == TCP {
		network, address = "tcp", "127.0.0.1:0"
	}
	l, err := net.Listen(network, address)
	if err != nil {
		return nil, err
	}
	defer l.Close()
	if s.System == TCP {
		if err := os.WriteFile(s.socketPath()+".new", []byte(l.Addr().String()), 0o600); err != nil {
			return nil, err
		}
		if err := os.Rename(s.socketPath()+".new", s.socketPath()); err != nil {
			return nil, err
		}
	}
	return l.Accept()
}

func (s Spec) dial() (c net.Conn, err error) {
	for range 1000 {
		network, address := "unix", s.socketPath()
		err = nil
		if s.System == TCP {
			var data []byte
			data, err = os.ReadFile(s.socketPath())
			network, address = "tcp", string(data)
		}
		if err == nil {
			if c, err = net.Dial(network, address); err == nil {
				return c, nil
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, err
}

func (s Spec) writer() (io.Writer, error) {
	if s.System == Pipe {
		return os.NewFile(3, "pipe"), nil
	}
	return s.dial()
}

func (s Spec) reader() (io.Reader, error) {
	if s.System == Pipe {
		return os.NewFile(3, "pipe"), nil
	}
	return s.listen()
}

func (s Spec) produceKernel() error {
	w, err := s.writer()
	if err != nil {
		return err
	}
	rec, number := make([]byte, headerLen+s.Size), uint64(0)
	return s.pump(func(n int) error {
		for range n {
			stamp(rec, uint64(s.Size))
			stamp(rec[headerLen:], number)
			number++
			if _, err := w.Write(rec); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s Spec) consumeKernel() error {
	r, err := s.reader()
	if err != nil {
		return err
	}
	in := bufio.NewReaderSize(r, 64<<10)
	head, into, number := make([]byte, headerLen), make([]byte, s.Size), uint64(0)
	return s.drain(func(n int) error {
		for range n {
			if _, err := io.ReadFull(in, head); err != nil {
				return err
			}
			size := binary.LittleEndian.Uint64(head)
			if size != uint64(len(into)) {
				return fmt.Errorf("length %d, want %d", size, len(into))
			}
			if _, err := io.ReadFull(in, into); err != nil {
				return err
			}
			if got := binary.LittleEndian.Uint64(into); got != number {
				return wrong(got, number)
			}
			number++
		}
		return nil
	})
}

func (s Spec) produce() error {
	switch s.System {
	case RingSend, RingReserve, RingBatch:
		return s.produceRing()
	case Unix, Pipe, TCP:
		return s.produceKernel()
	case Shmipc:
		return s.produceShmipc()
	case MmapRing:
		return s.produceMmapRing()
	}
	return errors.New("unknown system " + s.System)
}

func (s Spec) consume() error {
	switch s.System {
	case RingSend, RingReserve, RingBatch:
		return s.consumeRing()
	case Unix, Pipe, TCP:
		return s.consumeKernel()
	case Shmipc:
		return s.consumeShmipc()
	case MmapRing:
		return s.consumeMmapRing()
	}
	return errors.New("unknown system " + s.System)
}
