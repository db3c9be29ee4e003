#include "textflag.h"

// func vendor() (b uint32)
TEXT ·vendor(SB), NOSPLIT, $0-4
	XORL	AX, AX
	XORL	CX, CX
	CPUID
	MOVL	BX, b+0(FP)
	RET
