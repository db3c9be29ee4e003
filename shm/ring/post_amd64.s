//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

#include "go_asm.h"
#include "textflag.h"

// The shared words, as they lie before the data.
#define POSITION	(const_producerPage+const_offPosition-const_dataOffset)
#define RECORDS	(const_producerPage+const_offRecords-const_dataOffset)
#define BYTES	(const_producerPage+const_offBytes-const_dataOffset)
#define PARK	(const_consumerPage+const_offPark-const_dataOffset)
#define REQUEST	(const_requestPage-const_dataOffset)

#define DATA	(Producer_side+side_data)
#define MASK	(Producer_side+side_mask)
#define CLOSED	(Producer_side+side_closed)
#define INSIDE	(Producer_side+side_inside+inside_word)
#define POSTS	(Producer_side+side_posts)
#define ANSWERED	(Producer_side+side_answered)
#define CARRIER_LEFT	(Producer_carrier+carrier_left)
#define CARRIER_PAST	(Producer_carrier+carrier_past)

// PUBLISH counts a record of CX bytes and moves the tail to DX, a release: amd64
// keeps the order of stores. DI is the data.
#define PUBLISH \
	INCQ	RECORDS(DI) \
	ADDQ	CX, BYTES(DI) \
	MOVQ	DX, Producer_tail(BX) \
	MOVQ	DX, POSITION(DI)

// func post(p *Producer, ctx context.Context, rec []byte) error
TEXT ·post(SB), NOSPLIT, $0-64
	MOVQ	p+0(FP), BX
	MOVQ	rec_len+32(FP), CX
	MOVQ	rec_base+24(FP), SI
	MOVQ	Producer_tail(BX), AX
	CMPQ	CX, POSTS(BX)
	JCC	slow
	LEAQ	15(AX)(CX*1), DX	// the end: tail + 8 + n, rounded up
	ANDQ	$-8, DX
	MOVQ	Producer_until(BX), R8
	SUBQ	DX, R8
	JMI	slow
	CMPQ	Producer_reserved(BX), $0
	JGE	slow
	MOVL	$1, INSIDE(BX)
	CMPL	CLOSED(BX), $0
	JNE	closed
	MOVQ	DATA(BX), DI
	ANDQ	MASK(BX), AX
	MOVQ	$(const_kindData<<32), R10
	ORQ	CX, R10
	ADDQ	DI, AX
	MOVQ	R10, (AX)
	CMPQ	CX, $8
	JNE	other
	MOVQ	(SI), R8
	MOVQ	R8, 8(AX)
written:
	PUBLISH
	TESTB	$1, PARK(DI)
	JNE	wanted
	MOVL	REQUEST(DI), R8
	CMPL	R8, ANSWERED(BX)
	JNE	wanted
	MOVL	$0, INSIDE(BX)
	MOVQ	$0, ret_itable+48(FP)
	MOVQ	$0, ret_data+56(FP)
	RET
other:
	ADDQ	$8, AX
	CMPQ	CX, $16
	JHI	more
	CMPQ	CX, $8
	JHI	eight
	CMPQ	CX, $4
	JCC	four
	CMPQ	CX, $2
	JCC	two
	TESTQ	CX, CX
	JEQ	written
	MOVB	(SI), R8
	MOVB	R8, (AX)
	JMP	written
two:
	MOVW	(SI), R8
	MOVW	-2(SI)(CX*1), R9
	MOVW	R8, (AX)
	MOVW	R9, -2(AX)(CX*1)
	JMP	written
four:
	MOVL	(SI), R8
	MOVL	-4(SI)(CX*1), R9
	MOVL	R8, (AX)
	MOVL	R9, -4(AX)(CX*1)
	JMP	written
eight:
	MOVQ	(SI), R8
	MOVQ	-8(SI)(CX*1), R9
	MOVQ	R8, (AX)
	MOVQ	R9, -8(AX)(CX*1)
	JMP	written
more:
	CMPQ	CX, $const_longPost
	JCC	long
pieces:
	MOVOU	-16(SI)(CX*1), X1
	LEAQ	-16(AX)(CX*1), R9
	MOVQ	(SI), R8	// a word just written there is had at once only as a word
	MOVQ	R8, (AX)
	MOVQ	8(SI), R8
	MOVQ	R8, 8(AX)
	JMP	behind
again:
	MOVOU	(SI), X0
	MOVOU	X0, (AX)
behind:
	ADDQ	$16, SI
	ADDQ	$16, AX
	CMPQ	AX, R9
	JCS	again
	MOVOU	X1, (R9)
	JMP	written
