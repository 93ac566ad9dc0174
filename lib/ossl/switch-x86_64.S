/* SPDX-License-Identifier: MIT */
/*
 * The switch for x86-64, System V ABI. See switch.h.
 *
 * A flow that does not run has on its stack, from its pointer upwards:
 *
 *	 0	MXCSR, x87 control word
 *	 8	r15, r14, r13, r12, rbx, rbp
 *	56	where it goes on
 *
 * async_switch_make() lays the same out for a new one, which goes on at
 * async_switch_begin() with its function in r12 and the argument in r13.
 */
#if defined(__x86_64__) && defined(__LP64__)

/* With -fcf-protection: landing pads, and the note that says so. */
#ifdef __CET__
#include <cet.h>
#define NOTRACK notrack
#else
#define _CET_ENDBR
#define NOTRACK
#endif

/* The status flags of MXCSR, its low six bits, belong to nobody. */
#define MXCSR_CONTROL	0xffc0

	.text

/* int async_switch_asm(void **from, void *to, int value) */
	.globl	async_switch_asm
	.hidden	async_switch_asm
	.type	async_switch_asm, @function
	.p2align 5
async_switch_asm:
	.cfi_startproc
	_CET_ENDBR
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbp, 0
	pushq	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %rbx, 0
	pushq	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r12, 0
	pushq	%r13
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r13, 0
	pushq	%r14
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r14, 0
	pushq	%r15
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset %r15, 0
	subq	$8, %rsp
	.cfi_adjust_cfa_offset 8
	stmxcsr	(%rsp)
	fnstcw	4(%rsp)
	movl	%edx, %eax
	/* To load these words costs more than to find that they are the same */
	movl	(%rsp), %ecx
	xorl	(%rsi), %ecx
	movzwl	4(%rsp), %edx
	xorw	4(%rsi), %dx
	movq	%rsp, (%rdi)
	/* From here on it is the other flow; its stack looks the same */
	movq	%rsi, %rsp
	andl	$MXCSR_CONTROL, %ecx
	orl	%edx, %ecx
	jnz	2f
1:	addq	$8, %rsp
	.cfi_remember_state
	.cfi_adjust_cfa_offset -8
	popq	%r15
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r15
	popq	%r14
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r14
	popq	%r13
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r13
	popq	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore %r12
	popq	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbx
	popq	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore %rbp
	/*
	 * Not by ret, which the processor would expect to lead back to this
	 * flow; a jump it learns. The register is dead: arguments are gone.
	 */
	popq	%rcx
	.cfi_adjust_cfa_offset -8
	.cfi_register %rip, %rcx
	NOTRACK jmp *%rcx
	.cfi_restore_state
2:	ldmxcsr	(%rsp)
	fldcw	4(%rsp)
	jmp	1b
	.cfi_endproc
	.size	async_switch_asm, . - async_switch_asm

/* Where a new flow begins. For who walks the stack it has no caller. */
	.globl	async_switch_begin
	.hidden	async_switch_begin
	.type	async_switch_begin, @function
	.p2align 4
	.cfi_startproc
	.cfi_undefined %rip
	/* Who walks looks at the instruction before the one to return to */
	nop
async_switch_begin:
	_CET_ENDBR
	movq	%r13, %rdi
	callq	*%r12
	ud2
	.cfi_endproc
	.size	async_switch_begin, . - async_switch_begin

#endif
	.section .note.GNU-stack, "", %progbits
