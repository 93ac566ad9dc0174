// SPDX-License-Identifier: MIT
/*
 * The binding of sessions to ASYNC_WAIT_CTX: the documented way to be told, by
 * fd and by callback, with statuses as ASYNC_WAIT_CTX_set_status(3) has them.
 * In the suite "late" the device takes so long over a request that it is in
 * flight for certain.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <libasync/async.h>
#include <libasync/bind.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "guest.h"
#include "op.h"

#define CQ	16
#define MANY	100
#define FOREVER	(-1)

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[CQ];
static struct async_queue *queue;
static ASYNC_WAIT_CTX *ctx;
static pthread_t called_in;
static atomic_uint calls;
static sem_t called;

static int on_done(void *arg)
{
	called_in = pthread_self();
	atomic_fetch_add((atomic_uint *)arg, 1);
	sem_post(&called);
	return 0;
}

static void load_and_open(const char *load)
{
	struct async_queue_params params = {
		.sq_entries = CQ,
		.cq_entries = CQ,
	};

	guest_load(load);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	ctx = ASYNC_WAIT_CTX_new();
	cr_assert_not_null(ctx);
	sem_init(&called, 0, 0);
}

static void setup(void)
{
	load_and_open(NULL);
}

static void setup_late(void)
{
	load_and_open("latency_ns=2000000000");
}

static void teardown(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(waitctx, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(waitctx_late, .init = setup_late, .fini = teardown, .timeout = 120);

static void submit(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_UNSUPPORTED);
		cr_assert_eq(async_bind_submit(queue, ctx, &nop, &requests[i]),
			     0);
		cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
	}
}

static void collect(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

/* The ctx's one fd */
static int only_fd(void)
{
	size_t count = 0;
	int fd = -1;

	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &count), 1);
	cr_assert_eq(count, 1);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &count), 1);
	return fd;
}

static bool readable(int fd, int timeout)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, timeout) == 1 && pfd.revents & POLLIN;
}

Test(waitctx, told_by_fd)
{
	size_t added = 0, removed = 0;
	int fd = -1, i;

	submit(1);
	fd = only_fd();
	cr_expect_eq(ASYNC_WAIT_CTX_get_changed_fds(ctx, NULL, &added, NULL,
						    &removed), 1);
	cr_expect_eq(added, 1);
	cr_expect_eq(removed, 0);
	for (i = 0; i < MANY; i++) {
		cr_assert(readable(fd, FOREVER));
		cr_assert_eq(async_reap(queue), 1);
		collect(1);
		cr_assert_not(readable(fd, 0));
		submit(1);
		cr_assert_eq(only_fd(), fd);
	}
	op_drain(queue);
	collect(1);
}

Test(waitctx, told_by_callback_in_own_polling_call)
{
	int i;

	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	for (i = 0; i < MANY; i++) {
		submit(1);
		cr_assert(readable(async_queue_fd(queue), FOREVER));
		cr_assert_eq(atomic_load(&calls), i);
		cr_assert_eq(async_reap(queue), 1);
		cr_assert_eq(atomic_load(&calls), i + 1);
		cr_assert(pthread_equal(called_in, pthread_self()));
		collect(1);
	}
}

Test(waitctx, told_by_callback_in_poller_thread)
{
	int i;

	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	cr_assert_eq(async_poller_start(queue), 0);
	for (i = 0; i < MANY; i++) {
		submit(1);
		cr_assert_eq(sem_wait(&called), 0);
		cr_assert_not(pthread_equal(called_in, pthread_self()));
		collect(1);
	}
	async_poller_stop(queue);
	cr_expect_eq(atomic_load(&calls), MANY);
}

