// Package stream measures how fast one process hands records to another: the
// ring in its three ways of sending, the kernel's means, and rival libraries.
// Each side is a process of its own, the measuring program executed again in a
// role. The producer stamps the number of the record into its first 8 bytes,
// the consumer copies every byte into a buffer of its own and checks the number.
package stream

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"
)

// The systems that are measured. The ring's consumer calls Next; RingReceive is
// Send with Receive on the other side.
const (
	RingSend    = "ring Send"
	RingReserve = "ring Reserve/Commit"
	RingBatch   = "ring SendBatch"
	Unix        = "unix socket"
	Pipe        = "pipe"
	TCP         = "TCP loopback"
	Shmipc      = "shmipc-go"
	MmapRing    = "mmap_ringbuffer"
	CLimit      = "C limit"
	CBatch      = "C limit, batched"
)

// Systems lists the measured systems that run in Go.
var Systems = []string{RingSend, RingReserve, RingBatch, Unix, Pipe, TCP, Shmipc, MmapRing}

// Spec is what a child process is told, as JSON in the role's argument.
type Spec struct {
	Role     string        `json:"role"`
	System   string        `json:"system"`
	Size     int           `json:"size"`
	Capacity int64         `json:"capacity"`
	Path     string        `json:"path"` // a name of this run's own, without a file behind it yet
	CPU      int           `json:"cpu"`
	Warm     time.Duration `json:"warm"`
	Segment  time.Duration `json:"segment"`
	Segments int           `json:"segments"`
	Pause    time.Duration `json:"pause,omitempty"` // of idle round trips
	Wait     int           `json:"wait,omitempty"`  // ring.WaitStrategy
}

// Out is what a child says when it is done.
type Out struct {
	Segments  []float64          `json:"segments,omitempty"` // ns per operation
	Allocs    float64            `json:"allocs"`             // per operation, of this process
	Quantiles map[string]float64 `json:"quantiles,omitempty"`
	CPU       float64            `json:"cpu,omitempty"` // share of a core, idle pairs
	Err       string             `json:"err,omitempty"`
}

// Roles of the children.
const (
	Produce = "produce"
	Consume = "consume"
	Ping    = "ping"
	Echo    = "echo"

	IdleProducer = "idle producer"
	IdleConsumer = "idle consumer"
)

// Main runs the role that arg describes and prints its Out.
func Main(arg string) error {
	var s Spec
	if err := json.Unmarshal([]byte(arg), &s); err != nil {
		return err
	}
	if err := pin(s.CPU); err != nil {
		return err
	}
	var err error
	switch s.Role {
	case Produce:
		err = s.produce()
	case Consume:
		err = s.consume()
	case Ping:
		err = s.ping()
	case Echo:
		err = s.echo()
	case IdleProducer, IdleConsumer:
		err = s.idle()
	default:
		err = fmt.Errorf("role %q", s.Role)
	}
	if err != nil {
		return errors.Join(err, say(Out{Err: err.Error()}))
	}
	return nil
}

func say(o Out) error { return json.NewEncoder(os.Stdout).Encode(o) }
