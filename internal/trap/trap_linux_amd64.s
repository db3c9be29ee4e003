//go:build !race && !msan && !asan && !shmnotrap

#include "go_asm.h"
#include "textflag.h"

// func copyBytes(dst, src unsafe.Pointer, n uintptr) (fault uintptr)
TEXT ·copyBytes(SB), NOSPLIT, $0-32
	MOVQ	dst+0(FP), DI
	MOVQ	src+8(FP), SI
	MOVQ	n+16(FP), CX
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
more:	// the last bytes are read before the first are written: the ranges may overlap
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
	MOVQ	$0, fault+24(FP)
	RET

// copyFaulted is where copyBytes goes on after a fault: it has the same frame.
TEXT ·copyFaulted(SB), NOSPLIT, $0-32
	MOVQ	AX, fault+24(FP)
	RET

// handler is what the kernel calls: DI the signal, SI its siginfo, DX the
// registers that were. It uses no stack and only registers the C calling
// convention gives away, so that the handler before it can go on as if it were not there.
TEXT ·handler(SB), NOSPLIT|NOFRAME|TOPFRAME, $0
	MOVL	8(SI), R8	// si_code: sent by a process, or not about this instruction
	CMPL	R8, $0
	JLE	pass
	CMPL	R8, $5	// BUS_MCEERR_AO
	JEQ	optional
	MOVQ	168(DX), AX	// RIP: ucontext's gregs start at 40
	LEAQ	·routines(SB), CX
	MOVL	$const_most, R9
next:
	CMPQ	AX, routine_start(CX)
	JCS	other
	CMPQ	AX, routine_end(CX)
	JCS	ours
other:
	ADDQ	$routine__size, CX
	DECL	R9
	JNE	next
	JMP	pass
ours:
	MOVQ	16(SI), R8	// si_addr
	MOVQ	R8, 144(DX)	// RAX
	MOVQ	routine_resume(CX), R8
	MOVQ	R8, 168(DX)
	RET
optional:	// not about this instruction: the runtime takes it for one, unless it was sent
	CMPL	DI, $7	// SIGBUS
	JNE	pass
	MOVL	$0, 8(SI)	// SI_USER
pass:
	LEAQ	·chained(SB), CX
	CMPL	DI, $7	// SIGBUS
	JEQ	bus
	ADDQ	$8, CX
bus:
	MOVQ	(CX), AX
	JMP	AX

TEXT ·copyEntry(SB), NOSPLIT, $0-8
	LEAQ	·copyBytes(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·copyResume(SB), NOSPLIT, $0-8
	LEAQ	·copyFaulted(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·handlerEntry(SB), NOSPLIT, $0-8
	LEAQ	·handler(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
