package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/absfs/shmkit/internal/demo"
	"github.com/absfs/shmkit/shm"
	"github.com/absfs/shmkit/shm/region"
	"github.com/absfs/shmkit/shm/ring"
	"github.com/spf13/cobra"
)

// A recording is a ring in an ordinary file whose producer overwrites the oldest
// records: whatever happens to the recorder, what it has recorded is there. Its
// records are those of the recorded ring, each behind 16 bytes: when it was seen
// (Unix time in nanoseconds) and how many bytes of the ring were missed before
// it, little-endian.
const stampBytes = 16

// recording marks files that hold recordings.
var recording = region.Schema([]byte("shmctl flight recording format 1"))

// errNotRecording says that a file holds something else.
var errNotRecording = errors.New("not a recording of shmctl record")

// recordingAt says how a recording's file is opened as a ring.
func recordingAt(file string) (name string, o *ring.Options) {
	return filepath.Base(file), &ring.Options{Dir: filepath.Dir(file), Schema: recording}
}

// moved is what record, replay and send tell at their end.
type moved struct {
	Records uint64  `json:"records"`
	Bytes   uint64  `json:"bytes"`
	Missed  uint64  `json:"missed_bytes,omitempty"`
	Seconds float64 `json:"seconds"`
}

// tell writes m: as JSON to standard output, or for people to standard error,
// where it is in nobody's way.
func (a *app) tell(c *cobra.Command, what string, m moved, start time.Time) error {
	m.Seconds = time.Since(start).Seconds()
	if a.output == "json" {
		return a.show(c, m, nil)
	}
	text := fmt.Sprintf("%s %d records, %s", what, m.Records, demo.Bytes(int64(m.Bytes)))
	if m.Missed > 0 {
		text += fmt.Sprintf("; missed %s of the ring", demo.Bytes(int64(m.Missed)))
	}
	_, err := fmt.Fprintln(c.ErrOrStderr(), text)
	return err
}

func (a *app) record() *cobra.Command {
	keep := demo.Size(64 << 20)
	every := time.Millisecond
	c := &cobra.Command{
		Use: "record NAME FILE", Short: "keep the last of a ring's records in a file", Args: a.names(2, "NAME and FILE"), ValidArgsFunction: a.completeThenFile,
		Long: `record is a flight recorder: it reads along a ring, without a seat and without
slowing it down, and keeps the last records with their times in FILE, until the
producer closes, the ring is removed, or Ctrl-C. replay plays them back.

FILE is whole at every moment: it can be replayed while record runs and after it
was killed. A FILE that is a recording is continued, anything else is left alone.

What a quick consumer gives back before record came by is missed, and how much
is told at the end. --every 0 looks without a pause and burns a processor. A ring
made with create --overwrite keeps its records for readers like this one,
whatever its consumer does.`,
		Example: "  shmctl record orders last.rec --keep 16MiB\n  shmctl replay last.rec",
		RunE: func(c *cobra.Command, args []string) error {
			if every < 0 || every > time.Minute {
				return fmt.Errorf("%w: --every is between 0 and 1m", errUsage)
			}
			start := time.Now()
			m, err := a.keep(c.Context(), args[0], args[1], int64(keep), every)
			if err != nil && m.Records == 0 {
				return err
			}
			return errors.Join(err, a.tell(c, "recorded", m, start))
		},
	}
	c.Flags().Var(sizeFlag{&keep}, "keep", "bytes of a new FILE; rounded up to a power of two and to twice the ring")
	c.Flags().DurationVar(&every, "every", every, "how often to look when nothing comes")
	return c
}

// keep records until the ring ends or ctx does.
func (a *app) keep(ctx context.Context, name, file string, size int64, every time.Duration) (m moved, err error) {
	info, err := ring.Inspect(name, a.ring())
	if err != nil {
		return m, err
	}
	to, o := recordingAt(file)
	// Twice the ring holds its largest record and the stamp.
	o.Create, o.Full, o.Capacity = true, ring.FullOverwrite, max(size, 2*info.Capacity)
	p, err := ring.OpenProducer(to, o)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	f := follower{name, a.ring(), every, true}
	rest, err := f.run(ctx, func(rec []byte, missed uint64) error {
		slot, err := p.Reserve(ctx, stampBytes+len(rec))
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		binary.LittleEndian.PutUint64(slot, uint64(time.Now().UnixNano()))
		binary.LittleEndian.PutUint64(slot[8:], missed)
		copy(slot[stampBytes:], rec)
		m.Records, m.Bytes, m.Missed = m.Records+1, m.Bytes+uint64(len(rec)), m.Missed+missed
		return p.Commit(len(slot))
	})
	m.Missed += rest
	return m, err
}

// play calls each with the records of a recording and their times, oldest first.
func play(ctx context.Context, file string, each func(at time.Time, rec []byte) error) error {
	name, o := recordingAt(file)
	i, err := shm.Stat(name, &shm.Options{Dir: o.Dir})
	if err != nil {
		return err
	}
	if i.Kind != ring.Kind || i.Schema != recording {
		return &fs.PathError{Op: "replay", Path: file, Err: errNotRecording}
	}
	f := follower{name: name, opts: o}
	_, err = f.run(ctx, func(rec []byte, _ uint64) error {
		if len(rec) < stampBytes {
			return &fs.PathError{Op: "replay", Path: file, Err: io.ErrUnexpectedEOF}
		}
		return each(time.Unix(0, int64(binary.LittleEndian.Uint64(rec))), rec[stampBytes:])
	})
	return errors.Join(err, ctx.Err())
}
