// SPDX-License-Identifier: MIT
/*
 * ASYNC_WAIT_CTX, line by line of its behaviour. Suite waitctx is what OpenSSL
 * does, exactly: it passes against libcrypto too, given that library's header
 * and a waitctx_end_period() made of ASYNC_pause_job(). Suite waitctx_robust is
 * where OpenSSL crashes and this library answers.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/resource.h>

#include "ossl/waitctx.h"

#define MAX_FDS		8
#define UNTOUCHED	(-77)	/* an output's value before the call */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Keys and custom data count by their addresses only. */
static char key_a, key_b, custom, other;
static ASYNC_WAIT_CTX *ctx;

/* The cleanups in the order in which they ran. */
static struct cleanup_call {
	ASYNC_WAIT_CTX *ctx;
	const void *key;
	void *custom_data;
} cleanups[MAX_FDS];
static int cleaned_fds[MAX_FDS];
static size_t n_cleaned;

static void record_cleanup(ASYNC_WAIT_CTX *owner, const void *key, int fd,
			   void *custom_data)
{
	cr_assert_lt(n_cleaned, MAX_FDS);
	cleaned_fds[n_cleaned] = fd;
	cleanups[n_cleaned++] = (struct cleanup_call) {
		owner, key, custom_data
	};
}

static int never_called(void *arg)
{
	cr_assert_fail("the callback was called with %p", arg);
	return 1;
}

static void setup(void)
{
	ctx = ASYNC_WAIT_CTX_new();
	cr_assert_not_null(ctx);
}

/* Also within a test, to look at what it did. */
static void free_ctx(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
}

TestSuite(waitctx, .init = setup, .fini = free_ctx);
TestSuite(waitctx_robust, .init = setup, .fini = free_ctx);

static int add(const void *key, int fd)
{
	return ASYNC_WAIT_CTX_set_wait_fd(ctx, key, fd, &custom,
					  record_cleanup);
}

/* The interface: names, values and types of the man page. */

_Static_assert(ASYNC_STATUS_UNSUPPORTED == 0 && ASYNC_STATUS_ERR == 1 &&
	       ASYNC_STATUS_OK == 2 && ASYNC_STATUS_EAGAIN == 3, "man page");
_Static_assert(OSSL_BAD_ASYNC_FD == -1, "an fd that is none");

#define HAS_TYPE(what, ...) _Static_assert(__builtin_types_compatible_p( \
	__VA_ARGS__, __typeof__(what)), "not the man page's: " #what)
#define W ASYNC_WAIT_CTX *

HAS_TYPE((OSSL_ASYNC_FD)0, int);
HAS_TYPE((ASYNC_callback_fn)0, int (*)(void *));
HAS_TYPE(ASYNC_WAIT_CTX_new, W(void));
HAS_TYPE(ASYNC_WAIT_CTX_free, void (W));
HAS_TYPE(ASYNC_WAIT_CTX_set_wait_fd,
	 int (W, const void *, int, void *,
	      void (*)(W, const void *, int, void *)));
HAS_TYPE(ASYNC_WAIT_CTX_get_fd, int (W, const void *, int *, void **));
HAS_TYPE(ASYNC_WAIT_CTX_get_all_fds, int (W, int *, size_t *));
HAS_TYPE(ASYNC_WAIT_CTX_get_changed_fds,
	 int (W, int *, size_t *, int *, size_t *));
HAS_TYPE(ASYNC_WAIT_CTX_clear_fd, int (W, const void *));
HAS_TYPE(ASYNC_WAIT_CTX_set_callback, int (W, int (*)(void *), void *));
HAS_TYPE(ASYNC_WAIT_CTX_get_callback, int (W, int (**)(void *), void **));
HAS_TYPE(ASYNC_WAIT_CTX_set_status, int (W, int));
HAS_TYPE(ASYNC_WAIT_CTX_get_status, int (W));

/*
 * Entries and periods, as rows: steps, and what is to be seen after them. Keys
 * are called a, b and 0 (NULL). Steps: "+a10" sets fd 10 for key a, "~a10" the
 * same without cleanup function and custom data, "-a" clears a key, "!a" fails
 * to clear one, "|" ends the period. Lists are fds in order.
 */
