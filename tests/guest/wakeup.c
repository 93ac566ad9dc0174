// SPDX-License-Identifier: MIT
/*
 * No wake-up is ever lost: neither the engine's, whom the submitter wakes only
 * where it asks for that, nor the waiter's, whom the handler wakes only where
 * it is there. One request at a time, so that both go to sleep in each round,
 * and each time at another moment of the other's doings.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"
#include "rng.h"

#define ROUNDS		25000u
/* What is not there by then is lost */
#define LOST_MS		10000
#define LOST_NS		(LOST_MS * 1000000ull)

static struct raw_queue queue;
static struct cryptosim_session_add session;
static int set;

static void start(void)
{
	struct epoll_event event = { .events = EPOLLIN };

	guest_load(NULL);
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	set = epoll_create1(EPOLL_CLOEXEC);
	cr_assert_eq(epoll_ctl(set, EPOLL_CTL_ADD, session.fd, &event), 0);
}

static void stop(void)
{
	close(set);
	close(session.fd);
	raw_close(&queue);
	guest_unload();
}

TestSuite(wakeup, .init = start, .fini = stop);

/* Each waits for one completion; false: it did not come */

static bool by_doorbell(void)
{
	return raw_ring(&queue, 0, 1, LOST_NS) == 1;
}

static bool by_poll(void)
{
	struct pollfd polled = { .fd = session.fd, .events = POLLIN };

	return poll(&polled, 1, LOST_MS) == 1;
}

static bool by_epoll(void)
{
	struct epoll_event event;

	return epoll_wait(set, &event, 1, LOST_MS) == 1;
}

static bool by_polling_the_queue(void)
{
	struct pollfd polled = { .fd = queue.fd, .events = POLLIN };

	return poll(&polled, 1, LOST_MS) == 1;
}

static void run_rounds(bool (*wait)(void), bool announced, bool lazy)
{
	const struct cryptosim_sqe sqe = { .session = session.id };
	struct rng rng = { rng_seed() };
	unsigned int rounds = guest_rounds(ROUNDS);
	unsigned int round, rung = 0;
	uint32_t spin;

	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)rng.state);
	for (round = 0; round < rounds; round++) {
		raw_push(&queue, &sqe);
		if (raw_need_wakeup(&queue)) {
			if (lazy)
				raw_ring_lazy(&queue, 1);
			else
				raw_ring(&queue, 1, 0, 0);
			rung++;
		}
		cr_assert(wait(), "lost in round %u: %u taken, %u posted",
			  round, raw_load(queue.sq_head),
			  raw_load(queue.cq_tail));
		cr_assert(raw_reap(&queue, NULL), "not there in round %u",
			  round);
		/* who was told by the session finds it counted */
		if (announced)
			cr_assert_eq(raw_load(&queue.done[session.slot]),
				     round + 1);
		guest_wait(&queue.done[session.slot], round + 1);
		queue.consumed[session.slot]++;
		/* the length of an engine's way to sleep, at most */
		for (spin = rng_below(&rng, 4000); spin; spin--)
			__asm__ volatile("" ::: "memory");
	}
	/* else the engine never slept, and this has shown nothing */
	cr_expect_gt(rung, rounds / 100, "%u", rung);
}

Test(wakeup, doorbell)
{
	run_rounds(by_doorbell, false, false);
}

Test(wakeup, poll)
{
	run_rounds(by_poll, true, false);
}

Test(wakeup, epoll)
{
	run_rounds(by_epoll, true, false);
}

Test(wakeup, queue_poll)
{
	run_rounds(by_polling_the_queue, false, false);
}

Test(wakeup, lazy_doorbell)
{
	run_rounds(by_doorbell, false, true);
}

Test(wakeup, lazy_epoll)
{
	run_rounds(by_epoll, true, true);
}
