package transfer

import "sync/atomic"

// A Watcher follows a transfer. Its zero value watches nothing.
type Watcher struct {
	Count   *Counters
	Problem func(path string, why error, again bool) // a file could not be sent as it was
}

// Counters are what a transfer has done so far; they may be read at any time.
type Counters struct {
	Files, Bytes, Failed, Skipped atomic.Int64
}

// progress publishes the sums and the bytes of the file under way.
func (w *Watcher) progress(s *Sum, partial uint64) {
	if w.Count == nil {
		return
	}
	w.Count.Files.Store(int64(s.Files))
	w.Count.Bytes.Store(int64(s.Bytes + partial))
	w.Count.Failed.Store(int64(s.Failed))
}

func (w *Watcher) skipped(Entry) {
	if w.Count != nil {
		w.Count.Skipped.Add(1)
	}
}

func (w *Watcher) aborted(path string, why error, again bool) {
	if w.Problem != nil {
		w.Problem(path, why, again)
	}
}
