// SPDX-License-Identifier: MIT
/* Queues: their size, their end, and who is called when to submit and to wait. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include <libasync/async.h>
#include "fakedev.h"

#define ENTRIES		16
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[2 * ENTRIES];
static struct async_queue *queue;
static struct fakedev *dev;

static void setup(void)
{
	struct async_queue_params params = {
		.sq_entries = ENTRIES,
		.arena_size = 64 << 10,
	};

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
}

static void teardown(void)
{
	async_queue_close(queue);
}

static void prepare(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		cr_assert_eq(async_prepare(queue, &nop, 1, &requests[i]), 1);
}

static void collect(unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

static unsigned int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	unsigned int n = 0;

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

TestSuite(queue_size, .timeout = 60);
TestSuite(queue, .init = setup, .fini = teardown, .timeout = 60);

Test(queue_size, rounding_and_defaults)
{
	static const struct {
		struct async_queue_params params;
		struct cryptosim_setup expected;
	} rows[] = {
		{
			{ 0 },
			{ 0, 256, 512, 1024, 1024, .arena_size = 4 << 20 },
		}, {
			{ 1, 0, 1, 1, 1, 0 },
			{ 0, 1, 2, 1, 1, .arena_size = 4096 },
		}, {
			{ 5, 9, 7, 11, 4097, CRYPTOSIM_SETUP_INLINE },
			{ CRYPTOSIM_SETUP_INLINE, 8, 16, 7, 11, .arena_size = 8192 },
		}, {
			/* The CQ is never the smaller one */
			{ 64, 2, 0, 0, 0, 0 },
			{ 0, 64, 64, 1024, 1024, .arena_size = 4 << 20 },
		}, {
			/* Twice the largest SQ would be too large a CQ */
			{ CRYPTOSIM_MAX_ENTRIES, 0, 0, 0, 0, 0 },
			{ 0, CRYPTOSIM_MAX_ENTRIES, CRYPTOSIM_MAX_ENTRIES, 1024,
			  1024, .arena_size = 4 << 20 },
		}, {
			{ 1, 1, CRYPTOSIM_MAX_KEYS, CRYPTOSIM_MAX_SESSIONS,
			  CRYPTOSIM_MAX_ARENA, 0 },
			{ 0, 1, 1, CRYPTOSIM_MAX_KEYS, CRYPTOSIM_MAX_SESSIONS,
			  .arena_size = CRYPTOSIM_MAX_ARENA },
		},
	};
	const struct cryptosim_setup *expected, *got;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		expected = &rows[i].expected;
		cr_assert_eq(async_queue_open(&queue, 0, &rows[i].params), 0);
		got = &fakedev_of(async_queue_fd(queue))->setup;
		cr_expect_eq(got->flags, expected->flags, "row %u", i);
		cr_expect_eq(got->sq_entries, expected->sq_entries, "row %u", i);
		cr_expect_eq(got->cq_entries, expected->cq_entries, "row %u", i);
		cr_expect_eq(got->max_keys, expected->max_keys, "row %u", i);
		cr_expect_eq(got->max_sessions, expected->max_sessions,
			     "row %u", i);
		cr_expect_eq(got->arena_size, expected->arena_size, "row %u", i);
		async_queue_close(queue);
	}
}

