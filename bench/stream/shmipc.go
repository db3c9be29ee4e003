package stream

import (
	"encoding/binary"
	"io"
	"net"
	"time"

	shmipc "github.com/cloudwego/shmipc-go"
)

// shmipc is used as its own benchmarks use it (queue, memory and slices sized
// for the records, memfd), with one addition: it sends through the socket for
// good once its memory ran out, so the receiver acknowledges every credit
// records and the sender keeps at most twice as many under way.
const credit = 4096

func (s Spec) shmipcConfig() *shmipc.Config {
	shmipc.SetLogLevel(5)
	c := shmipc.DefaultConfig()
	c.QueueCap = 65535
	c.ConnectionWriteTimeout = time.Second
	c.ShareMemoryBufferCap = 256 << 20
	c.MemMapType = shmipc.MemMapTypeMemFd
	c.LogOutput = io.Discard
	c.BufferSliceSizes = []*shmipc.SizePercentPair{
		{Size: uint32(s.Size) + 256, Percent: 70}, {Size: 16 << 10, Percent: 20}, {Size: 64 << 10, Percent: 10},
	}
	c.ShareMemoryPathPrefix = "/dev/shm/" + s.Path
	c.QueuePath = c.ShareMemoryPathPrefix + "_queue"
	return c
}

// credits is how many records may be under way before an acknowledgement.
func (s Spec) credits() uint64 {
	return min(credit, uint64(64<<20/(s.Size+256)))
}

func (s Spec) produceShmipc() error {
	sc := shmipc.DefaultSessionManagerConfig()
	sc.Config = s.shmipcConfig()
	sc.Network, sc.Address, sc.SessionNum = "unix", s.socketPath(), 1
	conn, err := s.dial() // wait until the other side listens
	if err != nil {
		return err
	}
	conn.Close()
	m, err := shmipc.NewSessionManager(sc)
	if err != nil {
		return err
	}
	stream, err := m.GetStream()
	if err != nil {
		return err
	}
	rec, number, acked, batch := make([]byte, s.Size), uint64(0), uint64(0), s.credits()
	return s.pump(func(n int) error {
		for range n {
			stamp(rec, number)
			if _, err := stream.BufferWriter().WriteBytes(rec); err != nil {
				return err
			}
			if err := stream.Flush(false); err != nil {
				return err
			}
			if number++; number-acked == 2*batch {
				if _, err := stream.BufferReader().ReadBytes(headerLen); err != nil {
					return err
				}
				stream.BufferReader().ReleasePreviousRead()
				acked += batch
			}
		}
		return nil
	})
}

func (s Spec) consumeShmipc() error {
	l, err := net.Listen("unix", s.socketPath())
	if err != nil {
		return err
	}
	probe, err := l.Accept()
	if err != nil {
		return err
	}
	probe.Close()
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	session, err := shmipc.Server(conn, s.shmipcConfig())
	if err != nil {
		return err
	}
	stream, err := session.AcceptStream()
	if err != nil {
		return err
	}
	into, ack, number, batch := make([]byte, s.Size), make([]byte, headerLen), uint64(0), s.credits()
	return s.drain(func(n int) error {
		for range n {
			rec, err := stream.BufferReader().ReadBytes(s.Size)
			if err != nil {
				return err
			}
			copy(into, rec)
			if got := binary.LittleEndian.Uint64(into); got != number {
				return wrong(got, number)
			}
			stream.BufferReader().ReleasePreviousRead()
			if number++; number%batch == 0 {
				if _, err := stream.BufferWriter().WriteBytes(ack); err != nil {
					return err
				}
				if err := stream.Flush(false); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
