// SPDX-License-Identifier: MIT
/* The binding of sessions to wait ctxs. */
#include <criterion/criterion.h>
#include <errno.h>
#include <unistd.h>

#include <libasync/async.h>
#include <libasync/bind.h>
#include "core/internal.h"
#include "fakedev.h"

#define SQ 8

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[2 * SQ + 1];
static struct async_queue *queue;
static struct fakedev *dev;
static ASYNC_WAIT_CTX *ctx;
static int calls, other_calls;
static int status_seen = -1;

static int count(void *arg)
{
	(void)arg;
	calls++;
	status_seen = ASYNC_WAIT_CTX_get_status(ctx);
	return 1;
}

static int count_other(void *arg)
{
	*(int *)arg += 1;
	return 1;
}

static void setup(void)
{
	const struct async_queue_params params = {
		.sq_entries = SQ,
		.cq_entries = 2 * SQ,
		.max_sessions = 2,
	};

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	ctx = ASYNC_WAIT_CTX_new();
}

static void teardown(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	async_queue_close(queue);
}

TestSuite(bind, .init = setup, .fini = teardown, .timeout = 60);

static size_t fds(int *fd)
{
	size_t n;

	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	cr_assert_leq(n, 1);
	ASYNC_WAIT_CTX_get_all_fds(ctx, fd, &n);
	return n;
}

static int submit(unsigned int n)
{
	return async_bind_submit(queue, ctx, &nop, &requests[n]);
}

Test(bind, one_fd_for_the_ctx)
{
	struct async_session *session, *again;
	int fd;

	cr_assert_eq(fds(&fd), 0);
	cr_assert_eq(async_bind_session(queue, ctx, &session), 0);
	cr_assert_eq(fds(&fd), 1);
	cr_assert_eq(fd, async_session_fd(session));
	cr_assert_eq(async_bind_session(queue, ctx, &again), 0);
	cr_assert_eq(again, session);
	cr_assert_eq(submit(0), 0);
	cr_assert_eq(fds(&fd), 1);
	cr_assert_eq(fd, async_session_fd(session));
}

Test(bind, one_session_for_each_queue)
{
	struct async_session *session, *there;
	struct async_queue *other;

	cr_assert_eq(async_queue_open(&other, 1, NULL), 0);
	cr_assert_eq(async_bind_session(queue, ctx, &session), 0);
	cr_assert_eq(async_bind_session(other, ctx, &there), 0);
	cr_assert_neq(there, session);
	ASYNC_WAIT_CTX_free(ctx);
	async_queue_close(other);
	ctx = ASYNC_WAIT_CTX_new();
}

Test(bind, the_ctx_ends_the_session)
{
	struct async_session *session;
	int fd;

	cr_assert_eq(async_bind_session(queue, ctx, &session), 0);
	fd = async_session_fd(session);
	cr_assert_eq(submit(0), 0);
	ASYNC_WAIT_CTX_free(ctx);
	cr_assert_eq(close(fd), -1, "the session's fd is still open");
	/* Its request is given up */
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	ctx = ASYNC_WAIT_CTX_new();
}

Test(bind, the_ctx_may_outlive_the_queue)
{
	struct async_session *session;

	cr_assert_eq(async_bind_session(queue, ctx, &session), 0);
	async_queue_close(queue);
	ASYNC_WAIT_CTX_free(ctx);
	setup();
}

Test(bind, submitted)
{
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_UNSUPPORTED);
	cr_assert_eq(submit(0), 0);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
	cr_assert_eq(dev->doorbells, 1);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(async_collect(requests[0]), 0);
	cr_assert_eq(dev->consumed[0], 1, "it was not the session's");
}

/* The operation's own session is not looked at. */
Test(bind, whose_session)
{
	struct async_op op = nop;

	cr_assert_eq(async_session_open(queue, &op.session), 0);
	cr_assert_eq(async_bind_submit(queue, ctx, &op, &requests[0]), 0);
	cr_assert_eq(dev->sqes[0].session, 2);
	async_session_close(op.session);
}

static void fill(void)
{
	unsigned int i;

	for (i = 0; i < 2 * SQ; i++) {
		cr_assert_eq(submit(i), 0);
		fakedev_run(dev, 1);
	}
	cr_assert_eq(submit(i), -EAGAIN);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_EAGAIN);
	cr_assert_eq(dev->doorbells, 2 * SQ, "rang for nothing");
}

/* By fd: it is told by it, and finds what tells it without a reap of its own */
Test(bind, full_is_eagain)
{
	uint32_t ready;

	fill();
	ready = dev->done[0] - dev->consumed[0];
	cr_assert_eq(async_collect(requests[0]), 0);
	cr_assert_eq(dev->done[0] - dev->consumed[0], ready - 1);
	fakedev_run(dev, 1);
	cr_assert_eq(dev->done[0] - dev->consumed[0], ready);
	cr_assert_eq(submit(0), 0);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
}

