package ring

// The payload of a ring, format version 1. Numbers are little-endian. A page
// has 4096 bytes here, whatever the machine says; hot words lie 128 bytes
// apart, since adjacent cache lines are fetched in pairs.
//
//	    0 +--------------------------------------------------+
//	      | header page, immutable once published            |
//	      |    0  magic          "SHMKRING"           8      |
//	      |    8  version        1                    4      |
//	      |   12  byte order     0x01020304           4      |
//	      |   16  checksum       CRC-32C, itself 0    4      |
//	      |   20  flags          0                    4      |
//	      |   24  capacity       a power of two       8      |
//	      |   32  data offset    in the payload       8      |
//	      |   40  identity       random              16      |
//	 4096 +--------------------------------------------------+
//	      | producer page, written by the producer only      |
//	      |    0  tail           position             8      |
//	      |  128  wake           sequence             4      |
//	      |  256  park           odd: waits for space 4      |
//	      |  384  state          4, 392 counters             |
//	 8192 +--------------------------------------------------+
//	      | consumer page, written by the consumer only      |
//	      |    0  head           position             8      |
//	      |  128  wake, 256 park, 384 state, 392 counters    |
//	12288 +--------------------------------------------------+
//	      | zero                                             |
//	65536 +--------------------------------------------------+
//	      | data, capacity bytes                             |
//	      +--------------------------------------------------+
//
// A record is a header of 8 bytes and its bytes, padded to a multiple of 8:
//
//	0  length of the bytes   4
//	4  kind                  4   kindData, or kindPad: skip to the data's end
//
// Positions count bytes since the ring was made, never wrap, and are multiples
// of 8; position p lies at p mod capacity. A position of the producer is ahead
// of the consumer's by at most the capacity.
const (
	magic         = "SHMKRING"
	formatVersion = 1
	byteOrderMark = 0x01020304

	headerBytes  = 4096
	producerPage = 4096
	consumerPage = 8192
	dataOffset   = 64 << 10

	offMagic    = 0
	offVersion  = 8
	offOrder    = 12
	offChecksum = 16
	offFlags    = 20
	offCapacity = 24
	offData     = 32
	offID       = 40

	recordHeader = 8
	kindData     = 0x64617461 // "data"
	kindPad      = 0x70616420 // "pad "

	minCapacity = 4 << 10
	maxCapacity = 1 << 38
)
