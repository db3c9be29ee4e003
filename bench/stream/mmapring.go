package stream

import (
	"encoding/binary"
	"os"
	"runtime"
	"time"

	ringbuffer "github.com/EBWi11/mmap_ringbuffer"
)

// spins is how often a side of a library that only polls tries again before it
// yields.
const spins = 1024

func (s Spec) mmapRingPath() string { return "/dev/shm/" + s.Path + ".mmapring" }

// The consumer makes the file under another name first: a producer that opens
// it half made would start to write before it is cleared.
func (s Spec) produceMmapRing() error {
	for i := 0; ; i++ {
		if _, err := os.Stat(s.mmapRingPath()); err == nil {
			break
		} else if i == 1000 {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	rb, err := ringbuffer.OpenRingBuffer(s.mmapRingPath())
	if err != nil {
		return err
	}
	rec, number := make([]byte, s.Size), uint64(0)
	return s.pump(func(n int) error {
		for range n {
			stamp(rec, number)
			number++
			for turn := 1; ; turn++ {
				_, err := rb.WriteMsg(rec)
				if err == nil {
					break
				}
				if err != ringbuffer.ErrBufferFull {
					return err
				}
				if turn%spins == 0 {
					runtime.Gosched()
				}
			}
		}
		return nil
	})
}

func (s Spec) consumeMmapRing() error {
	// A capacity that records divide evenly keeps it off the wrap it gets wrong.
	records := int(s.Capacity) / (s.Size + 4)
	rb, err := ringbuffer.NewRingBuffer(s.mmapRingPath()+".new", 8+records*(s.Size+4), true)
	if err != nil {
		return err
	}
	if err := os.Rename(s.mmapRingPath()+".new", s.mmapRingPath()); err != nil {
		return err
	}
	into, number := make([]byte, s.Size), uint64(0)
	return s.drain(func(n int) error {
		for range n {
			var rec []byte
			for turn := 1; ; turn++ {
				var err error
				if rec, err = rb.ReadMsg(); err == nil {
					break
				}
				if err != ringbuffer.ErrBufferEmpty {
					return err
				}
				if turn%spins == 0 {
					runtime.Gosched()
				}
			}
			copy(into, rec)
			if got := binary.LittleEndian.Uint64(into); got != number {
				return wrong(got, number)
			}
			number++
		}
		return nil
	})
}
