/* SPDX-License-Identifier: MIT */
/* A wait ctx from the inside: what the jobs need of it. */
#ifndef LIB_OSSL_WAITCTX_H
#define LIB_OSSL_WAITCTX_H

#include <stdatomic.h>

#include <openssl/async.h>

struct wait_entry;

/**
 * struct async_wait_ctx_st - a wait ctx
 * @entries: newest first
 * @jobs: that were started with it and have not finished; job.c's
 * @callback: NULL: none is set
 * @callback_arg: what it is called with
 * @status: set and got by any thread
 *
 * All of it is its owner thread's but @status: a callback may look at the
 * status, in the thread that reaps, while the owner submits the next request
 * and sets it. Relaxed order is enough, for a status publishes nothing but
 * itself: a callback comes after the status of its own submission by way of the
 * rings, and results have a release and acquire of their own.
 */
struct async_wait_ctx_st {
	struct wait_entry *entries;
	struct async_job_st *jobs;
	ASYNC_callback_fn callback;
	void *callback_arg;
	atomic_int status;
};

/**
 * waitctx_end_period() - end the period of ASYNC_WAIT_CTX_get_changed_fds()
 * @ctx: the ctx, not NULL
 *
 * Entries that were removed are dropped, those that were added count as old.
 *
 * Context: the thread that owns @ctx, where a job of it is resumed.
 */
void waitctx_end_period(struct async_wait_ctx_st *ctx);

#endif /* LIB_OSSL_WAITCTX_H */
