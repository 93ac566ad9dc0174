// SPDX-License-Identifier: MIT
/*
 * The watch: a session that is told of the next completion, whoever that is
 * for; and O_ASYNC, which tells by a signal.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"
#include "rng.h"

#define ROUNDS	20000u

static const struct cryptosim_sqe nop;
static struct cryptosim_session_add one, other;
static struct raw_queue queue;

static void start(const char *params)
{
	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &one), 0);
	cr_assert_eq(raw_session(&queue, &other), 0);
}

static void setup(void)
{
	start(NULL);
}

static void teardown(void)
{
	close(one.fd);
	close(other.fd);
	raw_close(&queue);
	guest_unload();
}

TestSuite(watch, .init = setup, .fini = teardown, .timeout = 300);

static short polled(int fd, int timeout_ms)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN };

	cr_assert_geq(poll(&entry, 1, timeout_ms), 0);
	return entry.revents;
}

/* Watches for a CQE beyond those that were reaped */
static int watch(uint32_t session)
{
	struct cryptosim_doorbell bell = {
		.watch = session,
		.cq_head = *queue.cq_head,
	};

	return raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell);
}

static void submit(void)
{
	raw_push(&queue, &nop);
	if (raw_need_wakeup(&queue))
		cr_assert_geq(raw_ring(&queue, 1, 0, 0), 0);
}

static void reap(void)
{
	cr_assert_eq(raw_ring(&queue, 0, 1, RAW_WATCHDOG_NS), 1);
	cr_assert(raw_reap(&queue, NULL));
}

static const uint32_t *word(void)
{
	return (void *)((char *)queue.device + queue.setup.watch);
}

static void expect_told(const struct cryptosim_session_add *session)
{
	cr_assert_eq(polled(session->fd, RAW_WATCHDOG_MS), POLLIN);
	cr_assert_eq(raw_load(word()), 0);
	queue.consumed[session->slot]++;
	cr_assert_eq(polled(session->fd, 0), 0, "told twice");
}

Test(watch, of_the_next_completion)
{
	cr_assert_eq(watch(one.id), 0);
	cr_assert_eq(raw_load(word()), one.id);
	cr_assert_eq(polled(one.fd, 0), 0);
	submit();
	expect_told(&one);
	reap();
	/* Once, and not again */
	submit();
	reap();
	cr_assert_eq(polled(one.fd, 0), 0);
}

Test(watch, of_one_that_is_there)
{
	submit();
	cr_assert_eq(raw_ring(&queue, 0, 1, RAW_WATCHDOG_NS), 1);
	cr_assert_eq(watch(one.id), 1);
	expect_told(&one);
	reap();
}

/* Who reaps the CQE that it was told of finds that it was */
Test(watch, told_before_the_completion_is_there)
{
	unsigned int rounds = guest_rounds(ROUNDS), i;

	for (i = 0; i < rounds; i++) {
		cr_assert_eq(watch(one.id), 0);
		submit();
		while (!raw_reap(&queue, NULL))
			;
		cr_assert_eq(raw_load(word()), 0, "round %u", i);
		cr_assert_eq(raw_load(&queue.done[one.slot]), i + 1);
		queue.consumed[one.slot]++;
	}
}

/* The latest takes the place of the one before */
Test(watch, one_at_a_time)
{
	cr_assert_eq(watch(one.id), 0);
	cr_assert_eq(word()[1], 0);
	cr_assert_eq(watch(other.id), 0);
	cr_assert_eq(raw_load(word()), other.id);
	cr_assert_eq(word()[1], one.id, "it was not announced");
	submit();
	expect_told(&other);
	cr_assert_eq(polled(one.fd, 0), 0);
	reap();
	cr_assert_eq(watch(one.id), 0);
	cr_assert_eq(word()[1], 0, "that one was");
}

/* Who was replaced has nothing to come: its place is free when it ends */
Test(watch, replaced_and_ended)
{
	struct cryptosim_session_add third;

	cr_assert_eq(watch(one.id), 0);
	cr_assert_eq(watch(other.id), 0);
	close(one.fd);
	cr_assert_eq(raw_session(&queue, &third), 0);
	cr_assert_eq(third.slot, one.slot);
	one = third;
}

