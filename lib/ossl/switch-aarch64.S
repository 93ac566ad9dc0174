/* SPDX-License-Identifier: MIT */
/*
 * The switch for aarch64, AAPCS64. See switch.h.
 *
 * A flow that does not run has on its stack, from its pointer upwards:
 *
 *	  0	x29, x30 (where it goes on)
 *	 16	x19 to x28
 *	 96	d8 to d15
 *	160	FPCR
 *
 * async_switch_make() lays the same out for a new one, which goes on at
 * async_switch_begin() with its function in x19 and the argument in x20.
 */
#if defined(__aarch64__) && defined(__LP64__)

#define FRAME	176
/* A landing pad; in the space of hints, so a nop where it means nothing. */
#define BTI_C	hint #34

	.text

/* int async_switch_asm(void **from, void *to, int value) */
	.globl	async_switch_asm
	.hidden	async_switch_asm
	.type	async_switch_asm, %function
	.p2align 5
async_switch_asm:
	.cfi_startproc
	BTI_C
	stp	x29, x30, [sp, #-FRAME]!
	.cfi_def_cfa_offset FRAME
	.cfi_rel_offset x29, 0
	.cfi_rel_offset x30, 8
	stp	x19, x20, [sp, #16]
	.cfi_rel_offset x19, 16
	.cfi_rel_offset x20, 24
	stp	x21, x22, [sp, #32]
	.cfi_rel_offset x21, 32
	.cfi_rel_offset x22, 40
	stp	x23, x24, [sp, #48]
	.cfi_rel_offset x23, 48
	.cfi_rel_offset x24, 56
	stp	x25, x26, [sp, #64]
	.cfi_rel_offset x25, 64
	.cfi_rel_offset x26, 72
	stp	x27, x28, [sp, #80]
	.cfi_rel_offset x27, 80
	.cfi_rel_offset x28, 88
	stp	d8, d9, [sp, #96]
	.cfi_rel_offset d8, 96
	.cfi_rel_offset d9, 104
	stp	d10, d11, [sp, #112]
	.cfi_rel_offset d10, 112
	.cfi_rel_offset d11, 120
	stp	d12, d13, [sp, #128]
	.cfi_rel_offset d12, 128
	.cfi_rel_offset d13, 136
	stp	d14, d15, [sp, #144]
	.cfi_rel_offset d14, 144
	.cfi_rel_offset d15, 152
	mrs	x4, fpcr
	str	x4, [sp, #160]
	mov	x5, sp
	str	x5, [x0]
	/* From here on it is the other flow; its stack looks the same */
	mov	sp, x1
	mov	w0, w2
	ldr	x6, [sp, #160]
	/* To write this one may empty the pipeline */
	cmp	x4, x6
	b.ne	2f
1:	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	d8, d9, [sp, #96]
	ldp	d10, d11, [sp, #112]
	ldp	d12, d13, [sp, #128]
	ldp	d14, d15, [sp, #144]
	ldp	x29, x30, [sp], #FRAME
	.cfi_remember_state
	.cfi_def_cfa_offset 0
	.cfi_restore x29
	.cfi_restore x30
	.cfi_restore x19
	.cfi_restore x20
	.cfi_restore x21
	.cfi_restore x22
	.cfi_restore x23
	.cfi_restore x24
	.cfi_restore x25
	.cfi_restore x26
	.cfi_restore x27
	.cfi_restore x28
	.cfi_restore d8
	.cfi_restore d9
	.cfi_restore d10
	.cfi_restore d11
	.cfi_restore d12
	.cfi_restore d13
	.cfi_restore d14
	.cfi_restore d15
	ret
	.cfi_restore_state
2:	msr	fpcr, x6
	b	1b
	.cfi_endproc
	.size	async_switch_asm, . - async_switch_asm

/* Where a new flow begins. For who walks the stack it has no caller. */
	.globl	async_switch_begin
	.hidden	async_switch_begin
	.type	async_switch_begin, %function
	.p2align 4
	.cfi_startproc
	.cfi_undefined x30
	/* Who walks looks at the instruction before the one to return to */
	nop
async_switch_begin:
	BTI_C
	mov	x0, x20
	blr	x19
	brk	#1
	.cfi_endproc
	.size	async_switch_begin, . - async_switch_begin

/* With -mbranch-protection: all of this file has its landing pads. */
#if defined(__ARM_FEATURE_BTI_DEFAULT)
	.section .note.gnu.property, "a"
	.p2align 3
	.word	4, 16, 5
	.asciz	"GNU"
	.word	0xc0000000, 4, 1, 0
#endif

#endif
	.section .note.GNU-stack, "", %progbits