static const struct row {
	const char *name;
	const char *steps;
	const char *get_fd;	/* of keys a, b and 0; "-": none */
	const char *all;
	const char *added;
	const char *removed;
	const char *cleaned_up;	/* by free */
} rows[] = {
	{ "new: no fds",
	  "", "- - -", "", "", "", "" },
	{ "free: cleans up newest first",
	  "+a10 +b11 | +012", "10 11 12", "12 11 10", "12", "", "12 11 10" },
	{ "free: does not clean up what was cleared",
	  "+a10 +b11 | +012 -0 -a", "- 11 -", "11", "", "10", "11" },
	{ "set_wait_fd: adds and never replaces",
	  "+a10 +a11 | +a12", "12 - -", "12 11 10", "12", "", "12 11 10" },
	{ "set_wait_fd: accepts duplicate keys and fds",
	  "+a10 +a10 +b10", "10 10 -", "10 10 10", "10 10 10", "", "10 10 10" },
	{ "set_wait_fd: accepts fd -1",
	  "+a-1", "-1 - -", "-1", "-1", "", "-1" },
	{ "set_wait_fd: accepts key NULL",
	  "+a10 +011 +012 -0", "10 - 11", "11 10", "11 10", "", "11 10" },
	{ "set_wait_fd: accepts cleanup NULL",
	  "+a10 ~b11", "10 11 -", "11 10", "11 10", "", "10" },
	{ "get_fd: newest live entry",
	  "+a10 +a11 +b12", "11 12 -", "12 11 10", "12 11 10", "", "12 11 10" },
	{ "get_fd: not one that was removed",
	  "+a10 +a11 | -a", "10 - -", "10", "", "11", "10" },
	{ "get_all_fds: newest first",
	  "+b12 +a10 | +011", "10 12 11", "11 10 12", "11", "", "11 10 12" },
	{ "get_changed_fds: added and removed in this period",
	  "+a9 +a10 +b11 | -a +a12 -b +b13",
	  "12 13 -", "13 12 9", "13 12", "11 10", "13 12 9" },
	{ "clear_fd: newest live entry with that key",
	  "+a10 +b11 +a12 +a13 | -a -a", "10 11 -", "11 10", "", "13 12", "11 10" },
	{ "clear_fd: added in same period vanishes",
	  "+a10 +b11 +012 -b -a", "- - 12", "12", "12", "", "12" },
	{ "clear_fd: added in same period newest first",
	  "+a10 | +a11 +a12 -a", "11 - -", "11 10", "11", "", "11 10" },
	{ "clear_fd: old is reported removed",
	  "+a10 | -a", "- - -", "", "", "10", "" },
	{ "clear_fd: old is reported once",
	  "+a10 +b11 | -a |", "- 11 -", "11", "", "", "11" },
	{ "clear_fd: and set anew is both",
	  "+a10 | -a +a10", "10 - -", "10", "10", "10", "10" },
	{ "clear_fd: and set anew and clear is removed",
	  "+a10 | -a +a11 -a", "- - -", "", "", "10", "" },
	{ "clear_fd: never calls cleanup",
	  "+a10 +b11 | +012 -a -0 |", "- 11 -", "11", "", "", "11" },
	{ "clear_fd: unknown key 0",
	  "!a +a10 !b !0", "10 - -", "10", "10", "", "10" },
	{ "clear_fd: only once",
	  "+a10 +b11 -b !b | -a !a", "- - -", "", "", "10", "" },
	{ "period: without entries",
	  "| | +a10", "10 - -", "10", "10", "", "10" },
	{ "period: makes added old",
	  "+a10 +b11 | | -b", "10 - -", "10", "", "11", "10" },
};

static const void *const keys[] = { &key_a, &key_b, NULL };
static const char key_names[] = "ab0";

