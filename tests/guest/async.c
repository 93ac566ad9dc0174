// SPDX-License-Identifier: MIT
/*
 * Being told: callbacks in each of their contexts, session fds, and what
 * changing and ending a callback means.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"
#include "op.h"

#define MANY	200u
#define FOREVER	(-1)		/* of poll(2) and epoll_wait(2) */

/* What a callback sees, and what it waits for */
struct told {
	atomic_uint count;
	pthread_t thread;
	sigset_t blocked;
	sem_t entered;
	sem_t leave;
	sem_t done;
	atomic_bool left;
};

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[MANY];
static struct async_session *session;
static struct async_queue *queue;
static struct told told, other;

static void told_init(struct told *t)
{
	sem_init(&t->entered, 0, 0);
	sem_init(&t->leave, 0, 0);
	sem_init(&t->done, 0, 0);
}

static void setup(void)
{
	guest_load(NULL);
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	cr_assert_eq(async_session_open(queue, &session), 0);
	told_init(&told);
	told_init(&other);
}

static void teardown(void)
{
	async_session_close(session);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(async, .init = setup, .fini = teardown, .timeout = 120);

/* NOPs of the session; their requests are the first of the array */
static void submit(unsigned int n)
{
	struct async_op op = nop;
	unsigned int i;

	op.session = session;
	for (i = 0; i < n; i++)
		cr_assert_eq(async_prepare(queue, &op, 1, &requests[i]), 1);
	cr_assert_eq(async_submit(queue), (int)n);
}

static void collect(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

static bool readable(int fd, int timeout)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, timeout) == 1 && pfd.revents & POLLIN;
}

/* Sleeps until there is something to reap, as an event loop does */
static void reap_all(unsigned int n)
{
	unsigned int reaped = 0;
	int ret;

	while (reaped < n) {
		cr_assert(readable(async_queue_fd(queue), FOREVER));
		ret = async_reap(queue);
		cr_assert_gt(ret, 0);
		reaped += (unsigned int)ret;
	}
}

static int count_call(void *arg)
{
	struct told *t = arg;

	t->thread = pthread_self();
	pthread_sigmask(SIG_SETMASK, NULL, &t->blocked);
	atomic_fetch_add(&t->count, 1);
	sem_post(&t->done);
	return 0;
}

Test(async, callbacks_in_own_polling_call)
{
	async_session_set_callback(session, count_call, &told);
	submit(MANY);
	cr_expect_eq(atomic_load(&told.count), 0);
	reap_all(MANY);
	cr_expect_eq(atomic_load(&told.count), MANY);
	cr_expect(pthread_equal(told.thread, pthread_self()));
	collect(MANY);
	cr_expect_eq(async_reap(queue), 0);
	cr_expect_eq(atomic_load(&told.count), MANY);
}

Test(async, callbacks_in_waiting_call)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP, .session = session };

	async_session_set_callback(session, count_call, &told);
	cr_assert_eq(op_run(queue, &op), 0);
	cr_expect_eq(atomic_load(&told.count), 1);
	cr_expect(pthread_equal(told.thread, pthread_self()));
}

Test(async, callbacks_in_poller_thread)
{
	unsigned int i;

	async_session_set_callback(session, count_call, &told);
	cr_assert_eq(async_poller_start(queue), 0);
	cr_expect_eq(async_poller_start(queue), -EALREADY);
	submit(MANY);
	for (i = 0; i < MANY; i++)
		cr_assert_eq(sem_wait(&told.done), 0);
	async_poller_stop(queue);
	cr_expect_eq(atomic_load(&told.count), MANY);
	cr_expect_not(pthread_equal(told.thread, pthread_self()));
	cr_expect(sigismember(&told.blocked, SIGTERM));
	cr_expect(sigismember(&told.blocked, SIGUSR1));
	collect(MANY);
	/* and then no more */
	submit(1);
	reap_all(1);
	cr_expect_eq(atomic_load(&told.count), MANY + 1);
	cr_expect(pthread_equal(told.thread, pthread_self()));
	async_poller_stop(queue);
	collect(1);
}

/* Who waits while the poller reaps must not sleep on what that has taken */
Test(async, waiting_beside_the_poller)
{
	unsigned int i;
	int ret;

	cr_assert_eq(async_poller_start(queue), 0);
	for (i = 0; i < 2000; i++) {
		submit(1);
		while (!async_done(requests[0])) {
			ret = async_wait(queue, 1, ASYNC_FOREVER);
			cr_assert_geq(ret, 0);
		}
		collect(1);
	}
	async_poller_stop(queue);
}

/* A callback may collect, prepare and submit */
static int next_link(void *arg)
{
	struct told *t = arg;

	collect(1);
	if (atomic_fetch_add(&t->count, 1) + 1 < MANY)
		submit(1);
	/* It reaps already */
	cr_expect_eq(async_reap(queue), 0);
	return 0;
}

Test(async, chain_of_callbacks)
{
	async_session_set_callback(session, next_link, &told);
	submit(1);
	reap_all(MANY);
	cr_expect_eq(atomic_load(&told.count), MANY);
}

Test(async, session_fd)
{
	struct async_session *idle;
	int fd = async_session_fd(session);
	unsigned int i;

	cr_assert_eq(async_session_open(queue, &idle), 0);
	for (i = 0; i < MANY; i++) {
		cr_assert_not(readable(fd, 0));
		submit(1);
		cr_assert(readable(fd, FOREVER));
		cr_assert_not(readable(async_session_fd(idle), 0));
		/* reaping tells the library, collecting clears the fd */
		cr_assert_eq(async_collect(requests[0]), -EINPROGRESS);
		cr_assert_eq(async_reap(queue), 1);
		cr_assert(readable(fd, 0));
		collect(1);
		cr_assert_eq(async_session_fd(session), fd);
	}
	async_session_close(idle);
}

