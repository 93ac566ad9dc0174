/* SPDX-License-Identifier: MIT */
/*
 * What tools that watch a program have to be told of its stacks:
 * AddressSanitizer, ThreadSanitizer and valgrind.
 *
 * The sanitizers' functions are weak: they are there in a program that was
 * built with one, whether or not this library was, and else they are NULL.
 * Valgrind's requests are a few instructions that do nothing elsewhere; they
 * are compiled in if its header is there.
 *
 * Each function that has a partner on the other side of a switch is inlined:
 * ThreadSanitizer must not see it return on the other stack.
 */
#ifndef LIB_OSSL_FIBER_H
#define LIB_OSSL_FIBER_H

#include <stdbool.h>
#include <stddef.h>

#if __has_include("valgrind/valgrind.h")
#include <valgrind/valgrind.h>
#define fiber_register(low, high)	VALGRIND_STACK_REGISTER(low, high)
#define fiber_deregister(id)		VALGRIND_STACK_DEREGISTER(id)
#else
#define fiber_register(low, high)	((void)(low), (void)(high), 0u)
#define fiber_deregister(id)		((void)(id))
#endif

void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom,
				    size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack_save,
				     const void **bottom_old, size_t *size_old);
void __asan_unpoison_memory_region(const void *addr, size_t size);
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned int flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned int flags);

#pragma weak __sanitizer_start_switch_fiber
#pragma weak __sanitizer_finish_switch_fiber
#pragma weak __asan_unpoison_memory_region
#pragma weak __tsan_get_current_fiber
#pragma weak __tsan_create_fiber
#pragma weak __tsan_destroy_fiber
#pragma weak __tsan_switch_to_fiber

/**
 * struct fiber - one stack, for the tools
 * @low: its lowest address. Of a thread's own stack it is learnt by the first
 *	switch away from it
 * @size: its bytes
 * @fake: ASan's frames of it while it does not run
 * @tsan: TSan's name for it
 * @valgrind: valgrind's name for it
 *
 * Its thread's own.
 */
struct fiber {
	const void *low;
	size_t size;
	void *fake;
	void *tsan;
	unsigned int valgrind;
};

/**
 * fiber_tools() - whether a sanitizer wants to know of switches
 *
 * Return: true if so.
 */
static inline bool fiber_tools(void)
{
	return __sanitizer_start_switch_fiber || __tsan_switch_to_fiber;
}

/**
 * fiber_init() - a stack that was made
 * @fiber: out
 * @low: its lowest address
 * @size: its bytes
 */
static inline void fiber_init(struct fiber *fiber, const void *low, size_t size)
{
	*fiber = (struct fiber) { .low = low, .size = size };
	fiber->valgrind = fiber_register(low, (const char *)low + size);
	if (__tsan_create_fiber)
		fiber->tsan = __tsan_create_fiber(0);
}

/**
 * fiber_destroy() - a stack that is about to be freed, or to be begun anew
 * @fiber: what fiber_init() made; nothing runs there
 */
static inline void fiber_destroy(struct fiber *fiber)
{
	if (__tsan_destroy_fiber)
		__tsan_destroy_fiber(fiber->tsan);
	/* Of frames that were never left, their redzones are still there */
	if (__asan_unpoison_memory_region)
		__asan_unpoison_memory_region(fiber->low, fiber->size);
	fiber_deregister(fiber->valgrind);
}

/**
 * fiber_home() - the thread left a job without a switch, as pthread_exit(3) does
 * @home: the thread's own stack, on which it is again
 *
 * TSan has no word for it: there pthread_exit(3) itself refuses.
 */
static inline __attribute__((always_inline)) void
fiber_home(const struct fiber *home)
{
	if (__sanitizer_start_switch_fiber) {
		__sanitizer_start_switch_fiber(NULL, home->low, home->size);
		__sanitizer_finish_switch_fiber(home->fake, NULL, NULL);
		__asan_unpoison_memory_region(home->low, home->size);
	}
}

/**
 * fiber_leave() - just before a switch
 * @from: the stack that is left
 * @to: the stack that goes on
 */
static inline __attribute__((always_inline)) void
fiber_leave(struct fiber *from, const struct fiber *to)
{
	if (__sanitizer_start_switch_fiber)
		__sanitizer_start_switch_fiber(&from->fake, to->low, to->size);
	if (__tsan_switch_to_fiber) {
		from->tsan = __tsan_get_current_fiber();
		__tsan_switch_to_fiber(to->tsan, 0);
	}
}

/**
 * fiber_enter() - just after a switch
 * @here: the stack that goes on; NULL: for the first time
 * @from: the stack that was left
 */
static inline __attribute__((always_inline)) void
fiber_enter(const struct fiber *here, struct fiber *from)
{
	if (__sanitizer_finish_switch_fiber)
		__sanitizer_finish_switch_fiber(here ? here->fake : NULL,
						&from->low, &from->size);
}

#endif /* LIB_OSSL_FIBER_H */
