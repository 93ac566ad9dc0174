// SPDX-License-Identifier: MIT
/* The doorbell: submitting, waiting, what ends a wait; poll() of a queue. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define ENTRIES	64u

static const struct cryptosim_sqe nop;
static struct raw_queue queue;

static void start(void)
{
	guest_load("engines=1");
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
}

static void stop(void)
{
	raw_close(&queue);
	guest_unload();
}

TestSuite(doorbell, .init = start, .fini = stop);

static void push(unsigned int count)
{
	while (count--)
		raw_push(&queue, &nop);
}

Test(doorbell, says_how_many_there_are)
{
	cr_expect_eq(raw_ring(&queue, 0, 0, 0), 0);
	push(7);
	cr_expect_eq(raw_ring(&queue, 7, 7, RAW_WATCHDOG_NS), 7);
	cr_expect_eq(raw_ring(&queue, 0, 0, 0), 7);
	cr_expect_eq(raw_ring(&queue, 0, 7, 0), 7);
	cr_expect_eq(raw_ring(&queue, 0, 3, 0), 7);
	cr_expect(raw_reap(&queue, NULL));
	cr_expect_eq(raw_ring(&queue, 0, 0, 0), 6);
	cr_expect_eq(raw_ring(&queue, 0, 7, 0), -ETIME);
	cr_expect_eq(raw_reap_all(&queue), 6);
	cr_expect_eq(raw_ring(&queue, 0, 0, 0), 0);
}

/* As many times as a ring can be filled and emptied around */
Test(doorbell, waits_for_any_number)
{
	unsigned int n;

	for (n = 1; n <= ENTRIES; n++) {
		push(n);
		cr_assert_eq(raw_ring(&queue, n, n, RAW_WATCHDOG_NS), (int)n);
		cr_assert_eq(raw_reap_all(&queue), n);
	}
}

/* Not all rings are heard of, but those that submit are counted */
Test(doorbell, counts)
{
	push(3);
	raw_ring(&queue, 3, 0, 0);
	raw_ring(&queue, 0, 3, RAW_WATCHDOG_NS);
	raw_ring(&queue, 0, 0, 0);
	cr_expect_eq(guest_stats(0).doorbells, 1);
	cr_expect_eq(guest_stats(0).requests, 3);
}

/* @cq_head says where @wait begins to count */
Test(doorbell, counts_from_the_callers_head)
{
	struct cryptosim_doorbell bell = { };

	push(5);
	cr_assert_eq(raw_ring(&queue, 5, 5, RAW_WATCHDOG_NS), 5);
	cr_assert_eq(raw_reap_all(&queue), 5);
	bell.wait = 5;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell), 0);
	bell.wait = 6;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell),
		     -ETIME);
	bell.cq_head = 4;
	bell.wait = 1;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell), 0);
	bell.cq_head = 6;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell),
		     -EINVAL);
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ll + now.tv_nsec;
}

Test(doorbell, times_out_and_never_early)
{
	static const int64_t times[] = {
		0, 1, 1000, 100000, 3000000, 20000000,
	};
	unsigned int i;
	int64_t start;

	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		start = now_ns();
		cr_expect_eq(raw_ring(&queue, 0, 1, times[i]), -ETIME);
		cr_expect_geq(now_ns() - start, times[i]);
	}
	/* with fewer than it waits for, too */
	push(2);
	start = now_ns();
	cr_expect_eq(raw_ring(&queue, 2, 3, times[5]), -ETIME);
	cr_expect_geq(now_ns() - start, times[5]);
	guest_wait(queue.cq_tail, 2);
	cr_expect_eq(raw_reap_all(&queue), 2);
}

/* A time so long that it can't be added to any clock */
Test(doorbell, very_long_timeouts)
{
	static const uint64_t times[] = {
		INT64_MAX, 1ull << 63, UINT64_MAX - 1, UINT64_MAX,
	};
	unsigned int i;

	for (i = 0; i < 4; i++) {
		push(1);
		cr_expect_eq(raw_ring(&queue, 1, 1, times[i]), 1);
		cr_expect_eq(raw_reap_all(&queue), 1);
	}
}

/* A thread that rings, waits for some completions, and says what came of it */
struct waiter {
	uint32_t wait;
	uint64_t timeout_ns;
	atomic_int tid;
	atomic_bool done;
	pthread_t thread;
	int result;
};

static void *wait_in_doorbell(void *arg)
{
	struct waiter *waiter = arg;

	atomic_store(&waiter->tid, gettid());
	waiter->result = raw_ring(&queue, 0, waiter->wait, waiter->timeout_ns);
	atomic_store(&waiter->done, true);
	return NULL;
}

static void start_waiter(struct waiter *waiter, uint32_t wait,
			 uint64_t timeout_ns)
{
	waiter->wait = wait;
	waiter->timeout_ns = timeout_ns;
	atomic_init(&waiter->tid, 0);
	atomic_init(&waiter->done, false);
	cr_assert_eq(pthread_create(&waiter->thread, NULL, wait_in_doorbell,
				    waiter), 0);
	while (!atomic_load(&waiter->tid))
		usleep(100);
	guest_asleep(atomic_load(&waiter->tid));
}

static int result_of(struct waiter *waiter)
{
	cr_assert_eq(pthread_join(waiter->thread, NULL), 0);
	return waiter->result;
}

Test(doorbell, two_waiters)
{
	struct waiter two, four;

	start_waiter(&two, 2, RAW_WATCHDOG_NS);
	start_waiter(&four, 4, RAW_WATCHDOG_NS);
	push(2);
	cr_assert_geq(raw_ring(&queue, 2, 0, 0), 0);
	cr_expect_geq(result_of(&two), 2);
	cr_expect_not(atomic_load(&four.done));
	push(2);
	cr_assert_geq(raw_ring(&queue, 2, 0, 0), 0);
	cr_expect_eq(result_of(&four), 4);
}

