// SPDX-License-Identifier: MIT
/* A signal handler reaps, whatever it interrupts. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>

#include "tally.h"

static void setup_interrupt(void)
{
	setup();
	cr_assert_eq(async_interrupt_start(queue, SIGUSR1), 0);
}

TestSuite(interrupt, .init = setup_interrupt, .fini = teardown, .timeout = 120);

/* The callbacks are run before the call that posts returns: it was interrupted */
Test(interrupt, told_at_once)
{
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert(async_done(requests[0]));
	cr_assert_eq(async_reap(queue), 0);
	cr_assert_eq(async_collect(requests[0]), 0);
}

Test(interrupt, more_than_a_batch)
{
	unsigned int i;

	for (i = 0; i < 200; i++)
		submit_nop(i, i % SESSIONS);
	while (fakedev_run(dev, 64))
		;
	for (i = 0; i < SESSIONS; i++)
		cr_assert_eq(tallies[i].calls, 50);
}

/* Who has the queue's lock is not waited for, but sends the signal again */
Test(interrupt, while_the_lock_is_held)
{
	submit_nop(0, 0);
	lock_take(&queue->lock);
	fakedev_run(dev, 1);
	cr_assert_eq(tallies[0].calls, 0);
	queue_unlock(queue);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(queue->missed, 0);
}

static void *hold_the_lock(void *arg)
{
	sem_t *steps = arg;

	lock_take(&queue->lock);
	sem_post(&steps[0]);
	sem_wait(&steps[1]);
	queue_unlock(queue);
	return NULL;
}

Test(interrupt, while_another_thread_holds_the_lock)
{
	pthread_t thread;
	sem_t steps[2];

	sem_init(&steps[0], 0, 0);
	sem_init(&steps[1], 0, 0);
	submit_nop(0, 0);
	pthread_create(&thread, NULL, hold_the_lock, steps);
	sem_wait(&steps[0]);
	fakedev_run(dev, 1);
	cr_assert_eq(tallies[0].calls, 0);
	sem_post(&steps[1]);
	pthread_join(thread, NULL);
	/* The signal is this thread's, and may take a moment to get here */
	while (!atomic_load(&tallies[0].calls))
		sched_yield();
}

/* In a callback, the ones that follow wait until it has returned */
static int run_another(void *arg)
{
	count(arg);
	fakedev_run(dev, 1);
	cr_assert_eq(tallies[1].calls, 0, "one callback in another");
	return 0;
}

Test(interrupt, in_a_callback)
{
	async_interrupt_stop(queue);
	async_session_set_callback(tallies[0].session, run_another,
				   &tallies[0]);
	submit_nop(0, 0);
	submit_nop(1, 1);
	fakedev_run(dev, 1);
	cr_assert_eq(async_interrupt_start(queue, SIGUSR1), 0,
		     "and it tells of what was there before");
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(tallies[1].calls, 1);
}

/* A callback of one queue is interrupted by another queue */
static struct async_queue *second;
static struct async_session *theirs;
static struct tally second_tally;

static int run_second(void *arg)
{
	struct async_op op = { .session = theirs };
	struct async_request *request;

	count(arg);
	cr_assert_eq(async_prepare(second, &op, 1, &request), 1);
	async_submit(second);
	fakedev_run(fakedev_of(async_queue_fd(second)), 1);
	cr_assert_eq(second_tally.calls, 0);
	return 0;
}

Test(interrupt, of_another_queue_in_a_callback)
{
	cr_assert_eq(async_queue_open(&second, 1, NULL), 0);
	cr_assert_eq(async_session_open(second, &theirs), 0);
	async_session_set_callback(theirs, count, &second_tally);
	cr_assert_eq(async_interrupt_start(second, SIGUSR1), 0);
	async_interrupt_stop(queue);
	async_session_set_callback(tallies[0].session, run_second, &tallies[0]);
	submit_nop(0, 0);
	fakedev_run(dev, 1);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 1);
	cr_assert_eq(second_tally.calls, 1);
	async_session_close(theirs);
	async_queue_close(second);
}

