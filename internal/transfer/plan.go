package transfer

import (
	"context"
	"fmt"

	"github.com/absfs/absfs"
	"github.com/absfs/shmkit/memmapfs"
)

// Readable reports the first source that cannot be opened, before anything is
// made for the transfer.
func Readable(fsys absfs.FileSystem, sources []Source) error {
	for _, s := range sources {
		info, err := fsys.Stat(s.Name)
		if err != nil {
			return err
		}
		if !info.IsDir() && !info.Mode().IsRegular() {
			return fmt.Errorf("%s is neither a file nor a folder", s.Name)
		}
		f, err := fsys.Open(s.Name)
		if err != nil {
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Plan counts what the sources hold and tells the consumer, beside the transfer.
// stop ends it and waits.
func (s *Session) Plan(ctx context.Context, fsys *memmapfs.MemMapFS, sources []Source) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		var files, bytes uint64
		for e := range Walk(fsys, sources) {
			if ctx.Err() != nil {
				return
			}
			if e.Kind == File {
				files++
				bytes += uint64(e.Size)
			}
		}
		// A plan that cannot be told is missed by a progress bar only.
		_ = s.j.plan(files, bytes)
	}()
	return func() { cancel(); <-done }
}