/* The callback that the ctx has at a submission is the one that comes */
Test(waitctx, callback_changes)
{
	atomic_uint others = 0;

	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	submit(1);
	op_drain(queue);
	collect(1);
	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &others);
	submit(1);
	op_drain(queue);
	collect(1);
	ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL);
	submit(1);
	op_drain(queue);
	collect(1);
	cr_expect_eq(atomic_load(&calls), 1);
	cr_expect_eq(atomic_load(&others), 1);
}

Test(waitctx, full_is_no_error)
{
	struct async_request *request;
	int i;

	submit(CQ);
	for (i = 0; i < 3; i++) {
		cr_expect_eq(async_bind_submit(queue, ctx, &nop, &request),
			     -EAGAIN);
		cr_expect_eq(ASYNC_WAIT_CTX_get_status(ctx),
			     ASYNC_STATUS_EAGAIN);
	}
	op_drain(queue);
	collect(CQ);
	/* It asked for room, and word of that is on its way */
	op_drain(queue);
	submit(1);
	op_drain(queue);
	collect(1);
}

Test(waitctx, bad_operation)
{
	struct async_op bad = { .opcode = CRYPTOSIM_OP_ENCRYPT };
	struct async_request *request;

	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	cr_expect_eq(async_bind_submit(queue, ctx, &bad, &request), -EINVAL);
	cr_expect_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_ERR);
	op_drain(queue);
	cr_expect_eq(atomic_load(&calls), 0);
	/* and the next one is good again */
	submit(1);
	op_drain(queue);
	collect(1);
	cr_expect_eq(atomic_load(&calls), 1);
}

/* The operation's own session is not looked at */
Test(waitctx, session_is_the_ctxs)
{
	struct async_session *other, *bound, *again;
	struct async_op op = nop;

	cr_assert_eq(async_session_open(queue, &other), 0);
	op.session = other;
	cr_assert_eq(async_bind_submit(queue, ctx, &op, requests), 0);
	cr_assert_eq(async_bind_session(queue, ctx, &bound), 0);
	cr_assert_eq(async_bind_session(queue, ctx, &again), 0);
	cr_expect_eq(bound, again);
	cr_expect_neq(bound, other);
	cr_expect_eq(async_session_fd(bound), only_fd());
	cr_expect(readable(only_fd(), FOREVER));
	cr_expect_not(readable(async_session_fd(other), 0));
	op_drain(queue);
	collect(1);
	async_session_close(other);
}

/* A ctx can be bound to several queues: an fd for each */
Test(waitctx, two_queues)
{
	struct async_request *request;
	struct async_queue *second;
	size_t count = 0;

	cr_assert_eq(async_queue_open(&second, 0, NULL), 0);
	submit(1);
	cr_assert_eq(async_bind_submit(second, ctx, &nop, &request), 0);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &count), 1);
	cr_expect_eq(count, 2);
	op_drain(queue);
	op_drain(second);
	collect(1);
	cr_expect_eq(async_collect(request), 0);
	async_queue_close(second);
}

static void free_in_flight(bool by_callback)
{
	int fd;

	if (by_callback)
		ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	submit(CQ);
	fd = only_fd();
	cr_assert_eq(async_reap(queue), 0);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	cr_expect_eq(fcntl(fd, F_GETFD), -1, "the fd is open yet");
	op_drain(queue);
	cr_expect_eq(atomic_load(&calls), 0);
	/* all of the room has come back */
	ctx = ASYNC_WAIT_CTX_new();
	submit(CQ);
	op_drain(queue);
	collect(CQ);
}

Test(waitctx_late, freed_with_requests_in_flight)
{
	free_in_flight(false);
}

Test(waitctx_late, freed_with_callbacks_to_come)
{
	free_in_flight(true);
}

Test(waitctx_late, freed_under_poller)
{
	cr_assert_eq(async_poller_start(queue), 0);
	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &calls);
	submit(CQ);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	while (async_prepare(queue, &nop, 1, requests) == 0)
		cr_assert_geq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	async_poller_stop(queue);
	cr_expect_eq(atomic_load(&calls), 0);
}
