// SPDX-License-Identifier: MIT
/*
 * The fds of a wait ctx, without any job: new and free, set, get and clear.
 * What needs an fd of an earlier period is in rows-period.c.
 */
#include <sys/resource.h>
#include "fds.h"

static void new_status(void)
{
	IS(ASYNC_WAIT_CTX_get_status(new_ctx()), ASYNC_STATUS_UNSUPPORTED);
}

static void new_empty(void)
{
	ASYNC_callback_fn callback = NULL;
	ASYNC_WAIT_CTX *ctx = new_ctx();
	void *arg = &other;

	IS(ASYNC_WAIT_CTX_get_callback(ctx, &callback, &arg), 0);
	all_fds_are(ctx, "");
	changed_fds_are(ctx, "", "");
	no_fd(ctx, NULL);
}

static void free_null(void)
{
	ASYNC_WAIT_CTX_free(NULL);
}

static ASYNC_WAIT_CTX *cleaned_ctx;

static void check_cleanup(ASYNC_WAIT_CTX *ctx, const void *key, int fd,
			  void *custom_data)
{
	IS(ctx, cleaned_ctx);
	IS(key, &key_a);
	IS(custom_data, &other);
	record_cleanup(ctx, key, fd, custom_data);
}

static void free_cleanup(void)
{
	cleaned_ctx = new_ctx();
	IS(ASYNC_WAIT_CTX_set_wait_fd(cleaned_ctx, &key_a, 10, &other,
				      check_cleanup), 1);
	cleaned_up_are("");
	ASYNC_WAIT_CTX_free(cleaned_ctx);
	cleaned_up_are("10");
}

static void free_order(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	add_fd(ctx, &key_a, 12);
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("12 11 10");
}

static void free_cleared(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	clear_fd(ctx, &key_a);
	cleaned_up_are("");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("11");
}

static void set_adds(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_a, 11);
	all_fds_are(ctx, "11 10");
	clear_fd(ctx, &key_a);
	fd_is(ctx, &key_a, 10);
}

static void set_duplicates(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 10);
	all_fds_are(ctx, "10 10 10");
	changed_fds_are(ctx, "10 10 10", "");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("10 10 10");
}

static void set_bad_fd(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, OSSL_BAD_ASYNC_FD);
	fd_is(ctx, &key_a, -1);
	all_fds_are(ctx, "-1");
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("-1");
}

static void set_null_key(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, NULL, 10);
	add_fd(ctx, &key_a, 11);
	fd_is(ctx, NULL, 10);
	clear_fd(ctx, NULL);
	no_fd(ctx, NULL);
	all_fds_are(ctx, "11");
}

static void set_null_cleanup(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key_b, 11, &custom, NULL), 1);
	fd_is(ctx, &key_b, 11);
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("10");
}

/* Takes all the memory that malloc() of glibc has and can get. */
static void exhaust_memory(void)
{
	struct rlimit limit;
	size_t size;
	void *memory;

	IS(getrlimit(RLIMIT_AS, &limit), 0);
	limit.rlim_cur = 0;
	IS(setrlimit(RLIMIT_AS, &limit), 0);
	/* A compiler may leave out malloc(), but not this. */
	for (size = 4096; size > 0; size -= 8)
		while (!posix_memalign(&memory, sizeof(memory), size))
			;
}

static void set_out_of_memory(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	/* Fails: OpenSSL has its error queue from then on, or 3.5 hangs. */
	if (ASYNC_init_thread)
		ASYNC_init_thread(0, 1);
	exhaust_memory();
	IS(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key_b, 11, &custom, NULL), 0);
	no_fd(ctx, &key_b);
	all_fds_are(ctx, "10");
	changed_fds_are(ctx, "10", "");
}

static void get_newest(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_a, 11);
	add_fd(ctx, &key_b, 12);
	fd_is(ctx, &key_a, 11);
	fd_is(ctx, &key_b, 12);
}

static void get_cleared(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_a, 11);
	clear_fd(ctx, &key_a);
	fd_is(ctx, &key_a, 10);
	clear_fd(ctx, &key_a);
	no_fd(ctx, &key_a);
}

