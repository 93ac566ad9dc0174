// SPDX-License-Identifier: MIT
/*
 * The contexts in which callbacks run: the same tests over each. Whatever the
 * context, a callback runs exactly once for each request, and never after
 * cancel or close has returned.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <libasync/async.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include "guest.h"
#include "op.h"

#define SESSIONS	8u
#define CQ		64u
#define ROUNDS		200u

/**
 * struct context - where callbacks run
 * @name: for messages
 * @start: makes it so; NULL: nothing is to be done
 * @turn: called again and again while callbacks are waited for
 */
struct context {
	const char *name;
	int (*start)(struct async_queue *queue);
	void (*turn)(struct async_queue *queue);
};

static int start_signal(struct async_queue *queue)
{
	return async_interrupt_start(queue, SIGIO);
}

static void turn_elsewhere(struct async_queue *queue)
{
	(void)queue;
	sched_yield();
}

static void turn_polling(struct async_queue *queue)
{
	struct pollfd entry = {
		.fd = async_queue_fd(queue),
		.events = POLLIN,
	};

	cr_assert_eq(poll(&entry, 1, -1), 1);
	cr_assert_geq(async_reap(queue), 0);
}

static void turn_waiting(struct async_queue *queue)
{
	cr_assert_geq(async_wait(queue, 1, ASYNC_FOREVER), 0);
}

static const struct context contexts[] = {
	{ "poller", async_poller_start, turn_elsewhere },
	{ "own polling", NULL, turn_polling },
	{ "waiting", NULL, turn_waiting },
	{ "signal", start_signal, turn_elsewhere },
};

/* A test is a process of its own, where functions have other addresses */
static struct criterion_test_params indices(void)
{
	static unsigned int all[] = { 0, 1, 2, 3 };

	return cr_make_param_array(unsigned int, all, 4);
}

/* A session, and how often it was told */
struct told {
	struct async_session *session;
	atomic_uint calls;
};

static struct told tolds[SESSIONS];
static struct async_queue *queue;

static int on_done(void *arg)
{
	struct told *told = arg;

	atomic_fetch_add(&told->calls, 1);
	return 0;
}

static void setup(void)
{
	guest_load("latency_ns=200000");
}

TestSuite(contexts, .init = setup, .fini = guest_unload, .timeout = 300);

static const struct context *chosen(unsigned int index)
{
	cr_log_info("%s", contexts[index].name);
	return &contexts[index];
}

static void begin(const struct context *context)
{
	const struct async_queue_params params = {
		.sq_entries = CQ,
		.cq_entries = CQ,
	};
	unsigned int i;

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	if (context->start)
		cr_assert_eq(context->start(queue), 0);
	for (i = 0; i < SESSIONS; i++) {
		tolds[i].calls = 0;
		cr_assert_eq(async_session_open(queue, &tolds[i].session), 0);
		async_session_set_callback(tolds[i].session, on_done, &tolds[i]);
	}
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		async_session_close(tolds[i].session);
	async_queue_close(queue);
}

static int submit(unsigned int n, struct async_request **request)
{
	struct async_op op = { .session = tolds[n].session };
	int ret = async_prepare(queue, &op, 1, request);

	cr_assert_geq(ret, 0);
	cr_assert_geq(async_submit(queue), 0);
	return ret;
}

/* Until the session was told so often in all */
static void await(const struct context *context, unsigned int n,
		  unsigned int calls)
{
	while (atomic_load(&tolds[n].calls) < calls)
		context->turn(queue);
	cr_assert_eq(atomic_load(&tolds[n].calls), calls);
}

ParameterizedTestParameters(contexts, once)
{
	return indices();
}

ParameterizedTest(unsigned int *index, contexts, once)
{
	const struct context *context = chosen(*index);
	struct async_request *requests[CQ];
	unsigned int round, i;

	begin(context);
	for (round = 1; round <= ROUNDS; round++) {
		for (i = 0; i < CQ; i++)
			cr_assert_eq(submit(i % SESSIONS, &requests[i]), 1);
		for (i = 0; i < SESSIONS; i++)
			await(context, i, round * (CQ / SESSIONS));
		for (i = 0; i < CQ; i++)
			cr_assert_eq(async_collect(requests[i]), 0);
	}
	end();
}

ParameterizedTestParameters(contexts, room)
{
	return indices();
}

/* A full ring's word is one callback, and there is room when it has run */
ParameterizedTest(unsigned int *index, contexts, room)
{
	const struct context *context = chosen(*index);
	struct async_request *requests[CQ], *request;
	unsigned int round, i, calls = 0;

	begin(context);
	for (i = 0; i < CQ; i++)
		cr_assert_eq(submit(0, &requests[i]), 1);
	await(context, 0, CQ);
	for (round = 0; round < ROUNDS; round++) {
		cr_assert_eq(submit(1, &request), 0);
		cr_assert_eq(async_room_wait(tolds[1].session), 0);
		cr_assert_eq(atomic_load(&tolds[1].calls), calls);
		cr_assert_eq(async_collect(requests[round % CQ]), 0);
		await(context, 1, ++calls);
		cr_assert_eq(submit(1, &requests[round % CQ]), 1);
		await(context, 1, ++calls);
	}
	end();
}

ParameterizedTestParameters(contexts, given_up)
{
	return indices();
}

/*
 * Half of the requests are cancelled while the device holds them back, or has
 * let go of them already, or in between.
 */
ParameterizedTest(unsigned int *index, contexts, given_up)
{
	const struct context *context = chosen(*index);
	struct async_request *requests[CQ];
	unsigned int round, i, seen;
	unsigned int calls = 0;

	begin(context);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < CQ / 2; i++)
			while (submit(i % 2, &requests[i]) == 0)
				async_submit_wait(queue, 1, ASYNC_FOREVER);
		for (i = 0; i < round * 20; i++)
			__asm__ volatile("" ::: "memory");
		for (i = 1; i < CQ / 2; i += 2)
			cr_assert_geq(async_cancel(requests[i]), 0);
		seen = atomic_load(&tolds[1].calls);
		await(context, 0, calls += CQ / 4);
		for (i = 0; i < CQ / 2; i += 2)
			cr_assert_eq(async_collect(requests[i]), 0);
		cr_assert_eq(atomic_load(&tolds[1].calls), seen,
			     "told after cancel had returned");
	}
	end();
}

ParameterizedTestParameters(contexts, closed)
{
	return indices();
}

/* The session ends with requests in flight; the queue with more of them */
ParameterizedTest(unsigned int *index, contexts, closed)
{
	const struct context *context = chosen(*index);
	struct async_request *request;
	unsigned int round, i, seen;

	for (round = 0; round < ROUNDS / 10; round++) {
		begin(context);
		for (i = 0; i < CQ; i++)
			cr_assert_eq(submit(i % SESSIONS, &request), 1);
		for (i = 0; i < round * 5000; i++)
			__asm__ volatile("" ::: "memory");
		async_session_close(tolds[0].session);
		tolds[0].session = NULL;
		seen = atomic_load(&tolds[0].calls);
		for (i = 1; i < SESSIONS; i++)
			await(context, i, CQ / SESSIONS);
		cr_assert_eq(atomic_load(&tolds[0].calls), seen,
			     "told after the end");
		end();
	}
}