Test(async, session_fd_stays_until_all_is_collected)
{
	int fd = async_session_fd(session);
	unsigned int i;

	submit(MANY);
	reap_all(MANY);
	for (i = 0; i < MANY; i++) {
		cr_assert(readable(fd, 0));
		cr_assert_eq(async_collect(requests[i]), 0);
	}
	cr_assert_not(readable(fd, 0));
}

Test(async, epoll_finds_the_sessions)
{
	enum { SESSIONS = 32 };
	struct async_session *many[SESSIONS];
	struct epoll_event events[SESSIONS];
	struct async_op op = nop;
	int epoll = epoll_create1(EPOLL_CLOEXEC), left, n, i;

	for (i = 0; i < SESSIONS; i++) {
		events[0] = (struct epoll_event) { EPOLLIN, { .u32 = i } };
		cr_assert_eq(async_session_open(queue, &many[i]), 0);
		cr_assert_eq(epoll_ctl(epoll, EPOLL_CTL_ADD,
				       async_session_fd(many[i]), events), 0);
	}
	/* every other one has a request */
	for (i = 0; i < SESSIONS; i += 2) {
		op.session = many[i];
		cr_assert_eq(async_prepare(queue, &op, 1, &requests[i]), 1);
	}
	cr_assert_eq(async_submit(queue), SESSIONS / 2);
	for (left = SESSIONS / 2; left; left -= n) {
		n = epoll_wait(epoll, events, SESSIONS, FOREVER);
		cr_assert_gt(n, 0);
		async_reap(queue);
		for (i = 0; i < n; i++) {
			cr_assert_eq(events[i].data.u32 % 2, 0);
			cr_assert_eq(async_collect(requests[events[i].data.u32]),
				     0);
		}
	}
	cr_expect_eq(epoll_wait(epoll, events, SESSIONS, 0), 0);
	for (i = 0; i < SESSIONS; i++)
		async_session_close(many[i]);
	close(epoll);
}

/* What counts is which callback there is when a completion is reaped */
Test(async, set_callback)
{
	submit(1);
	reap_all(1);
	async_session_set_callback(session, count_call, &told);
	cr_expect_eq(atomic_load(&told.count), 0);
	collect(1);

	submit(1);
	cr_assert(readable(async_queue_fd(queue), FOREVER));
	async_session_set_callback(session, count_call, &other);
	reap_all(1);
	cr_expect_eq(atomic_load(&told.count), 0);
	cr_expect_eq(atomic_load(&other.count), 1);
	collect(1);

	submit(1);
	async_session_set_callback(session, NULL, NULL);
	reap_all(1);
	cr_expect_eq(atomic_load(&told.count), 0);
	cr_expect_eq(atomic_load(&other.count), 1);
	collect(1);
}

/* Takes its time to leave, so that who does not wait for it is seen */
static int slow_call(void *arg)
{
	const struct timespec while_others_run = { .tv_nsec = 20000000 };
	struct told *t = arg;

	sem_post(&t->entered);
	sem_wait(&t->leave);
	nanosleep(&while_others_run, NULL);
	atomic_store(&t->left, true);
	return 0;
}

/* The poller is inside slow_call() on return, and free to leave */
static void enter_slow_call(void)
{
	async_session_set_callback(session, slow_call, &told);
	cr_assert_eq(async_poller_start(queue), 0);
	submit(1);
	cr_assert_eq(sem_wait(&told.entered), 0);
	sem_post(&told.leave);
}

Test(async, set_callback_waits_for_the_running_one)
{
	enter_slow_call();
	async_session_set_callback(session, NULL, NULL);
	cr_expect(atomic_load(&told.left));
	async_poller_stop(queue);
	collect(1);
}

Test(async, close_waits_for_the_running_callback)
{
	enter_slow_call();
	async_session_close(session);
	session = NULL;
	cr_expect(atomic_load(&told.left));
	async_poller_stop(queue);
}

Test(async, poller_stop_waits_for_the_running_callback)
{
	enter_slow_call();
	async_poller_stop(queue);
	cr_expect(atomic_load(&told.left));
	collect(1);
}

Test(async, queue_close_waits_for_the_running_callback)
{
	enter_slow_call();
	async_queue_close(queue);
	cr_expect(atomic_load(&told.left));
	queue = NULL;
}

/* The session's own callback ends it: the first call is the last */
static int close_session(void *arg)
{
	struct told *t = arg;

	async_session_close(session);
	session = NULL;
	atomic_fetch_add(&t->count, 1);
	sem_post(&t->done);
	return 0;
}

Test(async, close_from_own_callback)
{
	async_session_set_callback(session, close_session, &told);
	submit(MANY);
	reap_all(MANY);
	cr_expect_eq(atomic_load(&told.count), 1);
}

Test(async, close_from_own_callback_in_poller_thread)
{
	async_session_set_callback(session, close_session, &told);
	cr_assert_eq(async_poller_start(queue), 0);
	submit(MANY);
	cr_assert_eq(sem_wait(&told.done), 0);
	op_drain(queue);
	async_poller_stop(queue);
	cr_expect_eq(atomic_load(&told.count), 1);
}
