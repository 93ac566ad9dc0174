// SPDX-License-Identifier: MIT
/* Callback and status of a wait ctx, without any job. */
#include <limits.h>
#include "fds.h"

static int never_called(void *arg)
{
	row_end(FAILED, "the implementation called the callback, with %p", arg);
}

static int another(void *arg)
{
	return never_called(arg);
}

static void callback_is(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn want,
			void *want_arg)
{
	ASYNC_callback_fn callback = NULL;
	void *arg = &other;

	IS(ASYNC_WAIT_CTX_get_callback(ctx, &callback, &arg), 1);
	IS(callback, want);
	IS(arg, want_arg);
}

static void no_callback(ASYNC_WAIT_CTX *ctx)
{
	ASYNC_callback_fn callback = another;
	void *arg = &other;

	IS(ASYNC_WAIT_CTX_get_callback(ctx, &callback, &arg), 0);
	IS(callback, another);
	IS(arg, &other);
}

static void set_null_ctx(void)
{
	IS(ASYNC_WAIT_CTX_set_callback(NULL, never_called, &custom), 0);
}

static void set_unset(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	IS(ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL), 1);
	IS(ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom), 1);
	IS(ASYNC_WAIT_CTX_set_callback(ctx, NULL, &custom), 1);
	no_callback(ctx);
}

static void get_none(void)
{
	no_callback(new_ctx());
}

static void get_last(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	IS(ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom), 1);
	callback_is(ctx, never_called, &custom);
	callback_is(ctx, never_called, &custom);
	IS(ASYNC_WAIT_CTX_set_callback(ctx, another, NULL), 1);
	callback_is(ctx, another, NULL);
}

static void status_values(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int status;

	for (status = ASYNC_STATUS_EAGAIN; status >= 0; status--) {
		IS(ASYNC_WAIT_CTX_set_status(ctx, status), 1);
		IS(ASYNC_WAIT_CTX_get_status(ctx), status);
	}
}

static void status_any(void)
{
	static const int values[] = { 4, -1, 77, INT_MAX, INT_MIN, 0 };
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		IS(ASYNC_WAIT_CTX_set_status(ctx, values[i]), 1);
		IS(ASYNC_WAIT_CTX_get_status(ctx), values[i]);
	}
}

static void status_untouched(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t n;

	ASYNC_WAIT_CTX_set_status(ctx, 77);
	add_fd(ctx, &key_a, 10);
	fd_is(ctx, &key_a, 10);
	ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n);
	changed_fds_are(ctx, "10", "");
	clear_fd(ctx, &key_a);
	ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom);
	callback_is(ctx, never_called, &custom);
	ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL);
	IS(ASYNC_WAIT_CTX_get_status(ctx), 77);
}

/* No code ties the two: a status calls nothing and unsets nothing. */
static void status_calls_nothing(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int status;

	ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom);
	for (status = 0; status <= ASYNC_STATUS_EAGAIN; status++) {
		ASYNC_WAIT_CTX_set_status(ctx, status);
		callback_is(ctx, never_called, &custom);
	}
	add_fd(ctx, &key_a, 10);
	ASYNC_WAIT_CTX_free(ctx);
}

static void of_one_ctx(void)
{
	ASYNC_WAIT_CTX *first = new_ctx(), *second = new_ctx();

	ASYNC_WAIT_CTX_set_callback(first, never_called, &custom);
	ASYNC_WAIT_CTX_set_status(first, ASYNC_STATUS_OK);
	add_fd(first, &key_a, 10);
	no_callback(second);
	IS(ASYNC_WAIT_CTX_get_status(second), ASYNC_STATUS_UNSUPPORTED);
	no_fd(second, &key_a);
}

const struct row callback_rows[] = {
	{ "set_callback: ctx NULL: 0", CODE, set_null_ctx },
	{ "set_callback: callback NULL unsets it: 1", CODE, set_unset },
	{ "get_callback: none: 0, outputs untouched", CODE, get_none },
	{ "get_callback: the pair that was set last: 1", MAN, get_last },
	{ "status: the four values", MAN, status_values },
	{ "status: any int, not validated", CODE, status_any },
	{ "status: nothing else changes it", CODE, status_untouched },
	{ "status: calls and unsets no callback", CODE, status_calls_nothing },
	{ "each ctx has its own", CODE, of_one_ctx },
	{ NULL, 0, NULL }
};
