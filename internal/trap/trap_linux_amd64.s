//go:build !race && !msan && !asan && !shmnotrap

#include "go_asm.h"
#include "textflag.h"

// func copyBytes(dst, src unsafe.Pointer, n uintptr, count *uint64) (fault uintptr)
TEXT ·copyBytes(SB), NOSPLIT, $0-40
	MOVQ	count+24(FP), AX
	MOVQ	dst+0(FP), DI
	MOVQ	src+8(FP), SI
	MOVQ	n+16(FP), CX
	TESTQ	AX, AX
	JEQ	copy
	MOVQ	(TLS), R8	// the goroutine chooses the part: Knuth's multiplicative hash
	MOVQ	$0x9E3779B97F4A7C15, R9
	IMULQ	R9, R8
	SHRQ	$(64-const_LanesLog), R8
	IMULQ	$const_Lane, R8
	INCQ	(AX)(R8*1)
copy:
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
more:	// up to 256 bytes all is read before any is written: the ranges may overlap
	CMPQ	CX, $32
	JHI	to64
	MOVOU	(SI), X0
	MOVOU	-16(SI)(CX*1), X1
	MOVOU	X0, (DI)
	MOVOU	X1, -16(DI)(CX*1)
	JMP	done
to64:
	CMPQ	CX, $64
	JHI	to128
	MOVOU	(SI), X0
	MOVOU	16(SI), X1
	MOVOU	-32(SI)(CX*1), X2
	MOVOU	-16(SI)(CX*1), X3
	MOVOU	X0, (DI)
	MOVOU	X1, 16(DI)
	MOVOU	X2, -32(DI)(CX*1)
	MOVOU	X3, -16(DI)(CX*1)
	JMP	done
to128:
	CMPQ	CX, $128
	JHI	to256
	MOVOU	(SI), X0
	MOVOU	16(SI), X1
	MOVOU	32(SI), X2
	MOVOU	48(SI), X3
	MOVOU	-64(SI)(CX*1), X4
	MOVOU	-48(SI)(CX*1), X5
	MOVOU	-32(SI)(CX*1), X6
	MOVOU	-16(SI)(CX*1), X7
	MOVOU	X0, (DI)
	MOVOU	X1, 16(DI)
	MOVOU	X2, 32(DI)
	MOVOU	X3, 48(DI)
	MOVOU	X4, -64(DI)(CX*1)
	MOVOU	X5, -48(DI)(CX*1)
	MOVOU	X6, -32(DI)(CX*1)
	MOVOU	X7, -16(DI)(CX*1)
	JMP	done
to256:
	CMPQ	CX, $256
	JHI	upwards
	MOVOU	(SI), X0
	MOVOU	16(SI), X1
	MOVOU	32(SI), X2
	MOVOU	48(SI), X3
	MOVOU	64(SI), X4
	MOVOU	80(SI), X5
	MOVOU	96(SI), X6
	MOVOU	112(SI), X7
	MOVOU	-128(SI)(CX*1), X8
	MOVOU	-112(SI)(CX*1), X9
	MOVOU	-96(SI)(CX*1), X10
	MOVOU	-80(SI)(CX*1), X11
	MOVOU	-64(SI)(CX*1), X12
	MOVOU	-48(SI)(CX*1), X13
	MOVOU	-32(SI)(CX*1), X14
	MOVOU	-16(SI)(CX*1), X15
	MOVOU	X0, (DI)
	MOVOU	X1, 16(DI)
	MOVOU	X2, 32(DI)
	MOVOU	X3, 48(DI)
	MOVOU	X4, 64(DI)
	MOVOU	X5, 80(DI)
	MOVOU	X6, 96(DI)
	MOVOU	X7, 112(DI)
	MOVOU	X8, -128(DI)(CX*1)
	MOVOU	X9, -112(DI)(CX*1)
	MOVOU	X10, -96(DI)(CX*1)
	MOVOU	X11, -80(DI)(CX*1)
	MOVOU	X12, -64(DI)(CX*1)
	MOVOU	X13, -48(DI)(CX*1)
	MOVOU	X14, -32(DI)(CX*1)
	MOVOU	X15, -16(DI)(CX*1)
	JMP	done
upwards:
	MOVQ	DI, R8
	SUBQ	SI, R8
	CMPQ	R8, CX
	JCS	refused	// what is written first would be read last
	CMPQ	CX, ·stringsFrom(SB)
	JCC	strings
	CMPB	·wide(SB), $0
	JEQ	pieces
	// The last bytes are read before the first are written.
	VMOVDQU	-128(SI)(CX*1), Y4
	VMOVDQU	-96(SI)(CX*1), Y5
	VMOVDQU	-64(SI)(CX*1), Y6
	VMOVDQU	-32(SI)(CX*1), Y7
	LEAQ	-128(DI)(CX*1), R9
widely:
	VMOVDQU	(SI), Y0
	VMOVDQU	32(SI), Y1
	VMOVDQU	64(SI), Y2
	VMOVDQU	96(SI), Y3
	VMOVDQU	Y0, (DI)
	VMOVDQU	Y1, 32(DI)
	VMOVDQU	Y2, 64(DI)
	VMOVDQU	Y3, 96(DI)
	ADDQ	$128, SI
	ADDQ	$128, DI
	CMPQ	DI, R9
	JCS	widely
	VMOVDQU	Y4, (R9)
	VMOVDQU	Y5, 32(R9)
	VMOVDQU	Y6, 64(R9)
	VMOVDQU	Y7, 96(R9)
	VZEROUPPER
	JMP	done
strings:
	DECQ	R8
	ANDQ	$4095, R8
	CMPQ	R8, $63
	JCS	pieces	// they are slow where dst lies so little above src
	// Ask for all lines at once: no loop looks so far ahead where they are in memory.
	LEAQ	-1(SI)(CX*1), R9
	MOVQ	SI, R8
ask:
	PREFETCHT0	(R8)
	PREFETCHT0	64(R8)
	PREFETCHT0	128(R8)
	PREFETCHT0	192(R8)
	ADDQ	$256, R8
	CMPQ	R8, R9
	JCS	ask
	REP; MOVSB
	JMP	done
pieces:
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
	MOVQ	$0, fault+32(FP)
	RET
refused:
	MOVQ	$1, fault+32(FP)
	RET

// copyFaulted is where copyBytes goes on after a fault: it has the same frame.
TEXT ·copyFaulted(SB), NOSPLIT, $0-40
	CMPB	·wide(SB), $0
	JEQ	narrow
	VZEROUPPER
narrow:
	MOVQ	AX, fault+32(FP)
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
