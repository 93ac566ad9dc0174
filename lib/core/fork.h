/* SPDX-License-Identifier: MIT */
/*
 * The ownership token: whether this process is the one that opened a queue.
 *
 * A word in a page of its own that the kernel clears in every child, so to ask
 * is one load: no system call, and no handler of pthread_atfork(3), which a
 * clone(2) of the application's own would pass by.
 */
#ifndef LIB_CORE_FORK_H
#define LIB_CORE_FORK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * async_fork_token_new() - make a token that this process owns
 * @token: out
 *
 * Return: 0 or a negative errno.
 */
int async_fork_token_new(const _Atomic uint32_t **token);

/**
 * async_fork_token_free() - the end of a token, in the owner or in a child
 * @token: the token
 */
void async_fork_token_free(const _Atomic uint32_t *token);

/**
 * fork_owner() - whether the calling process made the token
 * @token: the token
 *
 * Atomic, since a fork() changes it behind the compiler's back.
 *
 * Return: true if so, false in a child.
 */
static inline bool fork_owner(const _Atomic uint32_t *token)
{
	return atomic_load_explicit(token, memory_order_relaxed);
}

#endif /* LIB_CORE_FORK_H */
