//go:build !race && !msan && !asan

#include "textflag.h"

// func copyLines(dst, src *byte, lines uintptr)
TEXT ·copyLines(SB), NOSPLIT, $0-24
	MOVQ	dst+0(FP), DI
	MOVQ	src+8(FP), SI
	MOVQ	lines+16(FP), CX
again:
	MOVOU	(SI), X0
	MOVOU	16(SI), X1
	MOVOU	32(SI), X2
	MOVOU	48(SI), X3
	MOVNTO	X0, (DI)
	MOVNTO	X1, 16(DI)
	MOVNTO	X2, 32(DI)
	MOVNTO	X3, 48(DI)
	ADDQ	$64, SI
	ADDQ	$64, DI
	SUBQ	$1, CX
	JNE	again
	SFENCE
	RET

// func Cycles() uint64
TEXT ·Cycles(SB), NOSPLIT, $0-8
	MFENCE
	LFENCE
	RDTSC
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET
