// SPDX-License-Identifier: MIT
/* Callbacks, and what may be done to their sessions while they run. */
#include <semaphore.h>

#include "tally.h"

TestSuite(callback, .init = setup, .fini = teardown, .timeout = 120);

static int close_own(void *arg)
{
	count(arg);
	close_session(0);
	return 0;
}

Test(callback, close_from_the_own_callback)
{
	unsigned int i;

	async_session_set_callback(tallies[0].session, close_own, &tallies[0]);
	for (i = 0; i < 10; i++)
		submit_nop(i, 0);
	submit_nop(10, 1);
	fakedev_run(dev, 8);
	cr_assert_eq(async_reap(queue), 8);
	cr_assert_eq(tallies[0].calls, 1, "called after its end");
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 1);
	cr_assert_eq(async_collect(requests[10]), 0);
	cr_assert_eq(free_slots(), CQ);
}

static int close_other(void *arg)
{
	count(arg);
	close_session(1);
	return 0;
}

Test(callback, close_of_another_from_a_callback)
{
	async_session_set_callback(tallies[0].session, close_other,
				   &tallies[0]);
	submit_nop(0, 0);
	submit_nop(1, 1);
	submit_nop(2, 2);
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 0);
	cr_assert_eq(tallies[2].calls, 1);
}

static int hand_over(void *arg)
{
	count(arg);
	async_session_set_callback(tallies[0].session, count, &tallies[3]);
	return 0;
}

static int hand_to_nobody(void *arg)
{
	count(arg);
	async_session_set_callback(tallies[0].session, NULL, NULL);
	return 0;
}

/* The former callback's argument may be gone: it is not called again. */
Test(callback, another_callback_from_the_own_callback)
{
	unsigned int i;

	async_session_set_callback(tallies[0].session, hand_over, &tallies[0]);
	for (i = 0; i < 3; i++)
		submit_nop(i, 0);
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[3].calls, 2);
	async_session_set_callback(tallies[0].session, hand_to_nobody,
				   &tallies[0]);
	for (i = 3; i < 6; i++)
		submit_nop(i, 0);
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert_eq(tallies[0].calls, 2);
	cr_assert_eq(tallies[3].calls, 2);
}

/* Threads: a callback that lasts until the test has seen what it wants. */

static sem_t begun;
static atomic_bool let_go, ended;
static pthread_t reaper;

static int last(void *arg)
{
	count(arg);
	sem_post(&begun);
	while (!atomic_load(&let_go))
		sched_yield();
	atomic_store(&ended, true);
	return 0;
}

/* Lasts until somebody waits for it, or has not and told so by let_go. */
static int last_until_awaited(void *arg)
{
	count(arg);
	sem_post(&begun);
	while (!atomic_load(&queue->waiters) && !atomic_load(&let_go))
		sched_yield();
	atomic_store(&ended, true);
	return 0;
}

static void *reap_in_thread(void *arg)
{
	(void)arg;
	async_reap(queue);
	return NULL;
}

/*
 * The callbacks of these @sessions are to run in another thread, and that of the
 * first, which @callback is, has begun.
 */
static void begin_callbacks(async_callback_fn callback, const char *sessions)
{
	unsigned int i;

	sem_init(&begun, 0, 0);
	async_session_set_callback(tallies[0].session, callback, &tallies[0]);
	for (i = 0; sessions[i]; i++)
		submit_nop(i, sessions[i] - '0');
	fakedev_run(dev, i);
	pthread_create(&reaper, NULL, reap_in_thread, NULL);
	sem_wait(&begun);
}

static void end_callback(void)
{
	atomic_store(&let_go, true);
	pthread_join(reaper, NULL);
}

Test(callback, close_waits_for_a_callback)
{
	begin_callbacks(last_until_awaited, "010");
	close_session(0);
	cr_assert(atomic_load(&ended), "closed while its callback was running");
	end_callback();
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 1);
}

Test(callback, close_waits_for_the_last_callback)
{
	begin_callbacks(last_until_awaited, "0");
	close_session(0);
	cr_assert(atomic_load(&ended), "closed while its callback was running");
	end_callback();
}

/* Not for what comes behind it, which might be waiting for us. */
Test(callback, close_waits_for_no_more_than_the_callback)
{
	async_session_set_callback(tallies[1].session, last, &tallies[1]);
	begin_callbacks(last_until_awaited, "01");
	close_session(0);
	end_callback();
	cr_assert_eq(tallies[1].calls, 1);
}

Test(callback, set_callback_waits_for_a_callback)
{
	begin_callbacks(last_until_awaited, "010");
	async_session_set_callback(tallies[0].session, count, &tallies[3]);
	cr_assert(atomic_load(&ended), "set while the former was running");
	end_callback();
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 1);
	cr_assert_eq(tallies[3].calls, 1);
}

Test(callback, nobody_waits_for_anothers_callback)
{
	begin_callbacks(last, "010");
	async_session_set_callback(tallies[1].session, count, &tallies[3]);
	close_session(2);
	cr_assert_not(atomic_load(&ended));
	end_callback();
	cr_assert_eq(tallies[1].calls, 0);
	cr_assert_eq(tallies[3].calls, 1);
}

Test(callback, close_drops_what_has_not_begun)
{
	begin_callbacks(last, "010");
	close_session(1);
	cr_assert_not(atomic_load(&ended));
	end_callback();
	cr_assert_eq(tallies[0].calls, 2);
	cr_assert_eq(tallies[1].calls, 0);
}

/* The same callback again, as for each submission: nothing to wait for. */
Test(callback, set_callback_to_what_it_is)
{
	begin_callbacks(last, "010");
	async_session_set_callback(tallies[0].session, last, &tallies[0]);
	cr_assert_not(atomic_load(&ended));
	end_callback();
}

/* A second batch runs beside the first. */
Test(callback, two_reapers_at_once)
{
	begin_callbacks(last, "010");
	submit_nop(3, 2);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[2].calls, 1);
	cr_assert_not(atomic_load(&ended));
	close_session(2);
	end_callback();
	cr_assert_eq(tallies[0].calls, 2);
	cr_assert_eq(tallies[1].calls, 1);
}
