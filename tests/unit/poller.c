// SPDX-License-Identifier: MIT
/* The thread that reaps, alone and beside others that do. */
#include <criterion/criterion.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/resource.h>

#include "core/internal.h"
#include "core/sys.h"
#include "fakedev.h"

#define ROUNDS 20000

static struct async_session *session;
static struct async_queue *queue;
static struct fakedev *dev;
static sem_t called;
static atomic_uint calls;

static int count(void *arg)
{
	(void)arg;
	atomic_fetch_add(&calls, 1);
	sem_post(&called);
	return 1;
}

static void setup(void)
{
	const struct async_queue_params params = { .sq_entries = 16 };

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	cr_assert_eq(async_session_open(queue, &session), 0);
	async_session_set_callback(session, count, NULL);
	sem_init(&called, 0, 0);
}

static void teardown(void)
{
	async_session_close(session);
	async_queue_close(queue);
}

TestSuite(poller, .init = setup, .fini = teardown, .timeout = 120);

static struct async_request *submit_one(void)
{
	struct async_op op = { .session = session };
	struct async_request *request;

	cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
	cr_assert_eq(async_submit(queue), 1);
	return request;
}

Test(poller, calls_back)
{
	struct async_request *request;
	unsigned int i;

	cr_assert_eq(async_poller_start(queue), 0);
	for (i = 0; i < 100; i++) {
		request = submit_one();
		fakedev_run(dev, 1);
		sem_wait(&called);
		cr_assert(async_done(request), "called before it was done");
		cr_assert_eq(async_collect(request), 0);
	}
	async_poller_stop(queue);
	cr_assert_eq(calls, 100);
}

Test(poller, one_at_a_time)
{
	async_poller_stop(queue);
	cr_assert_eq(async_poller_start(queue), 0);
	cr_assert_eq(async_poller_start(queue), -EALREADY);
	async_poller_stop(queue);
	async_poller_stop(queue);
	cr_assert_eq(async_poller_start(queue), 0);
}

Test(poller, stopped_means_stopped)
{
	cr_assert_eq(async_poller_start(queue), 0);
	async_poller_stop(queue);
	submit_one();
	fakedev_run(dev, 1);
	cr_assert_eq(calls, 0);
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(calls, 1);
}

/* The end of the queue ends the thread: else this would not return. */
Test(poller, ends_with_the_queue)
{
	cr_assert_eq(async_poller_start(queue), 0);
	submit_one();
	fakedev_run(dev, 1);
	cr_assert_eq(async_sys_ioctl(async_queue_fd(queue), CRYPTOSIM_IOC_STOP,
				     NULL), 0);
	pthread_join(queue->poller.thread, NULL);
	cr_assert_eq(calls, 1, "what was there was not reaped");
	queue->poller.running = false;
}

Test(poller, close_ends_it)
{
	cr_assert_eq(async_poller_start(queue), 0);
	submit_one();
	async_queue_close(queue);
	cr_assert_eq(dev->stops, 1);
	async_session_close(session);
	setup();
}

static sigset_t mask;

static int note_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, &mask);
	return count(arg);
}

Test(poller, signals_are_for_others)
{
	sigset_t before, after;
	int sig;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	async_session_set_callback(session, note_mask, NULL);
	cr_assert_eq(async_poller_start(queue), 0);
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	submit_one();
	fakedev_run(dev, 1);
	sem_wait(&called);
	for (sig = 1; sig < 32; sig++) {
		cr_assert(sig == SIGKILL || sig == SIGSTOP ||
			  sigismember(&mask, sig), "signal %d", sig);
		cr_assert_eq(sigismember(&before, sig),
			     sigismember(&after, sig), "signal %d", sig);
	}
}

Test(poller, no_fd_for_it)
{
	struct rlimit limit, none;

	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	errno = ENOTUNIQ;
	cr_assert_eq(async_poller_start(queue), -EMFILE);
	cr_assert_eq(errno, ENOTUNIQ, "errno was set");
	setrlimit(RLIMIT_NOFILE, &limit);
	cr_assert_eq(async_poller_start(queue), 0);
}

/*
 * The poller may take what this thread waits for, at any point of its waiting:
 * it must not wait for ever.
 */
Test(poller, beside_one_that_waits)
{
	struct async_request *requests[3];
	unsigned int i, k, n;

	fakedev_start(dev);
	cr_assert_eq(async_poller_start(queue), 0);
	for (i = 0; i < ROUNDS; i++) {
		n = 1 + i % 3;
		for (k = 0; k < n; k++)
			requests[k] = submit_one();
		cr_assert_geq(async_wait(queue, n, ASYNC_FOREVER), 0);
		for (k = 0; k < n; k++) {
			/* The poller may be at it still */
			while (!async_done(requests[k]))
				sched_yield();
			cr_assert_eq(async_collect(requests[k]), 0);
		}
	}
	async_poller_stop(queue);
	fakedev_stop(dev);
	cr_assert_eq(calls, 2 * ROUNDS - 1);
}