Test(queue_size, out_of_range)
{
	static const struct async_queue_params rows[] = {
		{ .sq_entries = CRYPTOSIM_MAX_ENTRIES + 1 },
		{ .sq_entries = -1 },
		{ .cq_entries = CRYPTOSIM_MAX_ENTRIES + 1 },
		{ .cq_entries = -1 },
		{ .max_keys = CRYPTOSIM_MAX_KEYS + 1 },
		{ .max_sessions = CRYPTOSIM_MAX_SESSIONS + 1 },
		{ .arena_size = CRYPTOSIM_MAX_ARENA + 1 },
		{ .arena_size = SIZE_MAX },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(async_queue_open(&queue, 0, &rows[i]), -EINVAL,
			     "row %u", i);
}

/* As an unprivileged process has it: RLIMIT_MEMLOCK is 8 MiB. */
Test(queue_size, the_defaults_fit_the_limit)
{
	const struct cryptosim_setup *got;

	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	got = &fakedev_of(async_queue_fd(queue))->setup;
	cr_assert_leq(got->device_size + got->user_size + got->arena_size,
		      8 << 20);
	async_queue_close(queue);
}

Test(queue_size, failures_leave_nothing_behind)
{
	unsigned int before;

	fakedev_fail_first(-ENOMEM);
	/* The device at the other end has an fd that it keeps */
	cr_assert_eq(async_queue_open(&queue, 0, NULL), -ENOMEM);
	before = open_fds();
	errno = ENOTUNIQ;
	cr_assert_eq(async_queue_open(&queue, 1000, NULL), -ENOENT);
	cr_assert_eq(errno, ENOTUNIQ, "errno was set");
	cr_assert_eq(async_queue_open(&queue, 1, NULL), -ENOMEM);
	cr_assert_eq(open_fds(), before + 1, "an fd is left open");
}

Test(queue_size, closing_nothing)
{
	async_queue_close(NULL);
}

Test(queue, info_and_alg_are_the_devices)
{
	struct cryptosim_alg_info alg;
	struct cryptosim_info info;

	cr_assert_eq(async_queue_info(queue, &info), 0);
	cr_assert_eq(info.engines, 1);
	cr_assert_eq(async_queue_alg(queue, CRYPTOSIM_ALG_AES_GCM, &alg), 0);
	cr_assert_eq(alg.tag_max, 16);
	cr_assert_eq(async_queue_alg(queue, CRYPTOSIM_ALG_SHA512, &alg),
		     -EOPNOTSUPP);
	cr_assert_eq(async_queue_alg(queue, CRYPTOSIM_ALG_COUNT, &alg),
		     -EINVAL);
}

Test(queue, submit_rings_once_and_only_if_it_has_to)
{
	cr_assert_eq(async_submit(queue), 0);
	cr_assert_eq(dev->doorbells, 0, "rang for nothing");
	prepare(3);
	cr_assert_eq(async_submit(queue), 3);
	cr_assert_eq(dev->doorbells, 1);
	*dev->sq_flags = 0;
	prepare(2);
	cr_assert_eq(async_submit(queue), 2);
	cr_assert_eq(dev->doorbells, 1, "an engine is looking");
	cr_assert_eq(fakedev_run(dev, -1), 5);
}

Test(queue, submit_says_what_the_doorbell_says)
{
	prepare(1);
	dev->fail = -ESHUTDOWN;
	cr_assert_eq(async_submit(queue), -ESHUTDOWN);
	prepare(1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), -ESHUTDOWN);
	prepare(1);
	cr_assert_eq(async_submit_wait(queue, 0, 0), -ESHUTDOWN);
	dev->fail = 0;
}

Test(queue, waiting_for_nothing)
{
	cr_assert_eq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 0);
	prepare(1);
	cr_assert_eq(async_wait(queue, 1, ASYNC_FOREVER), 0,
		     "what is only prepared is not outstanding");
	cr_assert_eq(dev->waits + dev->doorbells, 0, "a system call");
}

Test(queue, submit_and_wait_in_one_call)
{
	prepare(4);
	cr_assert_eq(async_submit_wait(queue, 4, ASYNC_FOREVER), 4);
	cr_assert_eq(dev->doorbells, 1);
	cr_assert_eq(dev->waits, 1);
	collect(4);
}

Test(queue, wait_leaves_prepared_ones_alone)
{
	prepare(2);
	async_submit(queue);
	cr_assert_eq(async_prepare(queue, &nop, 1, &requests[2]), 1);
	cr_assert_eq(async_wait(queue, 1, ASYNC_FOREVER), 2);
	cr_assert_not(async_done(requests[2]));
	collect(2);
}

Test(queue, wait_is_for_no_more_than_is_outstanding)
{
	prepare(3);
	cr_assert_eq(async_submit_wait(queue, 1000, ASYNC_FOREVER), 3);
	cr_assert_not(dev->hung);
	collect(3);
}