static void get_custom_data(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	void *data = &other;
	int fd;

	IS(ASYNC_WAIT_CTX_set_wait_fd(ctx, &key_a, 10, NULL, NULL), 1);
	IS(ASYNC_WAIT_CTX_get_fd(ctx, &key_a, &fd, &data), 1);
	IS(data, NULL);
	add_fd(ctx, &key_b, 11);
	fd_is(ctx, &key_b, 11);
}

static void get_unknown(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	no_fd(ctx, &key_a);
	add_fd(ctx, &key_a, 10);
	no_fd(ctx, &key_b);
	no_fd(ctx, NULL);
}

static void all_order(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_b, 11);
	add_fd(ctx, &key_a, 10);
	add_fd(ctx, NULL, 12);
	all_fds_are(ctx, "12 10 11");
}

static void all_count(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t n = 99;
	int fd = 7;

	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n), 1);
	IS(n, 0);
	IS(fd, 7);
	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n), 1);
	IS(n, 1);
	IS(fd, 10);
}

static void all_null_array(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t n = 99;

	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	IS(n, 0);
	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	IS(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	IS(n, 2);
}

static void changed_added(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	changed_fds_are(ctx, "11 10", "");
}

static void changed_reading(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int i;

	add_fd(ctx, &key_a, 10);
	for (i = 0; i < 3; i++)
		changed_fds_are(ctx, "10", "");
}

static void clear_newest(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	add_fd(ctx, &key_a, 12);
	clear_fd(ctx, &key_a);
	all_fds_are(ctx, "11 10");
	clear_fd(ctx, &key_a);
	all_fds_are(ctx, "11");
}

static void clear_vanishes(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	add_fd(ctx, &key_b, 11);
	clear_fd(ctx, &key_a);
	changed_fds_are(ctx, "11", "");
	clear_fd(ctx, &key_b);
	changed_fds_are(ctx, "", "");
}

static void clear_no_cleanup(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	add_fd(ctx, &key_a, 10);
	clear_fd(ctx, &key_a);
	ASYNC_WAIT_CTX_free(ctx);
	cleaned_up_are("");
}

static void clear_unknown(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	IS(ASYNC_WAIT_CTX_clear_fd(ctx, &key_a), 0);
	add_fd(ctx, &key_a, 10);
	IS(ASYNC_WAIT_CTX_clear_fd(ctx, &key_b), 0);
	IS(ASYNC_WAIT_CTX_clear_fd(ctx, NULL), 0);
	clear_fd(ctx, &key_a);
	IS(ASYNC_WAIT_CTX_clear_fd(ctx, &key_a), 0);
}

const struct row fds_rows[] = {
	{ "new: status UNSUPPORTED", MAN, new_status },
	{ "new: no callback, no fds", CODE, new_empty },
	{ "free: NULL is a no-op", CODE, free_null },
	{ "free: cleanup(ctx, key, fd, custom_data)", MAN, free_cleanup },
	{ "free: newest entry first", CODE, free_order },
	{ "free: no cleanup of what was cleared", MAN, free_cleared },
	{ "set_wait_fd: adds, never replaces", CODE, set_adds },
	{ "set_wait_fd: duplicate keys and fds", CODE, set_duplicates },
	{ "set_wait_fd: fd -1", CODE, set_bad_fd },
	{ "set_wait_fd: key NULL", CODE, set_null_key },
	{ "set_wait_fd: cleanup NULL", MAN, set_null_cleanup },
	{ "set_wait_fd: 0 when out of memory", CODE, set_out_of_memory },
	{ "get_fd: newest entry with the key", CODE, get_newest },
	{ "get_fd: not one that was cleared", CODE, get_cleared },
	{ "get_fd: custom data as set", MAN, get_custom_data },
	{ "get_fd: unknown key: 0, outputs untouched", CODE, get_unknown },
	{ "get_all_fds: newest first", CODE, all_order },
	{ "get_all_fds: the count is always written", MAN, all_count },
	{ "get_all_fds: the array may be NULL", MAN, all_null_array },
	{ "get_changed_fds: added, newest first", MAN, changed_added },
	{ "get_changed_fds: reading ends no period", CODE, changed_reading },
	{ "clear_fd: newest entry with the key", CODE, clear_newest },
	{ "clear_fd: of this period: vanishes", CODE, clear_vanishes },
	{ "clear_fd: never calls cleanup", MAN, clear_no_cleanup },
	{ "clear_fd: unknown key: 0", CODE, clear_unknown },
	{ NULL, 0, NULL }
};