long:
	// Bytes of the ring itself, aborted and sent on, may lie where they go.
	MOVQ	AX, R8
	SUBQ	SI, R8
	CMPQ	R8, CX
	JCS	aside
	NEGQ	R8
	CMPQ	R8, CX
	JCS	aside
	CMPQ	CX, $const_carried
	JCS	wide
	MOVQ	CARRIER_LEFT(BX), R8
	SUBQ	CX, R8
	JLE	aside	// it is to be timed, or to be looked at
	CMPB	CARRIER_PAST(BX), $0
	JNE	aside
	MOVQ	R8, CARRIER_LEFT(BX)
	CMPQ	CX, ·stringsFrom(SB)
	JCC	strings
wide:
	CMPB	·wide(SB), $0
	JEQ	pieces
	// The first line's worth and the last two lines' are written wherever they lie,
	// whole lines between them.
	VMOVDQU	(SI), Y0
	VMOVDQU	32(SI), Y1
	VMOVDQU	-128(SI)(CX*1), Y4
	VMOVDQU	-96(SI)(CX*1), Y5
	VMOVDQU	-64(SI)(CX*1), Y6
	VMOVDQU	-32(SI)(CX*1), Y7
	LEAQ	-128(AX)(CX*1), R9
	VMOVDQU	Y0, (AX)
	VMOVDQU	Y1, 32(AX)
	LEAQ	64(AX), R8
	ANDQ	$-64, R8
	SUBQ	AX, R8
	ADDQ	R8, SI
	ADDQ	R8, AX
widely:
	VMOVDQU	(SI), Y0
	VMOVDQU	32(SI), Y1
	VMOVDQU	64(SI), Y2
	VMOVDQU	96(SI), Y3
	VMOVDQU	Y0, (AX)
	VMOVDQU	Y1, 32(AX)
	VMOVDQU	Y2, 64(AX)
	VMOVDQU	Y3, 96(AX)
	ADDQ	$128, SI
	ADDQ	$128, AX
	CMPQ	AX, R9
	JCS	widely
	VMOVDQU	Y4, (R9)
	VMOVDQU	Y5, 32(R9)
	VMOVDQU	Y6, 64(R9)
	VMOVDQU	Y7, 96(R9)
	VZEROUPPER
	JMP	written
strings:
	MOVQ	AX, R8
	SUBQ	SI, R8
	DECQ	R8
	ANDQ	$4095, R8
	CMPQ	R8, $63
	JCS	wide	// they are slow where the ring lies so little above rec
	MOVQ	DI, R9
	MOVQ	CX, R8
	MOVQ	AX, DI
	REP; MOVSB
	MOVQ	R9, DI
	MOVQ	R8, CX
	JMP	written
aside:
closed:
	MOVL	$0, INSIDE(BX)
slow:
	JMP	·postSlow(SB)
wanted:
	MOVL	$0, INSIDE(BX)
	JMP	·postWanted(SB)

// postFaulted is where post goes on after a fault: it has the same frame.
TEXT ·postFaulted(SB), NOSPLIT, $0-64
	MOVQ	p+0(FP), BX
	CMPB	·wide(SB), $0
	JEQ	narrow
	VZEROUPPER
narrow:
	MOVQ	AX, Producer_fault(BX)
	MOVL	$0, INSIDE(BX)
	JMP	·postTrapped(SB)

// func commit(p *Producer, n uint64) (result uintptr)
TEXT ·commit(SB), NOSPLIT, $0-24
	MOVQ	p+0(FP), BX
	MOVQ	n+8(FP), CX
	MOVQ	Producer_tail(BX), AX
	LEAQ	15(AX)(CX*1), DX
	ANDQ	$-8, DX
	MOVQ	DATA(BX), DI
	ANDQ	MASK(BX), AX
	MOVQ	$(const_kindData<<32), R10
	ORQ	CX, R10
	MOVQ	R10, (DI)(AX*1)
	PUBLISH
	XORL	R9, R9
	MOVL	REQUEST(DI), R8
	XORL	ANSWERED(BX), R8
	MOVL	PARK(DI), R10
	ANDL	$1, R10
	ORL	R10, R8
	SETNE	R9
	MOVQ	R9, result+16(FP)
	RET

// commitFaulted is where commit goes on after a fault: it has the same frame.
TEXT ·commitFaulted(SB), NOSPLIT, $0-24
	MOVQ	AX, result+16(FP)
	RET

#define ADDRESS(name, of) \
TEXT name(SB), NOSPLIT, $0-8 \
	LEAQ	of(SB), AX \
	MOVQ	AX, ret+0(FP) \
	RET

ADDRESS(·postEntry, ·post)
ADDRESS(·postResume, ·postFaulted)
ADDRESS(·commitEntry, ·commit)
ADDRESS(·commitResume, ·commitFaulted)
ADDRESS(·glanceEntry, ·glance)
ADDRESS(·glanceResume, ·glanceFaulted)