static void take_step(const struct row *row, const char *step)
{
	const void *key = keys[strchr(key_names, step[1]) - key_names];
	int ret;

	if (*step == '+')
		ret = add(key, atoi(step + 2));
	else if (*step == '~')
		ret = ASYNC_WAIT_CTX_set_wait_fd(ctx, key, atoi(step + 2), NULL,
						 NULL);
	else
		ret = ASYNC_WAIT_CTX_clear_fd(ctx, key);
	cr_assert_eq(ret, *step != '!', "%s: at \"%s\"", row->name, step);
}

/* Before a call that fills the array of MAX_FDS that it returns. */
static int *untouched(int *fd)
{
	size_t i;

	for (i = 0; i < MAX_FDS; i++)
		fd[i] = UNTOUCHED;
	return fd;
}

/* The @n fds are @want, and nothing lies beyond; @fd NULL: compare @n alone. */
static void fds_are(const struct row *row, const char *what, const int *fd,
		    size_t n, const char *want)
{
	char text[MAX_FDS * 16] = "";
	size_t i, len = 0, n_want = *want != '\0';

	for (i = 0; want[i]; i++)
		n_want += want[i] == ' ';
	cr_assert_eq(n, n_want, "%s: %s: %zu fds not \"%s\"", row->name, what,
		     n, want);
	if (!fd)
		return;
	for (i = 0; i < n; i++) {
		len += sprintf(text + len, "%s", i ? " " : "");
		len += fd[i] == UNTOUCHED ? sprintf(text + len, "-") :
			sprintf(text + len, "%d", fd[i]);
	}
	cr_assert_str_eq(text, want, "%s: %s: \"%s\" not \"%s\"", row->name,
			 what, text, want);
	for (; i < MAX_FDS; i++)
		cr_assert_eq(fd[i], UNTOUCHED, "%s: %s: wrote too far",
			     row->name, what);
}

static void check_get_fd(const struct row *row)
{
	int fd[MAX_FDS], ret;
	size_t i;
	void *got;

	untouched(fd);
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		got = &other;
		ret = ASYNC_WAIT_CTX_get_fd(ctx, keys[i], &fd[i], &got);
		cr_assert_eq(ret, fd[i] != UNTOUCHED, "%s", row->name);
		cr_assert_eq(ret, got != &other, "%s", row->name);
	}
	fds_are(row, "get_fd", fd, i, row->get_fd);
}

static void check_get_all_fds(const struct row *row)
{
	int all[MAX_FDS];
	size_t n = 99;

	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	fds_are(row, "all, count only", NULL, n, row->all);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, untouched(all), &n), 1);
	fds_are(row, "all", all, n, row->all);
}

/* Either array may be NULL; and that reading resets nothing shows at once. */
static void check_get_changed_fds(const struct row *row)
{
	int buf[2][MAX_FDS], *added, *removed;
	size_t i, n_added, n_removed;

	for (i = 0; i < 8; i++) {
		n_added = 99;
		n_removed = 99;
		added = i & 1 ? NULL : untouched(buf[0]);
		removed = i & 2 ? NULL : untouched(buf[1]);
		cr_assert_eq(ASYNC_WAIT_CTX_get_changed_fds(ctx, added,
							    &n_added, removed,
							    &n_removed), 1);
		fds_are(row, "added", added, n_added, row->added);
		fds_are(row, "removed", removed, n_removed, row->removed);
	}
}

static void check_free(const struct row *row)
{
	cr_assert_eq(n_cleaned, 0, "%s: a cleanup before free", row->name);
	untouched(cleaned_fds);
	free_ctx();
	fds_are(row, "cleaned up", cleaned_fds, n_cleaned, row->cleaned_up);
}

