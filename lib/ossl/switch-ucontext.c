// SPDX-License-Identifier: MIT
/* The switch by swapcontext(3), and the choice between that and assembly. */
#include <ucontext.h>

#include "switch.h"

bool async_switch_slow = !SWITCH_HAS_ASM;

/**
 * struct flow - a flow that does not run, on its own stack
 * @context: what goes on
 * @value: what its async_switch() returns then; written by who switches to it
 */
struct flow {
	ucontext_t context;
	int value;
};

/* Whether the processor keeps a shadow stack for this thread. */
static bool shadow_stack(void)
{
#if defined(__x86_64__)
	unsigned long ssp = 0;

	/* rdsspq %rax; a nop without one. As bytes: old assemblers lack it */
	__asm__ volatile(".byte 0xf3, 0x48, 0x0f, 0x1e, 0xc8" : "+a" (ssp));
	return ssp;
#elif defined(__aarch64__)
	register unsigned long feature __asm__("x16") = 1;

	/* chkfeat x16: clears the bit of a guarded control stack in use */
	__asm__ volatile("hint #40" : "+r" (feature));
	return !feature;
#else
	return false;
#endif
}

void async_switch_init(void)
{
	if (shadow_stack())
		async_switch_slow = true;
}

int async_switch_ucontext(void **from, void *to, int value)
{
	struct flow *next = to;
	struct flow here;

	next->value = value;
	/* It is there while anybody wants it: until this returns */
	/* cppcheck-suppress autoVariables */
	*from = &here;
	/* It can't fail: it allocates nothing, and the masks are good */
	swapcontext(&here.context, &next->context);
	/* Written by who switched back */
	/* cppcheck-suppress uninitvar */
	return here.value;
}

/* makecontext(3) passes ints; a pointer is two of them. */
static void *pointer(unsigned int high, unsigned int low)
{
	return (void *)(uintptr_t)((uint64_t)high << 32 | low);
}

static void begin(unsigned int entry_high, unsigned int entry_low,
		  unsigned int arg_high, unsigned int arg_low)
{
	void (*entry)(void *arg);

	entry = pointer(entry_high, entry_low);
	entry(pointer(arg_high, arg_low));
}

#define HIGH(p)	((unsigned int)((uint64_t)(uintptr_t)(p) >> 32))
#define LOW(p)	((unsigned int)(uintptr_t)(p))

static void *make_ucontext(void *stack, uintptr_t top,
			   void (*entry)(void *arg), void *arg)
{
	struct flow *flow = (void *)((top - sizeof(*flow)) & ~(uintptr_t)63);
	ucontext_t *context = &flow->context;

	getcontext(context);
	context->uc_link = NULL;
	context->uc_stack.ss_sp = stack;
	context->uc_stack.ss_size = (uintptr_t)flow - (uintptr_t)stack;
	makecontext(context, (void (*)(void))begin, 4, HIGH(entry), LOW(entry),
		    HIGH(arg), LOW(arg));
	return flow;
}

#if defined(__x86_64__) && SWITCH_HAS_ASM

/* What switch-x86_64.S takes off the stack, and its return address. */
struct frame {
	uint32_t mxcsr;
	uint16_t x87;
	uint64_t r15, r14, r13, r12, rbx, rbp;
	uint64_t rip;
};

static void *make_asm(uintptr_t top, void (*entry)(void *arg), void *arg)
{
	struct frame *frame = (void *)((top & ~(uintptr_t)63) - sizeof(*frame));
	struct switch_fp fp = switch_fp_get();

	*frame = (struct frame) {
		.mxcsr = fp.word,
		.x87 = fp.x87,
		.r12 = (uintptr_t)entry,
		.r13 = (uintptr_t)arg,
		.rip = (uintptr_t)async_switch_begin,
	};
	return frame;
}

#elif SWITCH_HAS_ASM

/* What switch-aarch64.S takes off the stack. */
struct frame {
	uint64_t x29, x30;
	uint64_t x19, x20, x21_to_x28[8];
	uint64_t d8_to_d15[8];
	uint64_t fpcr, unused;
};

static void *make_asm(uintptr_t top, void (*entry)(void *arg), void *arg)
{
	struct frame *frame = (void *)((top & ~(uintptr_t)63) - sizeof(*frame));

	*frame = (struct frame) {
		.x30 = (uintptr_t)async_switch_begin,
		.x19 = (uintptr_t)entry,
		.x20 = (uintptr_t)arg,
		.fpcr = switch_fp_get().word,
	};
	return frame;
}

#endif

void *async_switch_make(void *stack, size_t size, void (*entry)(void *arg),
			void *arg)
{
	uintptr_t top = (uintptr_t)stack + size;

#if SWITCH_HAS_ASM
	if (!async_switch_slow)
		return make_asm(top, entry, arg);
#endif
	return make_ucontext(stack, top, entry, arg);
}
