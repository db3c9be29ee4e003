//go:build linux && !race && !msan && !asan && !shmnotrap && !shmcheck

#include "go_asm.h"
#include "textflag.h"

#define MINE(word)	(Producer_side+side_mine+word)
#define OTHER(word)	(Producer_side+side_other+word)

// func post(p *Producer, src *byte, n uint64) (result uintptr)
TEXT ·post(SB), NOSPLIT, $0-32
	MOVQ	p+0(FP), BX
	MOVQ	src+8(FP), SI
	MOVQ	n+16(FP), CX
	MOVQ	Producer_tail(BX), DX
	MOVQ	(Producer_side+side_mask)(BX), DI
	ANDQ	DX, DI
	ADDQ	(Producer_side+side_data)(BX), DI
	LEAQ	15(DX)(CX*1), DX	// the end: tail + 8 + n, rounded up
	ANDQ	$-8, DX
	MOVL	$const_kindData, R10
	SHLQ	$32, R10
	ORQ	CX, R10
	MOVQ	R10, (DI)
	ADDQ	$8, DI
	TESTQ	SI, SI
	JEQ	done	// it is there already
	CMPQ	CX, $16
	JHI	more
	CMPQ	CX, $8
	JCC	eight
	CMPQ	CX, $4
	JCC	four
	CMPQ	CX, $2
	JCC	two
	TESTQ	CX, CX
	JEQ	done
	MOVB	(SI), R8
	MOVB	R8, (DI)
	JMP	done
two:
	MOVW	(SI), R8
	MOVW	-2(SI)(CX*1), R9
	MOVW	R8, (DI)
	MOVW	R9, -2(DI)(CX*1)
	JMP	done
four:
	MOVL	(SI), R8
	MOVL	-4(SI)(CX*1), R9
	MOVL	R8, (DI)
	MOVL	R9, -4(DI)(CX*1)
	JMP	done
eight:
	MOVQ	(SI), R8
	MOVQ	-8(SI)(CX*1), R9
	MOVQ	R8, (DI)
	MOVQ	R9, -8(DI)(CX*1)
	JMP	done
more:
	MOVOU	-16(SI)(CX*1), X1
	LEAQ	-16(DI)(CX*1), R9
again:
	MOVOU	(SI), X0
	MOVOU	X0, (DI)
	ADDQ	$16, SI
	ADDQ	$16, DI
	CMPQ	DI, R9
	JCS	again
	MOVOU	X1, (R9)
done:
	ADDQ	Producer_bytes(BX), CX
	MOVQ	CX, Producer_bytes(BX)
	MOVQ	MINE(page_bytes)(BX), R9
	MOVQ	CX, (R9)
	MOVQ	Producer_records(BX), R8
	INCQ	R8
	MOVQ	R8, Producer_records(BX)
	MOVQ	MINE(page_records)(BX), R9
	MOVQ	R8, (R9)
	MOVQ	DX, Producer_tail(BX)
	MOVQ	MINE(page_position)(BX), R9
	MOVQ	DX, (R9)	// a release: amd64 keeps the order of stores
	MOVQ	OTHER(page_park)(BX), R9
	MOVL	(R9), R8
	ANDL	$1, R8
	MOVQ	(Producer_side+side_request)(BX), R9
	MOVL	(R9), R10
	XORL	(Producer_side+side_answered)(BX), R10
	ORL	R10, R8
	XORL	R9, R9
	TESTL	R8, R8
	SETNE	R9
	MOVQ	R9, result+24(FP)
	RET

// postFaulted is where post goes on after a fault: it has the same frame.
TEXT ·postFaulted(SB), NOSPLIT, $0-32
	MOVQ	AX, result+24(FP)
	RET

TEXT ·postEntry(SB), NOSPLIT, $0-8
	LEAQ	·post(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·postResume(SB), NOSPLIT, $0-8
	LEAQ	·postFaulted(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
