/* SPDX-License-Identifier: MIT */
/* A wait ctx and its fds. Keys and custom data count by their addresses. */
#ifndef CONFORMANCE_FDS_H
#define CONFORMANCE_FDS_H

#include "api.h"
#include "row.h"

extern char key_a, key_b, custom, other;

/**
 * new_ctx() - a wait ctx; fails the row if there is none
 *
 * Return: the ctx.
 */
ASYNC_WAIT_CTX *new_ctx(void);

/**
 * add_fd() - ASYNC_WAIT_CTX_set_wait_fd() with &custom and record_cleanup()
 * @ctx: the ctx
 * @key: the key
 * @fd: the fd
 */
void add_fd(ASYNC_WAIT_CTX *ctx, const void *key, int fd);

/**
 * clear_fd() - ASYNC_WAIT_CTX_clear_fd(), which has to succeed
 * @ctx: the ctx
 * @key: the key
 */
void clear_fd(ASYNC_WAIT_CTX *ctx, const void *key);

/**
 * all_fds_are() - check get_all_fds(), with an array and without
 * @ctx: the ctx
 * @want: the fds in their order, as "12 11"; "": none
 */
void all_fds_are(ASYNC_WAIT_CTX *ctx, const char *want);

/**
 * changed_fds_are() - check get_changed_fds(), with arrays and without
 * @ctx: the ctx
 * @added: the fds added, as for all_fds_are()
 * @removed: the fds removed, likewise
 */
void changed_fds_are(ASYNC_WAIT_CTX *ctx, const char *added,
		     const char *removed);

/**
 * fd_is() - check get_fd() of a key that has one
 * @ctx: the ctx
 * @key: the key
 * @want: its fd
 */
void fd_is(ASYNC_WAIT_CTX *ctx, const void *key, int want);

/**
 * no_fd() - check get_fd() of a key that has none: the outputs stay untouched
 * @ctx: the ctx
 * @key: the key
 */
void no_fd(ASYNC_WAIT_CTX *ctx, const void *key);

/* A cleanup function: adds the fd to those that cleaned_up_are() checks. */
void record_cleanup(ASYNC_WAIT_CTX *ctx, const void *key, int fd,
		    void *custom_data);

/**
 * cleaned_up_are() - check whose cleanup functions were called
 * @want: the fds in the order of the calls, as for all_fds_are()
 */
void cleaned_up_are(const char *want);

#endif /* CONFORMANCE_FDS_H */
