// SPDX-License-Identifier: MIT
/* Requests that are given up one by one. */
#include <pthread.h>
#include <semaphore.h>

#include "tally.h"

TestSuite(cancel, .init = setup, .fini = teardown, .timeout = 120);

/* The session's counters, as the kernel compares them */
static int32_t announced(unsigned int session)
{
	return dev->done[session] - dev->consumed[session];
}

Test(cancel, before_it_is_submitted)
{
	struct async_op op = { .session = tallies[0].session };

	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	cr_assert_eq(async_cancel(requests[0]), 1);
	async_submit(queue);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 0);
	cr_assert_eq(announced(0), 0);
	cr_assert_eq(free_slots(), CQ);
}

Test(cancel, while_the_device_has_it)
{
	submit_nop(0, 0);
	submit_nop(1, 0);
	cr_assert_eq(async_cancel(requests[0]), 1);
	cr_assert_eq(queue->orphans, 1);
	fakedev_run(dev, 2);
	cr_assert_eq(async_reap(queue), 2);
	cr_assert_eq(tallies[0].calls, 1, "that of the other alone");
	cr_assert_eq(announced(0), 1);
	cr_assert_eq(async_collect(requests[1]), 0);
	cr_assert_eq(announced(0), 0);
	cr_assert_eq(queue->orphans, 0);
	cr_assert_eq(queue->strays, 0);
	cr_assert_eq(free_slots(), CQ);
}

Test(cancel, when_it_is_done)
{
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(async_cancel(requests[0]), 0);
	cr_assert_eq(announced(0), 0);
	cr_assert_eq(free_slots(), CQ);
}

/* The session ends between the two: it is counted nowhere any more */
Test(cancel, and_the_session_too)
{
	submit_nop(0, 0);
	async_cancel(requests[0]);
	close_session(0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(queue->orphans, 0);
	cr_assert_eq(free_slots(), CQ);
}

/* Nothing is copied to where the caller wanted it, which may be gone */
Test(cancel, output_is_not_copied)
{
	static uint8_t text[64], before[64];
	struct async_key key;
	struct async_op op = copied_op(&key, text, sizeof(text));
	unsigned int i;

	for (i = 0; i < 2; i++) {
		cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
		async_submit(queue);
		if (i)
			fakedev_run(dev, 1);
		async_reap(queue);
		cr_assert_eq(async_cancel(requests[0]), !i);
		fakedev_run(dev, 1);
		async_reap(queue);
		cr_assert_arr_eq(text, before, sizeof(text));
	}
	/* All that it had of the arena is back */
	cr_assert_eq(free_slots(), CQ);
	cr_assert_not_null(async_buf_alloc(queue, queue->arena.size / 2));
}

static int cancel_next(void *arg)
{
	count(arg);
	async_cancel(requests[1]);
	return 0;
}

/* Its own callback is running, that of the other was about to */
Test(cancel, in_a_callback)
{
	async_session_set_callback(tallies[0].session, cancel_next,
				   &tallies[0]);
	submit_nop(0, 0);
	submit_nop(1, 1);
	submit_nop(2, 1);
	fakedev_run(dev, 3);
	cr_assert_eq(async_reap(queue), 3);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 1);
	cr_assert_eq(async_collect(requests[0]), 0);
	cr_assert_eq(async_collect(requests[2]), 0);
	cr_assert_eq(free_slots(), CQ);
}

static int cancel_own(void *arg)
{
	count(arg);
	cr_assert_eq(async_cancel(requests[0]), 0);
	return 0;
}

Test(cancel, in_its_own_callback)
{
	async_session_set_callback(tallies[0].session, cancel_own, &tallies[0]);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(announced(0), 0);
	cr_assert_eq(free_slots(), CQ);
}

static sem_t begun;
static atomic_bool ended;

/* Lasts until somebody waits for it */
static int last_until_awaited(void *arg)
{
	count(arg);
	sem_post(&begun);
	while (!atomic_load(&queue->waiters))
		sched_yield();
	atomic_store(&ended, true);
	return 0;
}

static void *reap_in_thread(void *arg)
{
	async_reap(queue);
	return arg;
}

Test(cancel, waits_for_its_callback_in_another_thread)
{
	pthread_t reaper;

	sem_init(&begun, 0, 0);
	async_session_set_callback(tallies[0].session, last_until_awaited,
				   &tallies[0]);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	pthread_create(&reaper, NULL, reap_in_thread, NULL);
	sem_wait(&begun);
	cr_assert_eq(async_cancel(requests[0]), 0);
	cr_assert(atomic_load(&ended));
	pthread_join(reaper, NULL);
	cr_assert_eq(free_slots(), CQ);
}

/* A request's slot is used again while the callback for its former one waits */
static int collect_and_submit(void *arg)
{
	pthread_t reaper;

	count(arg);
	cr_assert_eq(async_collect(requests[1]), 0);
	/* All others are in use: it is the same slot */
	submit_nop(2, 1);
	cr_assert_eq(requests[2], requests[1]);
	fakedev_run(dev, 1);
	pthread_create(&reaper, NULL, reap_in_thread, NULL);
	pthread_join(reaper, NULL);
	cr_assert_eq(tallies[1].calls, 1, "the later one's comes first");
	cr_assert_eq(async_cancel(requests[2]), 0);
	return 0;
}

Test(cancel, a_later_request_of_the_slot)
{
	struct async_request *other;
	unsigned int i;

	async_session_set_callback(tallies[0].session, collect_and_submit,
				   &tallies[0]);
	submit_nop(0, 0);
	submit_nop(1, 1);
	fakedev_run(dev, 2);
	for (i = 2; i < CQ; i++) {
		cr_assert_eq(async_prepare(queue, &nop, 1, &other), 1);
		async_submit(queue);
		/* Taken by the device, and never done */
		atomic_fetch_add(dev->sq_head, 1);
	}
	cr_assert_eq(async_reap(queue), 2);
	cr_assert_eq(tallies[1].calls, 2, "the former one's is not dropped");
}