/* What a request had of the arena comes back, though the handler can't give it */
Test(interrupt, copies_of_what_was_given_up)
{
	static uint8_t text[4096];
	struct async_key key;
	struct async_op op = copied_op(&key, text, sizeof(text));

	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	async_submit(queue);
	cr_assert_eq(async_cancel(requests[0]), 1);
	/* As if the signal came while this thread has it */
	lock_take(&queue->arena.lock);
	fakedev_run(dev, 1);
	lock_drop(&queue->arena.lock);
	cr_assert_eq(queue->orphans, 0);
	cr_assert_not_null(async_buf_alloc(queue, queue->arena.size));
}

/* Who cleans up after the handler makes room, and says so */
Test(interrupt, room_in_the_arena)
{
	static uint8_t text[4096];
	struct async_key key;
	struct async_op op = copied_op(&key, text, sizeof(text));
	struct async_session *waiter = tallies[1].session;
	unsigned int told;
	void *rest;

	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	async_submit(queue);
	while ((rest = async_buf_alloc(queue, sizeof(text))))
		;
	op.session = waiter;
	cr_assert_eq(async_prepare(queue, &op, 1, &requests[1]), 0);
	cr_assert_eq(async_room_wait(waiter), 0);
	/* Told of a slot by overtaking the other, it finds the arena full */
	fakedev_post(dev, 1ull << 32 | requests[0][1].index, 0);
	cr_assert_eq(async_prepare(queue, &op, 1, &requests[1]), 0);
	cr_assert_eq(async_room_wait(waiter), 0);
	told = tallies[1].calls;
	cr_assert_eq(async_cancel(requests[0]), 1);
	lock_take(&queue->room.lock);
	fakedev_run(dev, 1);
	atomic_fetch_add(dev->sq_head, 1);
	lock_drop(&queue->room.lock);
	atomic_store(&queue->room.again, 0);
	/* Nobody has served the line; it is this call that finds the memory */
	cr_assert_null(async_buf_alloc(queue, 2 * sizeof(text)));
	fakedev_run(dev, 1);
	cr_assert_eq(tallies[1].calls, told + 1);
}

/* A late signal finds nothing, and does not end the process */
Test(interrupt, after_its_end)
{
	submit_nop(0, 0);
	async_interrupt_stop(queue);
	fakedev_run(dev, 1);
	raise(SIGUSR1);
	cr_assert_eq(tallies[0].calls, 0);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(tallies[0].calls, 1);
	async_interrupt_stop(queue);
}

static void other_handler(int signo)
{
	(void)signo;
}

Test(interrupt, errors)
{
	cr_assert_eq(async_interrupt_start(queue, SIGUSR1), -EALREADY);
	async_interrupt_stop(queue);
	cr_assert_eq(async_interrupt_start(queue, 0), -EINVAL);
	cr_assert_eq(async_interrupt_start(queue, SIGKILL), -EINVAL);
	cr_assert_eq(async_interrupt_start(queue, SIGRTMIN), -EINVAL);
	signal(SIGUSR2, other_handler);
	cr_assert_eq(async_interrupt_start(queue, SIGUSR2), -EBUSY);
	cr_assert_eq(async_interrupt_start(queue, SIGUSR1), 0);
}

Test(interrupt, leaves_errno_alone)
{
	submit_nop(0, 0);
	errno = 4711;
	fakedev_run(dev, 1);
	cr_assert_eq(errno, 4711);
	cr_assert_eq(tallies[0].calls, 1);
}

/*
 * The device posts from a thread of its own while this one goes through all
 * that takes a lock. Each request's callback runs once, none is left behind.
 */
Test(interrupt, at_any_moment)
{
	unsigned int i, sent = 0;

	fakedev_start(dev);
	for (i = 0; i < 20000; i++) {
		struct async_op op = { .session = tallies[0].session };
		struct async_request *request;

		while (async_prepare(queue, &op, 1, &request) != 1)
			async_reap(queue);
		async_submit(queue);
		sent++;
		if (i % 3 == 0)
			async_session_set_callback(tallies[1].session, count,
						   &tallies[2 + i % 2]);
		if (i % 7 == 0)
			async_reap(queue);
		while (atomic_load(&tallies[0].calls) != sent)
			sched_yield();
		cr_assert_eq(async_collect(request), 0);
	}
	fakedev_stop(dev);
	cr_assert_eq(tallies[0].calls, sent);
}
