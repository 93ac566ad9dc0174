// SPDX-License-Identifier: MIT
/*
 * NULL where the manual has no word for it. A library that answers returns 0
 * and touches no output.
 */
#include "fds.h"

static char *const untouched = &other;

static void set_wait_fd(void)
{
	IS(ASYNC_WAIT_CTX_set_wait_fd(NULL, &key_a, 10, NULL, NULL), 0);
}

static void clear(void)
{
	IS(ASYNC_WAIT_CTX_clear_fd(NULL, &key_a), 0);
}

static void get_fd(void)
{
	no_fd(NULL, &key_a);
}

static void get_fd_outputs(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	void *data = untouched;
	int fd = 7;

	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_get_fd(ctx, &key_a, NULL, &data), 0);
	IS(ASYNC_WAIT_CTX_get_fd(ctx, &key_a, &fd, NULL), 0);
	IS(data, untouched);
	IS(fd, 7);
}

static void get_all_fds(void)
{
	size_t n = 99;
	int fd = 7;

	IS(ASYNC_WAIT_CTX_get_all_fds(NULL, &fd, &n), 0);
	IS(n, 99);
	IS(fd, 7);
}

static void get_all_fds_count(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int fd = 7;

	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, NULL), 0);
	IS(fd, 7);
}

static void get_changed_fds(void)
{
	size_t n = 99;
	int fd = 7;

	IS(ASYNC_WAIT_CTX_get_changed_fds(NULL, &fd, &n, &fd, &n), 0);
	IS(n, 99);
	IS(fd, 7);
}

static void get_changed_fds_counts(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t n = 99;
	int fd = 7;

	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_get_changed_fds(ctx, &fd, NULL, &fd, &n), 0);
	IS(ASYNC_WAIT_CTX_get_changed_fds(ctx, &fd, &n, &fd, NULL), 0);
	IS(n, 99);
	IS(fd, 7);
}

static int callback_fn(void *arg)
{
	(void)arg;
	return 0;
}

static void get_callback(void)
{
	ASYNC_callback_fn callback = callback_fn;
	void *arg = untouched;

	IS(ASYNC_WAIT_CTX_get_callback(NULL, &callback, &arg), 0);
	IS(callback, callback_fn);
	IS(arg, untouched);
}

static void get_callback_outputs(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	ASYNC_callback_fn callback = NULL;
	void *arg = untouched;

	ASYNC_WAIT_CTX_set_callback(ctx, callback_fn, &custom);
	IS(ASYNC_WAIT_CTX_get_callback(ctx, NULL, &arg), 0);
	IS(ASYNC_WAIT_CTX_get_callback(ctx, &callback, NULL), 0);
	IS(callback, NULL);
	IS(arg, untouched);
}

static void set_status(void)
{
	IS(ASYNC_WAIT_CTX_set_status(NULL, ASYNC_STATUS_OK), 0);
}

static void get_status(void)
{
	IS(ASYNC_WAIT_CTX_get_status(NULL), ASYNC_STATUS_UNSUPPORTED);
}

const struct row null_rows[] = {
	{ "set_wait_fd: ctx NULL: 0", PLUS, set_wait_fd },
	{ "get_fd: ctx NULL: 0", PLUS, get_fd },
	{ "get_fd: an output NULL: 0", PLUS, get_fd_outputs },
	{ "get_all_fds: ctx NULL: 0", PLUS, get_all_fds },
	{ "get_all_fds: count NULL: 0", PLUS, get_all_fds_count },
	{ "get_changed_fds: ctx NULL: 0", PLUS, get_changed_fds },
	{ "get_changed_fds: a count NULL: 0", PLUS, get_changed_fds_counts },
	{ "clear_fd: ctx NULL: 0", PLUS, clear },
	{ "get_callback: ctx NULL: 0", PLUS, get_callback },
	{ "get_callback: an output NULL: 0", PLUS, get_callback_outputs },
	{ "set_status: ctx NULL: 0", PLUS, set_status },
	{ "get_status: ctx NULL: UNSUPPORTED", PLUS, get_status },
	{ NULL, 0, NULL }
};
