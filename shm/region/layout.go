package region

import "hash/crc32"

// The file of a region, layout version 1. Numbers are little-endian; only the
// byte order mark is written in the order of the creating machine, since that
// is the order of everything in the payload.
//
//	    0 +-------------------------------------------------------+
//	      | header, immutable once published          4096 bytes  |
//	      |    0  magic             "SHMKITRG"             8      |
//	      |    8  layout version    1                      4      |
//	      |   12  byte order mark   0x01020304             4      |
//	      |   16  header checksum   CRC-32C, itself as 0   4      |
//	      |   20  flags             persistent, snapshot   4      |
//	      |   24  payload offset                           8      |
//	      |   32  payload size                             8      |
//	      |   40  file size                                8      |
//	      |   48  identity          random                16      |
//	      |   64  schema            fingerprint or 0      32      |
//	      |   96  kind version                             4      |
//	      |  100  payload checksum  snapshots only         4      |
//	      |  104  created           Unix nanoseconds       8      |
//	      |  112  creator: pid 4, uid 4, pid namespace 8,         |
//	      |       start (Unix nanoseconds) 8                      |
//	      |  136  boot identity                           16      |
//	      |  152  creator's name    length byte, text     64      |
//	      |  216  kind              length byte, text     64      |
//	      |  280  zero                                            |
//	 4096 +-------------------------------------------------------+
//	      | zero, reserved                                        |
//	32768 +-------------------------------------------------------+
//	      | attachment table: 256 slots of 128 bytes              |
//	      |    0  checksum CRC-32C of the rest of the slot 4      |
//	      |    4  pid 4, 8 uid 4, 12 flags 4, 16 seats 4          |
//	      |   24  pid namespace 8, 32 start 8, 40 attached 8      |
//	      |   48  name, length byte, text                 40      |
//	      |   88  role, length byte, text                 40      |
//	65536 +-------------------------------------------------------+
//	      | payload (at the next multiple of the huge page size   |
//	      | in a file of huge pages)                              |
//	      +-------------------------------------------------------+
//
// A slot is alive while its lock byte is locked, whatever its text says.
//
// Lock bytes, far beyond any data (base = 1<<62):
//
//	base + 0          attached: shared, by every attachment; exclusive, by Remove and Reap
//	base + 1          removal: one Remove or Reap at a time
//	base + 2          the creator's attachment
//	base + 16 + i     seat i
//	base + 256 + i    slot i of the attachment table
//	base + 2^40 + x   attachments without a slot (read-only, or the table is full):
//	                  x is pid<<16 + a random number, one byte each
const (
	layoutVersion = 1
	byteOrderMark = 0x01020304

	headerSize   = 4096
	tableOffset  = 32 << 10
	slotSize     = 128
	slotCount    = 256
	frontSize    = 64 << 10 // header and table: where the payload starts at the earliest
	payloadAlign = 64 << 10 // so that the payload can be mapped by itself on every platform
	fileAlign    = 4 << 10  // a region's file is a whole number of these

	maxText     = 63 // kind and creator's name
	maxSlotText = 39 // an attachment's name and role
)

const magic = "SHMKITRG"

const (
	offMagic      = 0
	offLayout     = 8
	offOrder      = 12
	offChecksum   = 16
	offFlags      = 20
	offPayloadOff = 24
	offPayloadLen = 32
	offFileSize   = 40
	offID         = 48
	offSchema     = 64
	offVersion    = 96
	offPayloadSum = 100
	offCreated    = 104
	offPID        = 112
	offUID        = 116
	offNamespace  = 120
	offStarted    = 128
	offBoot       = 136
	offCreator    = 152
	offKind       = 216
	offZero       = 280
)

const (
	flagPersistent = 1 << iota
	flagSnapshot
)

const (
	lockBase      = int64(1) << 62
	lockAttached  = lockBase
	lockRemoval   = lockBase + 1
	lockCreator   = lockBase + 2
	lockSeats     = lockBase + 16
	lockSlots     = lockBase + 256
	lockSlotless  = lockBase + 1<<40
	slotlessRange = int64(1) << 48
	seatCount     = 16
)

// The table fits between header and payload, the text fields touch their neighbours.
var (
	_ [0]byte = [tableOffset + slotSize*slotCount - frontSize]byte{}
	_ [0]byte = [offCreator + 1 + maxText - offKind]byte{}
	_ [0]byte = [offKind + 1 + maxText - offZero]byte{}
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func alignUp(n, to int64) int64 { return (n + to - 1) / to * to }
