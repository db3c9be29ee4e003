//go:build linux && !race && !msan && !asan && !shmnotrap

#include "go_asm.h"
#include "textflag.h"

// It copies in the steps of trap's copyBytes: a call of that between the two looks at the
// generation is what made it slow.
//
// func look(f *MappedFile, p []byte, off int64) bool
TEXT ·look(SB), NOSPLIT, $0-41
	MOVQ	f+0(FP), BX
	MOVQ	off+32(FP), AX
	MOVQ	p_len+16(FP), R11
	MOVQ	p_base+8(FP), DI
	MOVQ	MappedFile_rd(BX), R9
	MOVQ	MappedFile_size(BX), CX
	LEAQ	(AX)(R11*1), R12
	CMPQ	AX, R12	// not below the end: a negative offset, or nothing to read
	JCC	no
	CMPQ	R12, (CX)
	JHI	no
	TESTQ	R9, R9
	JEQ	windowed
	CMPQ	R12, mapping_warm(R9)
	JGT	no
	MOVQ	mapping_data(R9), R10
	ADDQ	R10, AX
	LEAQ	(mapping_data-slot_gen)(R9), R9	// its generation is where it begins: never another
	JMP	copy
windowed:
	MOVQ	MappedFile_look(BX), BX
	TESTQ	BX, BX
	JEQ	no
	MOVBLZX	windows_shift(BX), CX
	SHRXQ	CX, AX, DX
	ANDQ	windows_hintMask(BX), DX
	MOVQ	windows_hints(BX), R8
	MOVQ	(R8)(DX*8), R9
	MOVQ	slot_gen(R9), R10	// before everything else about the slot
	SUBQ	slot_start(R9), AX
	JLT	no
	LEAQ	(AX)(R11*1), R12
	CMPQ	R12, slot_warm(R9)
	JGT	no
	CMPL	slot_used(R9), R11	// inUse is above every length: one comparison less than with 0
	JCS	no
	ADDQ	slot_data(R9), AX
	// The goroutine chooses the part, as in trap.CopyCounted. R14 has it when Go calls.
	IMUL3Q	$0x1E3779B9, R14, R8
	SHRQ	$(64-const_hitsLanesLog), R8
	IMULQ	$const_hitsLane, R8
	INCQ	(windows_hits+const_hitsLane)(BX)(R8*1)
copy:
	CMPQ	R11, $16
	JHI	more
	CMPQ	R11, $8
	JCC	eight
	CMPQ	R11, $4
	JCC	four
	CMPQ	R11, $2
	JCC	two
	MOVB	(AX), R8
	MOVB	R8, (DI)
	JMP	again
two:
	MOVW	(AX), R8
	MOVW	-2(AX)(R11*1), DX
	MOVW	R8, (DI)
	MOVW	DX, -2(DI)(R11*1)
	JMP	again
four:
	MOVL	(AX), R8
	MOVL	-4(AX)(R11*1), DX
	MOVL	R8, (DI)
	MOVL	DX, -4(DI)(R11*1)
	JMP	again
eight:
	MOVQ	(AX), R8
	MOVQ	-8(AX)(R11*1), DX
	MOVQ	R8, (DI)
	MOVQ	DX, -8(DI)(R11*1)
	JMP	again
more:
	CMPQ	R11, $32
	JHI	to64
	MOVOU	(AX), X0
	MOVOU	-16(AX)(R11*1), X1
	MOVOU	X0, (DI)
	MOVOU	X1, -16(DI)(R11*1)
	JMP	again
to64:
	CMPQ	R11, $64
	JHI	to128
	MOVOU	(AX), X0
	MOVOU	16(AX), X1
	MOVOU	-32(AX)(R11*1), X2
	MOVOU	-16(AX)(R11*1), X3
	MOVOU	X0, (DI)
	MOVOU	X1, 16(DI)
	MOVOU	X2, -32(DI)(R11*1)
	MOVOU	X3, -16(DI)(R11*1)
again:
	CMPQ	slot_gen(R9), R10
	JNE	no
	MOVB	$1, ret+40(FP)
	RET
to128:
	MOVOU	(AX), X0
	MOVOU	16(AX), X1
	MOVOU	32(AX), X2
	MOVOU	48(AX), X3
	MOVOU	-64(AX)(R11*1), X4
	MOVOU	-48(AX)(R11*1), X5
	MOVOU	-32(AX)(R11*1), X6
	MOVOU	-16(AX)(R11*1), X7
	MOVOU	X0, (DI)
	MOVOU	X1, 16(DI)
	MOVOU	X2, 32(DI)
	MOVOU	X3, 48(DI)
	MOVOU	X4, -64(DI)(R11*1)
	MOVOU	X5, -48(DI)(R11*1)
	MOVOU	X6, -32(DI)(R11*1)
	MOVOU	X7, -16(DI)(R11*1)
	JMP	again
no:
	MOVB	$0, ret+40(FP)
	RET

// lookFaulted is where look goes on after a fault: it has the same frame.
TEXT ·lookFaulted(SB), NOSPLIT, $0-41
	MOVB	$0, ret+40(FP)
	RET

TEXT ·lookEntry(SB), NOSPLIT, $0-8
	LEAQ	·look(SB), AX
	MOVQ	AX, ret+0(FP)
	RET

TEXT ·lookResume(SB), NOSPLIT, $0-8
	LEAQ	·lookFaulted(SB), AX
	MOVQ	AX, ret+0(FP)
	RET
