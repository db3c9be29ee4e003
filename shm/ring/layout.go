package ring

// The payload of a ring, format version 1. Numbers are little-endian, shared
// words in the machine's order. A page has 4096 bytes here, whatever the machine
// says; words of different writers or temper lie 128 bytes apart, since
// processors fetch adjacent cache lines in pairs.
//
//	    0 +---------------------------------------------------+
//	      | header page, immutable once published             |
//	      |    0  magic          "SHMKRING"           8       |
//	      |    8  version        1, or 2: overwriting 4       |
//	      |   12  byte order     0x01020304           4       |
//	      |   16  checksum       CRC-32C, itself 0    4       |
//	      |   20  flags          0                    4       |
//	      |   24  capacity       a power of two       8       |
//	      |   32  data offset    in the payload       8       |
//	      |   40  identity       random              16       |
//	 4096 +---------------------------------------------------+
//	      | producer page, written by the producer only       |
//	      |    0  tail           position             8       |
//	      |  128  wake           sequence             4       |
//	      |  256  park           odd: sleeps          4       |
//	      |  384  state 4, last error 4                       |
//	      |  512  records 8, bytes 8                          |
//	      |  640  waits 8, wake-ups 8, high water 8, active 8 |
//	      |  672  time of the last wake-up            8       |
//	      |  680  lost 8, heard 8, the consumer's             |
//	      |  768  wake latencies                 16 x 8       |
//	      |  896  oldest position, the producer's     8       |
//	 8192 +---------------------------------------------------+
//	      | consumer page, written by the consumer only       |
//	      |    0  head           position             8       |
//	      |       the rest as in the producer page            |
//	12288 +---------------------------------------------------+
//	      | challenger page                                   |
//	      |    0  requests for the producer's seat    4       |
//	      |  128  requests for the consumer's seat    4       |
//	16384 +---------------------------------------------------+
//	      | zero                                              |
//	65536 +---------------------------------------------------+
//	      | data, capacity bytes                              |
//	      +---------------------------------------------------+
//
// A record is a word and its bytes, padded to a multiple of 8. The word holds
// the number of bytes in its lower half and the kind in its upper half: kindData,
// or kindPad, whose bytes fill the data up to its end.
//
// Positions count bytes since the ring was made, never wrap, and are multiples
// of 8; position p lies at p mod capacity. tail is ahead of head by at most the
// capacity. A record never wraps.
//
// Version 2 is a ring whose producer overwrites: tail is ahead of oldest by at
// most the capacity and nobody waits for head, which may lie before oldest. A
// record has its number, 8 bytes, between its word and its bytes.
const (
	magic         = "SHMKRING"
	formatVersion = 1
	lossyVersion  = 2
	byteOrderMark = 0x01020304

	headerBytes  = 4096
	producerPage = 4096
	consumerPage = 8192
	requestPage  = 12288
	dataOffset   = 64 << 10

	offMagic    = 0
	offVersion  = 8
	offOrder    = 12
	offChecksum = 16
	offFlags    = 20
	offCapacity = 24
	offData     = 32
	offID       = 40

	offPosition  = 0
	offWake      = 128
	offPark      = 256
	offState     = 384
	offLastError = 388
	offRecords   = 512
	offBytes     = 520
	offWaits     = 640
	offWakeUps   = 648
	offHighWater = 656
	offActive    = 664
	offRung      = 672
	offLost      = 680
	offHeard     = 688
	offLatency   = 768
	latencies    = 16
	offOldest    = 896

	offRequest = 128 // times the seat, in the challenger page

	recordHeader = 8
	recordNumber = 8 // in an overwriting ring
	kindData     = 0x64617461
	kindPad      = 0x70616420

	minCapacity = 4 << 10
	maxCapacity = 1 << 38
)

// States of a side, in its own page.
const (
	stateNew    = 0 // nobody was ever here
	stateOpen   = 1 // somebody is, or died
	stateClosed = 2 // the last one closed
)

// Last errors of a side, in its own page.
const (
	lastNone = iota
	lastCorrupt
	lastPeerDead
	lastFault
)

// page are the words of one side; only that side writes them.
type page struct {
	position  *uint64
	wake      *uint32 // bumped to wake the other side
	park      *uint32 // odd while this side sleeps or is about to
	state     *uint32
	lastError *uint32
	records   *uint64
	bytes     *uint64
	waits     *uint64
	wakeUps   *uint64
	highWater *uint64 // consumer's: the greatest depth it met
	active    *uint64 // Unix nanoseconds of the last wait, opening or closing
	rung      *uint64 // Unix nanoseconds of the last wake-up of the other side
	lost      *uint64 // consumer's: records overwritten before it read them
	heard     *uint64 // consumer's: which end it had been told of when it closed
	oldest    *uint64 // producer's: everything before it may be overwritten
	latency   [latencies]*uint64
}

func pageAt(mem []byte, at int) page {
	w64 := func(off int) *uint64 { return word64(mem, at+off) }
	w32 := func(off int) *uint32 { return word32(mem, at+off) }
	pg := page{
		position: w64(offPosition), wake: w32(offWake), park: w32(offPark),
		state: w32(offState), lastError: w32(offLastError),
		records: w64(offRecords), bytes: w64(offBytes),
		waits: w64(offWaits), wakeUps: w64(offWakeUps), highWater: w64(offHighWater), active: w64(offActive),
		rung: w64(offRung), lost: w64(offLost), heard: w64(offHeard), oldest: w64(offOldest),
	}
	for i := range pg.latency {
		pg.latency[i] = w64(offLatency + 8*i)
	}
	return pg
}

func align8(n uint64) uint64 { return (n + 7) &^ 7 }
