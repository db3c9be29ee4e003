package memmapfs

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/absfs/osfs"
	"github.com/absfs/shmkit/internal/mmap"
	"go.uber.org/goleak"
)

// numbered makes records of 64 bytes that say which they are.
func numbered(writer, number int) []byte {
	rec := make([]byte, 64)
	for i := 0; i < len(rec); i += 16 {
		binary.LittleEndian.PutUint64(rec[i:], uint64(writer+1))
		binary.LittleEndian.PutUint64(rec[i+8:], uint64(number))
	}
	return rec
}

// told reads numbered records back: how many of each writer there are, which must
// be its first ones, in order.
func told(t *testing.T, content []byte, writers int) []int {
	t.Helper()
	next := make([]int, writers)
	for at := 0; at+64 <= len(content); at += 64 {
		writer := int(binary.LittleEndian.Uint64(content[at:])) - 1
		if writer < 0 || writer >= writers {
			t.Fatalf("no record at %d", at)
		}
		if got, want := string(content[at:at+64]), string(numbered(writer, next[writer])); got != want {
			t.Fatalf("at %d: torn, lost or twice: %x", at, got)
		}
		next[writer]++
	}
	return next
}

// Whoever writes ahead of the length takes no lock that Sync, Truncate and Close
// hold: what a Write confirmed is there all the same, once, and the length is exact.
func TestWritingAheadLosesNothingToSyncOrClose(t *testing.T) {
	const writers = 3
	for range 8 {
		f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 256 << 10}, os.O_RDWR, nil)
		var all sync.WaitGroup
		var sent [writers]int
		for w := range writers {
			all.Go(func() {
				for {
					n, err := f.Write(numbered(w, sent[w]))
					if errors.Is(err, fs.ErrClosed) {
						if n != 0 {
							t.Errorf("%d bytes of a closed file", n)
						}
						return
					}
					if n != 64 || err != nil {
						t.Errorf("%d, %v", n, err)
						return
					}
					sent[w]++
				}
			})
		}
		for range 20 {
			if err := f.Sync(); err != nil {
				t.Error(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		all.Wait()
		content, err := os.ReadFile(osfs.ToNative(f.Name()))
		if err != nil || len(content)%64 != 0 {
			t.Fatalf("%d bytes, %v", len(content), err)
		}
		got := told(t, content, writers)
		for w, n := range got {
			if n != sent[w] {
				t.Fatalf("writer %d: %d confirmed, %d there", w, sent[w], n)
			}
		}
	}
}

func TestTruncateBesideWritingAheadLeavesWholeRecords(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 128 << 10}, os.O_RDWR, nil)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 100_000 {
			if _, err := f.Write(numbered(0, i)); err != nil {
				t.Error(err)
				return
			}
		}
	}()
	for range 200 {
		if err := f.Truncate(0); err != nil {
			t.Fatal(err)
		}
	}
	<-done
	// The position went on: before what came after the last Truncate is a hole.
	size := f.Stats().Size
	if size%64 != 0 {
		t.Fatalf("%d bytes", size)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(osfs.ToNative(f.Name()))
	if err != nil || int64(len(content)) != size {
		t.Fatalf("%d bytes, want %d, %v", len(content), size, err)
	}
	for at := 0; at < len(content); at += 64 {
		number := int(binary.LittleEndian.Uint64(content[at+8:]))
		if rec := string(content[at : at+64]); rec != string(make([]byte, 64)) && (number*64 != at || rec != string(numbered(0, number))) {
			t.Fatalf("at %d: %x", at, rec)
		}
	}
}

// A mapping that the file outgrows is replaced, and writes stay free of system calls.
func TestRunningAheadGoesOnBehindTheRoomOfTheMapping(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: a mapping does not reach past the file's end here")
	}
	const ahead, chunk = 4 << 20, 1 << 20
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: ahead}, os.O_RDWR, nil)
	room := int64(len(f.whole.data))
	data := make([]byte, chunk)
	r := record(t)
	for f.size.Load() < room+16<<20 {
		data[0]++
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	size := f.size.Load()
	if f.size.ahead.Load() <= size-chunk || f.Stats().Remaps == 0 {
		t.Fatalf("%d bytes, %d on disk, mapped anew %d times", size, f.size.ahead.Load(), f.Stats().Remaps)
	}
	if n := int64(len(r.take(mmap.OpAllocate))); n > size/ahead+1 {
		t.Errorf("%d bytes ahead for each of %d times: %d bytes", int64(ahead), n, size)
	}
	for at, want := int64(0), byte(1); at < size; at, want = at+chunk, want+1 {
		var got [1]byte
		if _, err := f.ReadAt(got[:], at); err != nil || got[0] != want {
			t.Fatalf("at %d: %d, %v", at, got[0], err)
		}
	}
}

// A page that was flushed is dirty again with the next record in it.
func TestEachSyncFlushesWhatWasWrittenAheadSinceTheLast(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: what a file grows by is not mapped and flushed through the descriptor")
	}
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 4 << 20}, os.O_RDWR, nil)
	r := record(t)
	for i := range 200 {
		at := f.size.Load()
		if _, err := f.Write(numbered(0, i)); err != nil {
			t.Fatal(err)
		}
		if err := f.SyncRange(at, 64); err != nil {
			t.Fatal(err)
		}
		covered := false
		for _, c := range r.take(mmap.OpSync) {
			covered = covered || c.Off <= at && at+64 <= c.Off+c.Len
		}
		if !covered {
			t.Fatalf("record %d at %d was not flushed", i, at)
		}
	}
}

