/* SPDX-License-Identifier: MIT */
/* What the jobs need of a wait ctx beyond its public functions. */
#ifndef LIB_OSSL_WAITCTX_H
#define LIB_OSSL_WAITCTX_H

#include <openssl/async.h>

/**
 * waitctx_end_period() - end the period of ASYNC_WAIT_CTX_get_changed_fds()
 * @ctx: the ctx, not NULL
 *
 * Entries that were removed are dropped, those that were added count as old.
 *
 * Context: the thread that owns @ctx, inside ASYNC_pause_job(), after the job
 * was resumed.
 */
void waitctx_end_period(struct async_wait_ctx_st *ctx);

#endif /* LIB_OSSL_WAITCTX_H */