/* What is reaped by another counts all the same: it came after the call */
Test(doorbell, another_thread_reaps)
{
	struct waiter four;
	unsigned int i;

	start_waiter(&four, 4, RAW_WATCHDOG_NS);
	for (i = 0; i < 4; i++) {
		cr_expect_not(atomic_load(&four.done));
		push(1);
		cr_assert_eq(raw_ring(&queue, 1, 1, RAW_WATCHDOG_NS), 1);
		cr_expect_eq(raw_reap_all(&queue), 1);
	}
	/* and it may have seen the last of them before that was reaped */
	cr_expect_geq(result_of(&four), 0);
}

static void on_signal(int number)
{
	(void)number;
}

/* A signal that reaches the thread before it sleeps interrupts nothing */
static void interrupt(struct waiter *waiter)
{
	while (!atomic_load(&waiter->done)) {
		pthread_kill(waiter->thread, SIGUSR1);
		usleep(1000);
	}
}

Test(doorbell, signal)
{
	struct sigaction action = { .sa_handler = on_signal };
	static const int flags[] = { 0, SA_RESTART };
	struct waiter waiter;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		action.sa_flags = flags[i];
		cr_assert_eq(sigaction(SIGUSR1, &action, NULL), 0);
		start_waiter(&waiter, 1, RAW_FOREVER);
		interrupt(&waiter);
		cr_expect_eq(result_of(&waiter), -EINTR);
		start_waiter(&waiter, 1, RAW_WATCHDOG_NS);
		interrupt(&waiter);
		cr_expect_eq(result_of(&waiter), -EINTR);
	}
	push(1);
	cr_expect_eq(raw_ring(&queue, 1, 1, RAW_WATCHDOG_NS), 1);
}

static short polled(int timeout_ms)
{
	struct pollfd entry = { .fd = queue.fd, .events = POLLIN | POLLOUT };

	cr_assert_geq(poll(&entry, 1, timeout_ms), 0);
	return entry.revents;
}

/* The queue's fd is readable while there are CQEs to reap */
Test(doorbell, poll)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		cr_assert_eq(polled(0), 0);
		push(2);
		cr_assert_geq(raw_ring(&queue, 2, 0, 0), 0);
		cr_assert_eq(polled(RAW_WATCHDOG_MS), POLLIN);
		guest_wait(queue.cq_tail, 2 * i + 2);
		cr_assert(raw_reap(&queue, NULL));
		cr_assert_eq(polled(0), POLLIN);
		cr_assert_eq(raw_reap_all(&queue), 1);
	}
}

Test(doorbell, epoll)
{
	struct epoll_event event = { .events = EPOLLIN };
	int set = epoll_create1(EPOLL_CLOEXEC);
	unsigned int i;

	cr_assert_eq(epoll_ctl(set, EPOLL_CTL_ADD, queue.fd, &event), 0);
	for (i = 0; i < 100; i++) {
		cr_assert_eq(epoll_wait(set, &event, 1, 0), 0);
		push(1);
		cr_assert_geq(raw_ring(&queue, 1, 0, 0), 0);
		cr_assert_eq(epoll_wait(set, &event, 1, RAW_WATCHDOG_MS), 1);
		cr_assert_eq(event.events, EPOLLIN);
		cr_assert_eq(raw_reap_all(&queue), 1);
	}
	close(set);
}

/* A new queue has to ring, an idle one has to ring again */
Test(doorbell, need_wakeup)
{
	unsigned int i;

	for (i = 0; i < 50; i++) {
		guest_wait(queue.sq_flags, CRYPTOSIM_SQ_NEED_WAKEUP);
		push(1);
		cr_assert(raw_need_wakeup(&queue));
		cr_assert_geq(raw_ring(&queue, 1, 0, 0), 0);
		guest_wait(queue.cq_tail, i + 1);
		cr_assert_eq(raw_reap_all(&queue), 1);
	}
}

/* A full CQ holds the SQEs back; as it is reaped they follow, once rung for */
Test(doorbell, full_ring)
{
	unsigned int reaped = 0, pushed = 0, round;

	push(ENTRIES);
	cr_assert_eq(raw_ring(&queue, ENTRIES, ENTRIES, RAW_WATCHDOG_NS),
		     (int)ENTRIES);
	push(ENTRIES);
	cr_assert_eq(raw_ring(&queue, ENTRIES, 0, 0), (int)ENTRIES);
	cr_expect_eq(raw_ring(&queue, 0, ENTRIES, 3000000), (int)ENTRIES);
	cr_expect_eq(raw_load(queue.sq_head), ENTRIES);
	cr_expect_eq(raw_load(queue.cq_tail), ENTRIES);
	pushed = 2 * ENTRIES;
	for (round = 0; round < 2000; round++) {
		cr_assert(raw_reap(&queue, NULL));
		reaped++;
		if (raw_need_wakeup(&queue))
			raw_ring(&queue, 1, 0, 0);
		guest_wait(queue.cq_tail, reaped + ENTRIES);
		cr_assert_eq(raw_load(queue.cq_tail), reaped + ENTRIES);
		push(1);
		pushed++;
	}
	raw_ring(&queue, 1, 0, 0);
	while (reaped < pushed) {
		cr_assert_geq(raw_ring(&queue, 1, 1, RAW_WATCHDOG_NS), 1);
		reaped += raw_reap_all(&queue);
	}
	cr_expect_eq(reaped, pushed);
	cr_expect_eq(raw_load(queue.sq_head), pushed);
}