// What marks a page dirty without a word to the background sync must not keep writes
// there from being flushed.
func TestWritesAheadAreAnnouncedWhereverThePageIsMarked(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncPeriodic, SyncInterval: 10 * time.Millisecond, GrowAhead: 1 << 20}, os.O_RDWR, nil)
	if _, err := f.Write(numbered(0, 0)); err != nil {
		t.Fatal(err)
	}
	for f.sync.announced.Load() {
		time.Sleep(time.Millisecond)
	}
	f.dirty.add(0, 4096)
	if _, err := f.Write(numbered(0, 1)); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); f.dirty.has(64, 64); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 10*time.Second {
			t.Fatal("nothing flushes it")
		}
	}
}

// A page is marked after the file has become longer: a flush that knows the mark
// knows the length.
func TestAFlushDropsNoMarkOfAFileThatGrows(t *testing.T) {
	if !is64 || !mmap.Coherent {
		t.Skip("platform: what lies behind the mapping is flushed with the whole file here")
	}
	if !mmap.Coherent {
		t.Skip("platform: what a file grows by is not mapped and flushed through the descriptor")
	}
	for _, ahead := range []int64{0, 8 << 20} {
		f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: ahead}, os.O_RDWR, nil)
		var mu sync.Mutex
		flushed := map[int64]bool{}
		restore := mmap.SetHook(func(c mmap.Call) error {
			if c.Op == mmap.OpSync {
				mu.Lock()
				for at := c.Off &^ 4095; at < c.Off+c.Len; at += 4096 {
					flushed[at] = true
				}
				mu.Unlock()
			}
			return nil
		})
		stop := make(chan struct{})
		var flusher sync.WaitGroup
		flusher.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					_ = f.flushDirty()
				}
			}
		})
		const pages = 3000
		for range pages {
			if _, err := f.Write(make([]byte, 4096)); err != nil {
				t.Fatal(err)
			}
		}
		close(stop)
		flusher.Wait()
		restore()
		lost := 0
		for at := int64(0); at < pages*4096; at += 4096 {
			if !flushed[at] && !f.dirty.has(at, 4096) {
				lost++
			}
		}
		if lost > 0 {
			t.Errorf("ahead %d: %d of %d pages are neither flushed nor dirty", ahead, lost, pages)
		}
	}
}

// Another handle of the file system that sets the length ends what this one had ahead.
func TestALengthSetByAnotherHandleEndsTheRoomAhead(t *testing.T) {
	fsys, dir := newFS(t, &Config{Mode: ModeReadWrite, SyncMode: SyncLazy, GrowAhead: 1 << 20})
	a, err := fsys.OpenFile(dir+"/file", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	b, err := fsys.OpenFile(dir+"/file", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Write(make([]byte, 300)); err != nil {
		t.Fatal(err)
	}
	if err := b.Truncate(100); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Seek(100, 0); err != nil {
		t.Fatal(err)
	}
	if n, err := a.Write(numbered(0, 0)); n != 64 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	if err := errors.Join(a.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(osfs.ToNative(dir + "/file"))
	if err != nil || len(content) != 164 || string(content[100:]) != string(numbered(0, 0)) {
		t.Fatalf("%d bytes, %v", len(content), err)
	}
}

// However far ahead the length is, a write brings in a bounded piece.
func TestALargeStepIsFaultedInBitByBit(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: a mapping does not reach past the file's end here")
	}
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 128 << 20}, os.O_RDWR, nil)
	r := record(t)
	for range 5 {
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	most := int64(0)
	for _, c := range r.take(mmap.OpPopulate) {
		most = max(most, c.Len)
	}
	if most > pieceFilled+2<<20 {
		t.Fatalf("%d bytes faulted in for a write of 1 MiB", most)
	}
}

// A writer waits for a piece; what it will need next is faulted in behind it, so far
// and no further, and nothing of that is left at Close.
func TestPagesAheadAreFaultedInBehindTheWriter(t *testing.T) {
	if !mmap.Coherent {
		t.Skip("platform: a mapping does not reach past the file's end here")
	}
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 64 << 20}, os.O_RDWR, nil)
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	idle := func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return !f.filling
	}
	for begun := time.Now(); !idle(); time.Sleep(time.Millisecond) {
		if time.Since(begun) > 20*time.Second {
			t.Fatal("it does not end")
		}
	}
	if n := f.size.filled.Load(); n < mostFilled || n > mostFilled+2*pieceFilled {
		t.Errorf("%d bytes are filled, want about %d", n, mostFilled)
	}
	for i := range 40 { // Close, Truncate and others come in between
		if _, err := f.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if i%10 == 9 {
			if err := f.Truncate(int64(i) << 10); err != nil {
				t.Fatal(err)
			}
			if _, err := f.Seek(0, io.SeekEnd); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// The length a handle tells is never the one ahead, whatever it does meanwhile.
func TestStatTellsNoLengthAhead(t *testing.T) {
	f := mappedFile(t, &Config{Mode: ModeReadWrite, SyncMode: SyncNever, GrowAhead: 1 << 20}, os.O_RDWR, nil)
	const records = 2000
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range records {
			if _, err := f.Write(numbered(0, i)); err != nil {
				t.Error(err)
			}
			if i%3 == 0 {
				if err := f.settle(); err != nil {
					t.Error(err)
				}
			}
		}
	}()
	for {
		info, err := f.Stat()
		if err != nil || info.Size() > records*64 {
			t.Fatalf("%d bytes, %v", info.Size(), err)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