Test(queue, what_is_there_needs_no_call)
{
	prepare(3);
	async_submit(queue);
	fakedev_run(dev, 2);
	cr_assert_eq(async_wait(queue, 2, ASYNC_FOREVER), 2);
	cr_assert_eq(dev->waits, 0);
	fakedev_run(dev, 1);
	collect(2);
	*dev->sq_flags = 0;
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	cr_assert_eq(dev->waits, 0);
}

/* Enough of the old is there, but the new has to be rung for. */
Test(queue, submit_wait_rings_though_it_need_not_wait)
{
	prepare(1);
	async_submit(queue);
	fakedev_run(dev, 1);
	cr_assert_eq(async_prepare(queue, &nop, 1, &requests[1]), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	cr_assert_eq(dev->doorbells, 2);
	cr_assert_eq(dev->waits, 0);
}

Test(queue, time_is_up)
{
	prepare(3);
	async_submit(queue);
	fakedev_run(dev, 2);
	dev->idle = true;
	cr_assert_eq(async_wait(queue, 3, 1000), -ETIME);
	cr_assert(async_done(requests[0]) && async_done(requests[1]),
		  "what was there is reaped all the same");
	cr_assert_not(async_done(requests[2]));
}

/* Another thread reaps between our look at cq_head and the kernel's. */
static void *thief(void *arg)
{
	(void)arg;
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	return NULL;
}

static void steal(struct fakedev *where, const struct cryptosim_doorbell *bell)
{
	pthread_t thread;

	(void)bell;
	where->on_doorbell = NULL;
	pthread_create(&thread, NULL, thief, NULL);
	pthread_join(thread, NULL);
}

static uint32_t flags_seen;

static void see_flags(struct fakedev *where,
		      const struct cryptosim_doorbell *bell)
{
	(void)where;
	flags_seen = bell->flags;
}

/* Only who says so leaves the engine to begin when it likes */
Test(queue, lazy_or_not)
{
	dev->on_doorbell = see_flags;
	prepare(1);
	flags_seen = -1;
	cr_assert_eq(async_submit_lazy(queue), 1);
	cr_expect_eq(flags_seen, CRYPTOSIM_DOORBELL_LAZY);
	prepare(1);
	cr_assert_eq(async_submit(queue), 1);
	cr_expect_eq(flags_seen, 0);
	cr_assert_eq(async_wait(queue, 2, ASYNC_FOREVER), 2);
	cr_expect_eq(flags_seen, 0);
}

Test(queue, who_is_robbed_does_not_wait_for_ever)
{
	prepare(2);
	async_submit(queue);
	dev->on_doorbell = steal;
	cr_assert_eq(async_wait(queue, 2, ASYNC_FOREVER), 1);
	cr_assert_not(dev->hung, "waits for more than there is");
	collect(2);
}

Test(queue, many_rounds_across_the_wrap)
{
	unsigned int i, n;

	async_queue_close(queue);
	fakedev_first_index(UINT32_MAX - 20);
	setup();
	for (i = 0; i < 200; i++) {
		n = 1 + i % ENTRIES;
		prepare(n);
		cr_assert_eq(async_submit_wait(queue, n, ASYNC_FOREVER), n);
		collect(n);
	}
	cr_assert_not(dev->hung);
}

Test(queue, close_stops_the_device)
{
	prepare(2);
	async_submit(queue);
	async_queue_close(queue);
	cr_assert_eq(dev->stops, 1);
	setup();
}

/* One so large that its parts are unmapped when they are freed. */
Test(queue, sessions_outlive_it)
{
	struct async_queue_params params = {
		.cq_entries = CRYPTOSIM_MAX_ENTRIES,
	};
	struct async_session *session;
	struct async_queue *large;
	int fd;

	cr_assert_eq(async_queue_open(&large, 1, &params), 0);
	cr_assert_eq(async_session_open(large, &session), 0);
	fd = async_session_fd(session);
	async_queue_close(large);
	cr_assert_eq(async_session_fd(session), fd);
	async_session_set_callback(session, NULL, &fd);
	async_session_close(session);
	cr_assert_eq(close(fd), -1, "the session's fd is still open");
}