ParameterizedTestParameters(waitctx, entries)
{
	static size_t index[ARRAY_SIZE(rows)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		index[i] = i;
	return cr_make_param_array(size_t, index, ARRAY_SIZE(rows));
}

ParameterizedTest(size_t *index, waitctx, entries)
{
	const struct row *row = &rows[*index];
	const char *step = row->steps;

	while (*step) {
		if (*step == '|')
			waitctx_end_period(ctx);
		else
			take_step(row, step);
		step += strcspn(step, " ");
		step += strspn(step, " ");
	}
	check_get_fd(row);
	check_get_all_fds(row);
	check_get_changed_fds(row);
	check_free(row);
}

/* What rows do not show. */

Test(waitctx, free_null_is_a_no_op)
{
	ASYNC_WAIT_CTX_free(NULL);
}

Test(waitctx, cleanup_and_get_fd_give_back_what_was_set)
{
	ASYNC_WAIT_CTX *was = ctx;
	void *got = &other;
	int fd;

	add(&key_a, 10);
	ASYNC_WAIT_CTX_set_wait_fd(ctx, NULL, 11, NULL, record_cleanup);
	cr_assert_eq(ASYNC_WAIT_CTX_get_fd(ctx, NULL, &fd, &got), 1);
	cr_assert_null(got);
	cr_assert_eq(ASYNC_WAIT_CTX_get_fd(ctx, &key_a, &fd, &got), 1);
	cr_assert_eq(got, &custom);
	free_ctx();
	cr_assert_eq(n_cleaned, 2);
	cr_assert_eq(cleanups[0].ctx, was);
	cr_assert_eq(cleanups[0].key, NULL);
	cr_assert_eq(cleanups[0].custom_data, NULL);
	cr_assert_eq(cleaned_fds[0], 11);
	cr_assert_eq(cleanups[1].ctx, was);
	cr_assert_eq(cleanups[1].key, &key_a);
	cr_assert_eq(cleanups[1].custom_data, &custom);
	cr_assert_eq(cleaned_fds[1], 10);
}

/* Needs glibc's allocator: sanitizers and valgrind bring their own. */
Test(waitctx, set_wait_fd_0_only_when_out_of_memory)
{
	struct rlimit limit, none;
	ASYNC_WAIT_CTX *second;
	size_t size, n;
	void *memory;
	int ret;

	add(&key_a, 10);
	cr_assert_eq(getrlimit(RLIMIT_AS, &limit), 0);
	none = limit;
	none.rlim_cur = 0;
	cr_assert_eq(setrlimit(RLIMIT_AS, &none), 0);
	/* All that malloc() has left; a compiler may omit calls of malloc(). */
	for (size = 4096; size > 0; size -= 8)
		while (!posix_memalign(&memory, sizeof(memory), size))
			;
	ret = add(&key_b, 11);
	second = ASYNC_WAIT_CTX_new();
	/* Assertions allocate. */
	setrlimit(RLIMIT_AS, &limit);

	cr_assert_eq(ret, 0);
	cr_assert_null(second);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	cr_assert_eq(n, 1);
	cr_assert_eq(add(&key_b, 11), 1);
}

static void callback_is(ASYNC_callback_fn want_fn, void *want_arg)
{
	ASYNC_callback_fn fn = NULL;
	void *arg = &other;

	cr_assert_eq(ASYNC_WAIT_CTX_get_callback(ctx, &fn, &arg), 1);
	cr_assert_eq(fn, want_fn);
	cr_assert_eq(arg, want_arg);
}

/* None is set: 0, and the outputs stay untouched. */
static void callback_is_none(void)
{
	ASYNC_callback_fn fn = never_called;
	void *arg = &other;

	cr_assert_eq(ASYNC_WAIT_CTX_get_callback(ctx, &fn, &arg), 0);
	cr_assert_eq(fn, never_called);
	cr_assert_eq(arg, &other);
}

Test(waitctx, new_is_zeroed)
{
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_UNSUPPORTED);
	callback_is_none();
}

Test(waitctx, set_callback)
{
	cr_assert_eq(ASYNC_WAIT_CTX_set_callback(NULL, never_called, NULL), 0);
	cr_assert_eq(ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom),
		     1);
	callback_is(never_called, &custom);
	cr_assert_eq(ASYNC_WAIT_CTX_set_callback(ctx, never_called, NULL), 1);
	callback_is(never_called, NULL);
	cr_assert_eq(ASYNC_WAIT_CTX_set_callback(ctx, NULL, &custom), 1);
	callback_is_none();
}

