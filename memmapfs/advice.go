package memmapfs

import "github.com/absfs/shmkit/internal/mmap"

// Advice tells the kernel how mapped memory will be used. It never changes what
// the file holds.
type Advice int

// Advice that a platform does not know is refused with errors.ErrUnsupported.
const (
	AdviceNormal      = Advice(mmap.Normal)
	AdviceRandom      = Advice(mmap.Random)      // no read-ahead
	AdviceSequential  = Advice(mmap.Sequential)  // much read-ahead
	AdviceWillNeed    = Advice(mmap.WillNeed)    // start reading
	AdviceDontNeed    = Advice(mmap.DontNeed)    // give the pages back; they are read again when touched
	AdviceCold        = Advice(mmap.Cold)        // reclaim first
	AdvicePageOut     = Advice(mmap.PageOut)     // write out and reclaim now
	AdviceHugePage    = Advice(mmap.HugePage)    // transparent huge pages
	AdviceNoHugePage  = Advice(mmap.NoHugePage)  //
	AdviceCollapse    = Advice(mmap.Collapse)    // make huge pages now
	AdviceMergeable   = Advice(mmap.Mergeable)   // let KSM share equal private pages
	AdviceUnmergeable = Advice(mmap.Unmergeable) //
	AdviceDontFork    = Advice(mmap.DontFork)    // a forked child does not get the pages
	AdviceDoFork      = Advice(mmap.DoFork)      //
	AdviceDontDump    = Advice(mmap.DontDump)    // leave out of core dumps
	AdviceDoDump      = Advice(mmap.DoDump)      //
	adviceLast        = AdviceDoDump
)

// String is the name madvise has for it, in small letters.
func (a Advice) String() string { return mmap.Advice(a).String() }
