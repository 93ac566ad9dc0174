// SPDX-License-Identifier: MIT
/* Reaping: whom it tells, what it makes of orphans and of CQEs of nobody. */
#include "tally.h"

#define STRESS	100000
_Static_assert(SESSIONS + STRESS / 100 <= MAX_SESSIONS);

TestSuite(reap, .init = setup, .fini = teardown, .timeout = 120);

Test(reap, each_callback_once)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		submit_nop(i, i % SESSIONS);
	while (fakedev_run(dev, CQ))
		;
	cr_assert_eq(tallies[0].calls, 0, "before it was reaped");
	cr_assert_eq(async_reap(queue), 200);
	for (i = 0; i < SESSIONS; i++)
		cr_assert_eq(tallies[i].calls, 50);
	cr_assert_eq(async_reap(queue), 0);
	for (i = 0; i < 200; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
	cr_assert_eq(tallies[0].calls, 50);
}

Test(reap, nobody_to_call)
{
	async_session_set_callback(tallies[0].session, NULL, NULL);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 0);
	cr_assert(async_done(requests[0]));
}

static int reap_and_wait_inside(void *arg)
{
	count(arg);
	cr_assert_eq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	cr_assert_eq(dev->waits, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 0);
	return 0;
}

Test(reap, not_from_a_callback)
{
	async_session_set_callback(tallies[0].session, reap_and_wait_inside,
				   &tallies[0]);
	submit_nop(0, 0);
	submit_nop(1, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(async_reap(queue), 1, "it did not end with the callback");
	cr_assert_eq(tallies[0].calls, 2);
}

/* Collects its request, and makes the next, which completes at once. */
static int next_one(void *arg)
{
	count(arg);
	cr_assert_eq(async_collect(requests[0]), 0);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	return 0;
}

Test(reap, ends_though_callbacks_submit)
{
	async_session_set_callback(tallies[0].session, next_one, &tallies[0]);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 2);
}

Test(reap, orphans_come_back)
{
	const struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	char text[100] = { 0 }, digest[32];
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST,
		.session = tallies[0].session,
		.src = text,
		.len = sizeof(text),
		.dst = digest,
	};
	struct async_key key;
	unsigned int i;

	cr_assert_eq(async_key_add(queue, &params, &key), 0);
	op.key = &key;
	for (i = 0; i < 6; i++)
		cr_assert_eq(async_prepare(queue, &op, 1, &requests[i]), 1);
	async_submit(queue);
	/* Two are done, two are in the CQ, two are on their way */
	fakedev_run(dev, 2);
	cr_assert_eq(async_reap(queue), 2);
	fakedev_run(dev, 2);
	close_session(0);
	cr_assert_eq(async_reap(queue), 2);
	cr_assert_null(async_arena_alloc(&queue->arena, queue->arena.size),
		       "the device still has these");
	fakedev_run(dev, 2);
	cr_assert_eq(async_reap(queue), 2);
	cr_assert_eq(tallies[0].calls, 2);
	cr_assert_eq(queue->strays, 0);
	cr_assert_eq(free_slots(), CQ);
	cr_assert_not_null(async_arena_alloc(&queue->arena, queue->arena.size));
}

/* Other sessions' requests, and nobody's, are left alone by a close. */
Test(reap, orphans_are_the_sessions_alone)
{
	submit_nop(0, 0);
	submit_nop(1, 1);
	cr_assert_eq(async_prepare(queue, &nop, 1, &requests[2]), 1);
	async_submit(queue);
	close_session(0);
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert(async_done(requests[1]));
	cr_assert(async_done(requests[2]));
	close_session(2);
	cr_assert_eq(async_collect(requests[1]), 0);
	cr_assert_eq(async_collect(requests[2]), 0);
	cr_assert_eq(free_slots(), CQ);
}

Test(reap, completions_of_nobody)
{
	uint64_t stale;

	submit_nop(0, 0);
	stale = dev->sqes[0].user_data;
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	/* Once more, before and after it was collected, and used again */
	fakedev_post(dev, stale, 5);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(queue->strays, 1);
	cr_assert_eq(async_collect(requests[0]), 0);
	fakedev_post(dev, stale, 5);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(queue->strays, 2);
	cr_assert_eq(free_slots(), CQ);
	submit_nop(0, 0);
	fakedev_post(dev, stale, 5);
	fakedev_post(dev, CQ, 5);
	fakedev_post(dev, 0, 5);
	fakedev_post(dev, UINT64_MAX, 5);
	fakedev_post(dev, dev->sqes[0].user_data + (5ull << 32), 5);
	cr_assert_eq(async_reap(queue), 5);
	cr_assert_eq(queue->strays, 7);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_not(async_done(requests[0]));
}

Test(reap, a_slots_counters_go_on)
{
	struct async_session *session;
	uint32_t slot = dev->sessions;

	dev->done[slot] = 77;
	cr_assert_eq(async_session_open(queue, &session), 0);
	cr_assert_eq(dev->consumed[slot], 77);
	async_session_close(session);
}

Test(reap, too_many_sessions)
{
	struct async_session *session;

	dev->sessions = dev->setup.max_sessions;
	cr_assert_eq(async_session_open(queue, &session), -ENOSPC);
	async_session_close(NULL);
}

static void *reap_until(void *arg)
{
	const atomic_bool *stop = arg;

	while (!atomic_load(stop))
		if (!async_reap(queue))
			sched_yield();
	return NULL;
}

static void stress_session(void)
{
	struct async_request *given_up;
	unsigned int i;

	close_session(0);
	cr_assert_eq(async_session_open(queue, &tallies[0].session), 0);
	async_session_set_callback(tallies[0].session, count, &tallies[0]);
	for (i = 0; i < 20; i++)
		try_nop(&given_up, 0);
}

/* Collects what is done of requests[from] and on, as a ring, up to @to. */
static unsigned int stress_collect(unsigned int from, unsigned int to)
{
	while (from != to && async_done(requests[from % CQ]))
		cr_assert_eq(async_collect(requests[from++ % CQ]), 0);
	return from;
}

/*
 * Everything at once: a device, two reapers, this thread, which submits and
 * collects, and a session that comes and goes with requests in flight.
 */
Test(reap, stress)
{
	unsigned int submitted = 0, collected = 0, calls = 0;
	atomic_bool stop = false;
	pthread_t threads[2];
	unsigned int i;

	fakedev_start(dev);
	for (i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, reap_until, &stop);
	while (collected < STRESS) {
		if (submitted < STRESS && submitted - collected < CQ / 2 &&
		    try_nop(&requests[submitted % CQ],
			    1 + submitted % (SESSIONS - 1)) &&
		    ++submitted % 100 == 0)
			stress_session();
		collected = stress_collect(collected, submitted);
	}
	close_session(0);
	while (ring_outstanding(&queue->ring, ring_cq_head(&queue->ring)))
		sched_yield();
	atomic_store(&stop, true);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	fakedev_stop(dev);
	for (i = 1; i < SESSIONS; i++)
		calls += tallies[i].calls;
	cr_assert_eq(calls, STRESS);
	cr_assert_eq(queue->strays, 0);
	cr_assert_eq(free_slots(), CQ);
}