/* Any int, not validated; nothing else here sets it, nor does it call back. */
Test(waitctx, status)
{
	static const int values[] = {
		ASYNC_STATUS_OK, ASYNC_STATUS_ERR, ASYNC_STATUS_EAGAIN,
		ASYNC_STATUS_UNSUPPORTED, 4, -1, INT_MAX, INT_MIN,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL);
		cr_assert_eq(ASYNC_WAIT_CTX_set_status(ctx, values[i]), 1);
		callback_is_none();
		ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom);
		add(&key_a, 10);
		waitctx_end_period(ctx);
		ASYNC_WAIT_CTX_clear_fd(ctx, &key_a);
		cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), values[i]);
		ASYNC_WAIT_CTX_set_status(ctx, values[i]);
		callback_is(never_called, &custom);
	}
}

static void *set_statuses(void *arg)
{
	int status;

	for (status = 1; status <= 10000; status++)
		ASYNC_WAIT_CTX_set_status(arg, status);
	return NULL;
}

/* One thread sets what another gets: with a plain int a race, as TSan tells. */
Test(waitctx_robust, status_from_any_thread)
{
	int i, status, last = 0;
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, set_statuses, ctx), 0);
	for (i = 0; i < 10000; i++) {
		status = ASYNC_WAIT_CTX_get_status(ctx);
		cr_assert_geq(status, last);
		last = status;
	}
	pthread_join(thread, NULL);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), 10000);
}

/* A NULL ctx or output: 0, and the other outputs stay untouched. */
Test(waitctx_robust, null_0_and_outputs_untouched)
{
	ASYNC_callback_fn fn = NULL;
	size_t n = 99;
	void *p = &other;
	int fd = UNTOUCHED;

	add(&key_a, 10);
	ASYNC_WAIT_CTX_set_callback(ctx, never_called, &custom);
#define IS_0(call) cr_assert_eq(ASYNC_WAIT_CTX_##call, 0)
	IS_0(set_wait_fd(NULL, &key_a, 10, NULL, NULL));
	IS_0(clear_fd(NULL, &key_a));
	IS_0(set_status(NULL, ASYNC_STATUS_OK));
	IS_0(get_fd(NULL, &key_a, &fd, &p));
	IS_0(get_fd(ctx, &key_a, NULL, &p));
	IS_0(get_fd(ctx, &key_a, &fd, NULL));
	IS_0(get_all_fds(NULL, &fd, &n));
	IS_0(get_all_fds(ctx, &fd, NULL));
	IS_0(get_changed_fds(NULL, &fd, &n, &fd, &n));
	IS_0(get_changed_fds(ctx, &fd, NULL, &fd, &n));
	IS_0(get_changed_fds(ctx, &fd, &n, &fd, NULL));
	IS_0(get_callback(NULL, &fn, &p));
	IS_0(get_callback(ctx, NULL, &p));
	IS_0(get_callback(ctx, &fn, NULL));
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(NULL), ASYNC_STATUS_UNSUPPORTED);
	cr_assert_eq(fd, UNTOUCHED);
	cr_assert_eq(n, 99);
	cr_assert_eq(p, &other);
	cr_assert_null(fn);
}

/* Its own entry is gone, the older one is not; it takes that and adds one. */
static void cleanup_with_ctx(ASYNC_WAIT_CTX *owner, const void *key, int fd,
			     void *custom_data)
{
	record_cleanup(owner, key, fd, custom_data);
	cr_assert_eq(ASYNC_WAIT_CTX_clear_fd(owner, key), 0);
	cr_assert_eq(ASYNC_WAIT_CTX_clear_fd(owner, &key_a), 1);
	add(key, 12);
}

Test(waitctx_robust, cleanup_may_use_its_ctx)
{
	add(&key_a, 10);
	ASYNC_WAIT_CTX_set_wait_fd(ctx, &key_b, 11, NULL, cleanup_with_ctx);
	free_ctx();
	cr_assert_eq(n_cleaned, 2);
	cr_assert_eq(cleaned_fds[0], 11);
	cr_assert_eq(cleaned_fds[1], 12);
}
