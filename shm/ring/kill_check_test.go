//go:build shmcheck

package ring

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/absfs/shmkit/internal/cpu"
	"github.com/absfs/shmkit/internal/futex"
	"github.com/absfs/shmkit/shm/region"
)

// killer takes every step as the shipped code does, and kills this process
// before one of them. Once armed it counts: each store on shared memory, the
// middle of a copy, each wake-up and each sleep.
type killer struct {
	direct
	mem    []byte
	armed  bool
	at     int // the step not to be taken, from 1; 0 is never
	taken  int
	asked  bool   // the request was bumped: repetitions depend on time
	asleep func() // called instead of sleeping, when armed
}

// step is called before what is not to happen.
func (k *killer) step(name string) {
	if !k.armed {
		return
	}
	if k.taken++; k.taken != k.at {
		return
	}
	fmt.Println("killed " + name)
	self, err := os.FindProcess(os.Getpid())
	if err == nil {
		err = self.Kill()
	}
	if err != nil {
		fmt.Println("failed", err)
		os.Exit(1)
	}
	select {} // until it arrives
}

var pageWords = map[int]string{
	offPosition: "position", offWake: "wake", offPark: "park", offState: "state", offLastError: "last error", offRecords: "records",
	offBytes: "bytes", offOldest: "oldest", offLost: "lost", offHeard: "heard", offWaits: "waits", offWakeUps: "wake-ups", offHighWater: "high water", offActive: "active", offRung: "rung",
}

// word names a shared word.
func (k *killer) word(w unsafe.Pointer) string {
	at := int(uintptr(w) - uintptr(unsafe.Pointer(unsafe.SliceData(k.mem))))
	switch page := at / 4096 * 4096; {
	case page == requestPage:
		return "request"
	case page != producerPage && page != consumerPage:
		return "word"
	case at%4096 >= offLatency && at%4096 < offLatency+8*latencies:
		return "latency"
	default:
		name := pageWords[at%4096]
		if name == "position" {
			name = map[int]string{producerPage: "tail", consumerPage: "head"}[page]
		}
		return name
	}
}

func (k *killer) store64(w *uint64, v uint64) {
	k.step(k.word(unsafe.Pointer(w)))
	atomic.StoreUint64(w, v)
}

func (k *killer) publish64(w *uint64, v uint64) { k.store64(w, v) }
func (k *killer) count64(w *uint64, v uint64)   { k.store64(w, v) }
func (k *killer) plain64(w *uint64, v uint64)   { k.store64(w, v) }
func (k *killer) fenced64(w *uint64, v uint64)  { k.store64(w, v) }

func (k *killer) fenced32(w *uint32, v uint32) {
	if name := k.word(unsafe.Pointer(w)); name != "request" || !k.asked {
		k.asked = k.asked || k.armed && name == "request"
		k.step(name)
	}
	atomic.StoreUint32(w, v)
}

func (k *killer) fill(dst, src []byte) {
	k.step("bytes of the record")
	half := len(src) / 2
	copy(dst, src[:half])
	k.step("half of them")
	copy(dst[half:], src[half:])
}

func (k *killer) fillWords(shared, src []byte) { k.fill(shared, src) }

func (k *killer) wakeAll(w *uint32) {
	k.step("futex wake")
	futex.Wake(w, futex.All)
}

func (k *killer) sleepOn(w *uint32, old uint32) {
	k.step("sleep")
	if k.armed && k.asleep != nil {
		k.asleep()
		return
	}
	_ = futex.Wait(context.Background(), w, old, blind)
}

func (k *killer) fenceOthers() bool { return cpu.FenceAll() || !futex.Supported() }

// victim is what an operation of the matrix works with, in the child.
type victim struct {
	killer *killer
	r      *region.Region
	o      *Options
	p      *Producer
	c      *Consumer
	ctx    context.Context
	cancel context.CancelFunc
}

func init() { roles["killed"] = beKilled }

// beKilled runs one operation and is killed at one of its steps: the environment
// says which. It prints how far it came.
func beKilled(o *Options) error {
	name, step, _ := strings.Cut(os.Getenv(killEnv), "/")
	at, err := strconv.Atoi(step)
	if err != nil {
		return err
	}
	r, err := region.Open("r", (&Options{Dir: o.Dir}).region())
	if err != nil {
		return err
	}
	v := &victim{killer: &killer{mem: r.Bytes(), at: at}, r: r, o: o}
	v.ctx, v.cancel = context.WithTimeout(context.Background(), 20*time.Second)
	v.killer.asleep = v.cancel
	checker = v.killer
	ops := killed
	for _, op := range floods {
		ops = append(ops, op.killedOp)
	}
	for _, op := range ops {
		if op.name == name {
			err := op.run(v)
			v.killer.armed = false
			fmt.Println("ended")
			return err
		}
	}
	return fmt.Errorf("no operation %q", name)
}

const killEnv = "SHMKIT_RING_KILL"

func (v *victim) produce() (err error) { v.p, err = NewProducer(v.r, v.o); return err }
func (v *victim) consume() (err error) { v.c, err = NewConsumer(v.r, v.o); return err }

// arm begins what is counted.
func (v *victim) arm() { v.killer.armed = true }
