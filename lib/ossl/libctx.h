/* SPDX-License-Identifier: MIT */
/*
 * The default library context of a process that has libcrypto.
 *
 * OSSL_LIB_CTX_set0_default(3) is per thread. A job that sets its own expects
 * to find it after a pause, and its application not to: OpenSSL's jobs change
 * it along with the stack, and so do these. This library knows libcrypto only
 * if the process has it.
 */
#ifndef LIB_OSSL_LIBCTX_H
#define LIB_OSSL_LIBCTX_H

#include <stdatomic.h>
#include <stddef.h>

typedef void *(*libctx_fn)(void *ctx);

/**
 * async_libctx_swap - OSSL_LIB_CTX_set0_default(), or NULL
 *
 * Written by async_libctx_find(), once. Relaxed: a function is not initialised.
 */
extern _Atomic libctx_fn async_libctx_swap;

/**
 * async_libctx_find() - look for libcrypto, unless it was found
 *
 * A plugin may bring it at any time, so this is called for each job and each
 * wait ctx that is made. From then on it stays loaded.
 */
void async_libctx_find(void);

/**
 * libctx_set() - set the thread's default context
 * @ctx: the context; NULL: as it is
 *
 * Return: the one before; NULL in a process without libcrypto.
 */
static inline void *libctx_set(void *ctx)
{
	libctx_fn swap = atomic_load_explicit(&async_libctx_swap,
					      memory_order_relaxed);

	void *now;

	if (__builtin_expect(!swap, 1))
		return NULL;
	/* To ask is cheaper than to set, and mostly there is nothing to set */
	now = swap(NULL);
	if (ctx && ctx != now)
		swap(ctx);
	return now;
}

#endif /* LIB_OSSL_LIBCTX_H */
