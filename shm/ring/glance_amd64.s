//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

#include "go_asm.h"
#include "textflag.h"

// The shared words, as they lie before the data.
#define GIVEN	(const_consumerPage+const_offPosition-const_dataOffset)
#define TAKEN	(const_consumerPage+const_offRecords-const_dataOffset)
#define COPIED	(const_consumerPage+const_offBytes-const_dataOffset)
#define TAIL	(const_producerPage+const_offPosition-const_dataOffset)
#define PARKED	(const_producerPage+const_offPark-const_dataOffset)
#define WANTED	(const_requestPage+const_offRequest-const_dataOffset)

// func glance(c *Consumer, looks uint64) (tail, word uint64, result uintptr)
TEXT ·glance(SB), NOSPLIT, $0-40
	MOVQ	c+0(FP), BX
	MOVQ	looks+8(FP), CX
	MOVQ	Consumer_side+side_data(BX), DI
	MOVQ	Consumer_records(BX), R8
	MOVQ	R8, TAKEN(DI)
	MOVQ	Consumer_bytes(BX), R9
	MOVQ	R9, COPIED(DI)
	MOVQ	Consumer_head(BX), R10
	MOVQ	R10, GIVEN(DI)		// a release: amd64 keeps the order of stores
	TESTB	$1, PARKED(DI)
	JNE	wanted
	MOVL	WANTED(DI), R8
	CMPL	R8, Consumer_side+side_answered(BX)
	JNE	wanted
	MOVQ	Consumer_scan(BX), SI
	ANDQ	Consumer_side+side_mask(BX), SI
	ADDQ	DI, SI
	MOVQ	Consumer_tail(BX), DX
again:
	PREFETCHT0	(SI)		// it comes together with the position
	MOVQ	TAIL(DI), AX
	CMPQ	AX, DX
	JNE	moved
	PAUSE				// twice: each look hinders the other thread of the core
	PAUSE
	SUBQ	$1, CX
	JNE	again
	MOVQ	$const_glanceNone, result+32(FP)
	RET
moved:
	MOVQ	(SI), R8
	MOVQ	AX, tail+16(FP)
	MOVQ	R8, word+24(FP)
	MOVQ	$0, result+32(FP)
	RET
wanted:
	MOVQ	$const_glanceWanted, result+32(FP)
	RET

// glanceFaulted is where glance goes on after a fault: it has the same frame.
TEXT ·glanceFaulted(SB), NOSPLIT, $0-40
	MOVQ	AX, result+32(FP)
	RET
