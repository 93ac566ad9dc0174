/* SPDX-License-Identifier: MIT */
/*
 * Changing from one stack to another.
 *
 * A flow is what runs on a stack of its own. While it does not run, a pointer
 * into that stack stands for it: there lies all that is needed to go on.
 *
 * On x86-64 and aarch64 the change is a few lines of assembly, which keep the
 * registers that a function has to keep and the control words of floating
 * point. Elsewhere, and where the processor keeps a shadow stack, which only
 * the C library can change along with ours, it is swapcontext(3): that keeps
 * the signal mask of each flow as well, and is some 40 times as slow for it.
 */
#ifndef LIB_OSSL_SWITCH_H
#define LIB_OSSL_SWITCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if (defined(__x86_64__) && defined(__LP64__)) || \
	(defined(__aarch64__) && defined(__LP64__))
#define SWITCH_HAS_ASM 1
#else
#define SWITCH_HAS_ASM 0
#endif

/**
 * async_switch_slow - whether swapcontext(3) does it
 *
 * Written by async_switch_init(), and by tests before there is any flow; all of
 * a process's flows are of one kind.
 */
extern bool async_switch_slow;

/**
 * async_switch_init() - choose how
 *
 * Context: once, before anything else here.
 */
void async_switch_init(void);

/**
 * async_switch_make() - prepare a flow
 * @stack: lowest address of its stack, which nobody runs on
 * @size: the stack's bytes
 * @entry: what it runs; must not return
 * @arg: what that gets
 *
 * Return: the flow.
 */
void *async_switch_make(void *stack, size_t size, void (*entry)(void *arg),
			void *arg);

/* switch-*.S: async_switch() itself, and where a new flow begins. */
int async_switch_asm(void **from, void *to, int value);
void async_switch_begin(void);

/* switch-ucontext.c: the same by swapcontext(3). */
int async_switch_ucontext(void **from, void *to, int value);

/**
 * async_switch() - go from one flow to another
 * @from: out: the flow that calls
 * @to: the flow that goes on: its own call of this returns
 * @value: what that returns there; a new flow does not learn it
 *
 * Where the caller has nothing left to do afterwards the compiler makes this a
 * jump: then there is one mispredicted return for each switch and not two.
 *
 * Return: the value that the flow was gone on with.
 */
static inline int async_switch(void **from, void *to, int value)
{
#if SWITCH_HAS_ASM
	if (!__builtin_expect(async_switch_slow, false))
		return async_switch_asm(from, to, value);
#endif
	return async_switch_ucontext(from, to, value);
}

/**
 * struct switch_fp - the control words of floating point
 * @word: MXCSR or FPCR: rounding, traps, denormals
 * @x87: x86's other one
 *
 * A switch keeps those of each flow. A flow that was made long ago and begins a
 * new job takes over those of who starts it by these two functions. Where they
 * are unknown, nothing is taken over.
 */
struct switch_fp {
	uint64_t word;
	uint16_t x87;
};

#if defined(__x86_64__)

static inline struct switch_fp switch_fp_get(void)
{
	struct switch_fp fp;
	uint32_t mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m" (mxcsr));
	__asm__ volatile("fnstcw %0" : "=m" (fp.x87));
	fp.word = mxcsr;
	return fp;
}

static inline void switch_fp_set(const struct switch_fp *fp)
{
	uint32_t mxcsr = fp->word;

	__asm__ volatile("ldmxcsr %0" : : "m" (mxcsr));
	__asm__ volatile("fldcw %0" : : "m" (fp->x87));
}

#elif defined(__aarch64__)

static inline struct switch_fp switch_fp_get(void)
{
	struct switch_fp fp = { 0 };

	__asm__ volatile("mrs %0, fpcr" : "=r" (fp.word));
	return fp;
}

static inline void switch_fp_set(const struct switch_fp *fp)
{
	__asm__ volatile("msr fpcr, %0" : : "r" (fp->word));
}

#else

static inline struct switch_fp switch_fp_get(void)
{
	return (struct switch_fp) { 0 };
}

static inline void switch_fp_set(const struct switch_fp *fp)
{
	(void)fp;
}

#endif

#endif /* LIB_OSSL_SWITCH_H */