/* By callback: once for each that was submitted, and once for the room */
Test(bind, full_is_eagain_by_callback)
{
	unsigned int i;

	ASYNC_WAIT_CTX_set_callback(ctx, count, NULL);
	fill();
	async_reap(queue);
	cr_assert_eq(calls, 2 * SQ);
	cr_assert_eq(submit(0), -EAGAIN, "asks again in vain");
	cr_assert_eq(async_collect(requests[0]), 0);
	cr_assert_eq(async_collect(requests[1]), 0);
	fakedev_run(dev, 1);
	async_reap(queue);
	cr_assert_eq(calls, 2 * SQ + 1);
	cr_assert_eq(status_seen, ASYNC_STATUS_EAGAIN);
	cr_assert_eq(submit(0), 0);
	fakedev_run(dev, 1);
	async_reap(queue);
	cr_assert_eq(calls, 2 * SQ + 2);
	cr_assert_eq(status_seen, ASYNC_STATUS_OK);
	for (i = 2; i < 2 * SQ; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

/* Who does it otherwise is not told, and keeps nobody from what there is */
Test(bind, full_and_not_patient)
{
	struct async_request *request;
	unsigned int ioctls;

	fill();
	async_reap(queue);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = ASYNC_WAIT_CTX_new();
	cr_assert_eq(async_bind_try(queue, ctx, &nop, &request), 0);
	while (async_bind_try(queue, ctx, &nop, &request) == 0)
		fakedev_run(dev, 1);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_EAGAIN);
	ioctls = dev->ioctls;
	cr_assert_eq(async_bind_try(queue, ctx, &nop, &request), -EAGAIN);
	cr_assert_eq(dev->ioctls, ioctls);
	cr_assert_eq(queue->room.waiting, 0);
}

/* The slot that was kept for one that ends is the next one's */
Test(bind, full_and_the_ctx_ends)
{
	ASYNC_WAIT_CTX *other = ASYNC_WAIT_CTX_new();
	struct async_request *request;

	fill();
	cr_assert_eq(async_bind_submit(queue, other, &nop, &request), -EAGAIN);
	cr_assert_eq(async_collect(requests[0]), 0);
	fakedev_run(dev, 1);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = ASYNC_WAIT_CTX_new();
	fakedev_run(dev, 1);
	cr_assert_eq(async_bind_submit(queue, other, &nop, &request), 0);
	ASYNC_WAIT_CTX_free(other);
}

Test(bind, failures_are_err)
{
	struct async_op bad = { .opcode = CRYPTOSIM_OP_ENCRYPT };
	struct async_session *session;

	cr_assert_eq(async_bind_submit(queue, ctx, &bad, &requests[0]),
		     -EINVAL);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_ERR);
	cr_assert_eq(submit(0), 0);
	dev->fail = -ESHUTDOWN;
	cr_assert_eq(submit(1), -ESHUTDOWN);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_ERR);
	dev->fail = 0;
	/* No session for another ctx */
	cr_assert_eq(async_session_open(queue, &session), 0);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = ASYNC_WAIT_CTX_new();
	cr_assert_eq(submit(0), -ENOSPC);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_ERR);
	async_session_close(session);
}

Test(bind, the_callback_at_submission)
{
	unsigned int i;

	ASYNC_WAIT_CTX_set_callback(ctx, count, NULL);
	cr_assert_eq(submit(0), 0);
	/* Not submitted with: it is not told */
	ASYNC_WAIT_CTX_set_callback(ctx, count_other, &other_calls);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(calls, 1);
	cr_assert_eq(other_calls, 0);
	cr_assert_eq(submit(1), 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(other_calls, 1);
	ASYNC_WAIT_CTX_set_callback(ctx, NULL, NULL);
	cr_assert_eq(submit(2), 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(calls + other_calls, 2);
	for (i = 0; i < 3; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

/* The device completes, and another thread reaps, within the doorbell. */
static void complete_at_once(struct fakedev *where,
			     const struct cryptosim_doorbell *bell)
{
	(void)bell;
	fakedev_run(where, 1);
	async_reap(queue);
}

static void expect_lazy(struct fakedev *where,
			const struct cryptosim_doorbell *bell)
{
	cr_expect_eq(bell->flags, CRYPTOSIM_DOORBELL_LAZY);
	where->on_doorbell = NULL;
}

/* Who has a wait ctx is going to wait: one doorbell for all that it submits */
Test(bind, the_engine_need_not_hurry)
{
	dev->on_doorbell = expect_lazy;
	cr_assert_eq(submit(0), 0);
	cr_expect_null(dev->on_doorbell);
}

Test(bind, the_status_is_there_before_the_callback)
{
	ASYNC_WAIT_CTX_set_callback(ctx, count, NULL);
	dev->on_doorbell = complete_at_once;
	cr_assert_eq(submit(0), 0);
	cr_assert_eq(calls, 1);
	cr_assert_eq(status_seen, ASYNC_STATUS_OK);
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
}