Test(watch, ends_with_its_session)
{
	struct cryptosim_session_add third;

	cr_assert_eq(watch(one.id), 0);
	close(one.fd);
	submit();
	reap();
	cr_assert_eq(watch(one.id), -ENOENT);
	/* and its place is free again */
	cr_assert_eq(raw_session(&queue, &third), 0);
	cr_assert_eq(third.slot, one.slot);
	cr_assert_eq(polled(third.fd, 0), 0);
	one = third;
}

/* A place in the CQ that is yet to come */
Test(watch, beyond_what_was_posted)
{
	struct cryptosim_doorbell bell = {
		.watch = one.id,
		.cq_head = *queue.cq_head + 1,
	};

	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell),
		     -EINVAL);
	cr_assert_eq(raw_load(word()), 0);
	submit();
	reap();
	cr_assert_eq(polled(one.fd, 0), 0);
}

/* A session of another queue is none of this one's */
Test(watch, of_another_queue)
{
	struct cryptosim_session_add theirs[3];
	struct raw_queue second;
	unsigned int i;

	cr_assert_eq(raw_open(&second, 0, NULL), 0);
	for (i = 0; i < 3; i++)
		cr_assert_eq(raw_session(&second, &theirs[i]), 0);
	cr_assert_eq(watch(theirs[2].id), -ENOENT);
	for (i = 0; i < 3; i++)
		close(theirs[i].fd);
	raw_close(&second);
}

/*
 * Set while the completion is on its way, at each moment of that: it is never
 * lost, and never comes twice.
 */
Test(watch, at_any_moment)
{
	struct rng rng = { rng_seed() };
	unsigned int rounds = guest_rounds(ROUNDS), i;
	uint32_t spin;

	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)rng.state);
	for (i = 0; i < rounds; i++) {
		submit();
		for (spin = rng_below(&rng, 4000); spin; spin--)
			__asm__ volatile("" ::: "memory");
		cr_assert_geq(watch(one.id), 0);
		cr_assert_eq(polled(one.fd, RAW_WATCHDOG_MS), POLLIN,
			     "lost in round %u", i);
		queue.consumed[one.slot]++;
		reap();
		cr_assert_eq(raw_load(&queue.done[one.slot]), i + 1);
	}
}

/* A stopped queue's watch keeps nothing */
Test(watch, and_the_end_of_the_queue)
{
	cr_assert_eq(watch(one.id), 0);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	cr_assert_eq(watch(one.id), -ESHUTDOWN);
}

static atomic_uint signals;

static void on_signal(int signo)
{
	(void)signo;
	atomic_fetch_add(&signals, 1);
}

static void ask_for_signals(int fd, int signo)
{
	const struct f_owner_ex owner = { F_OWNER_TID, gettid() };

	signal(signo, on_signal);
	cr_assert_eq(fcntl(fd, F_SETOWN_EX, &owner), 0);
	cr_assert_eq(fcntl(fd, F_SETSIG, signo), 0);
	cr_assert_eq(fcntl(fd, F_SETFL, O_RDWR | O_ASYNC), 0);
}

static void await_signal(void)
{
	while (!atomic_exchange(&signals, 0))
		;
}

Test(watch, signal)
{
	unsigned int i;

	ask_for_signals(queue.fd, SIGUSR1);
	for (i = 0; i < 100; i++) {
		submit();
		await_signal();
		/* It is there when the signal is */
		cr_assert(raw_reap(&queue, NULL));
	}
	cr_assert_eq(fcntl(queue.fd, F_SETFL, O_RDWR), 0);
	submit();
	reap();
	cr_assert_eq(atomic_load(&signals), 0);
}

/* The end of the queue is told as well, and takes the rest with it */
Test(watch, signal_at_the_end)
{
	ask_for_signals(queue.fd, SIGIO);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	await_signal();
}
