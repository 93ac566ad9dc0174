// SPDX-License-Identifier: MIT
/*
 * Lazy doorbells: on the CPU of its submitter an engine begins when that sleeps,
 * and one doorbell serves all that came before.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <poll.h>
#include <sched.h>
#include "guest.h"
#include "raw.h"

#define BATCH	32u

static const struct cryptosim_sqe nop;
static struct raw_queue queue;

/* Both on one CPU, the way it is where there is no other */
static void start(void)
{
	cpu_set_t first;

	guest_load("engines=1");
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	cr_assert_eq(sched_setaffinity(0, sizeof(first), &first), 0);
	cr_assert_eq(sched_setaffinity(guest_engine(), sizeof(first), &first), 0);
}

static void stop(void)
{
	raw_close(&queue);
	guest_unload();
}

TestSuite(lazy, .init = start, .fini = stop);

/* One after the other, each rung for if need be; returns how many were */
static unsigned int submit_batch(bool lazy)
{
	unsigned int rung = 0;
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		raw_push(&queue, &nop);
		if (!raw_need_wakeup(&queue))
			continue;
		cr_assert_geq(lazy ? raw_ring_lazy(&queue, 1) :
			      raw_ring(&queue, 1, 0, 0), 0);
		rung++;
	}
	return rung;
}

/* Sleeps as an event loop does until all are there */
static void sleep_and_reap(void)
{
	struct pollfd polled = { .fd = queue.fd, .events = POLLIN };
	unsigned int count = 0;

	while (count < BATCH) {
		cr_assert_eq(poll(&polled, 1, RAW_WATCHDOG_MS), 1);
		count += raw_reap_all(&queue);
	}
}

static unsigned int submit_batches(bool lazy)
{
	unsigned int rounds = guest_rounds(500);
	unsigned int rung = 0;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		rung += submit_batch(lazy);
		sleep_and_reap();
	}
	return rung;
}

/* But for the few where the clock takes the CPU from the submitter */
Test(lazy, rings_once)
{
	unsigned int rounds = guest_rounds(500);
	unsigned int rung = submit_batches(true);

	cr_expect_geq(rung, rounds);
	cr_expect_leq(rung, 4 * rounds, "%u doorbells for %u batches", rung,
		      rounds);
}

/* Nobody who asks for that waits until the submitter sleeps */
Test(lazy, or_begins_at_once)
{
	unsigned int rounds = guest_rounds(2000);
	unsigned int begun = 0;
	unsigned int i;

	for (i = 0; i < rounds; i++) {
		raw_push(&queue, &nop);
		if (!raw_need_wakeup(&queue))
			continue;
		raw_ring(&queue, 1, 0, 0);
		begun += raw_load(queue.sq_head) == *queue.sq_tail;
		cr_assert_eq(raw_ring(&queue, 0, 1, RAW_WATCHDOG_NS), 1);
		cr_assert_eq(raw_reap_all(&queue), 1);
	}
	cr_expect_gt(begun, rounds / 2, "%u of %u", begun, rounds);
}

/* Who never sleeps is served all the same, when it has used its share */
Test(lazy, comes_to_those_who_spin)
{
	raw_push(&queue, &nop);
	raw_ring_lazy(&queue, 1);
	guest_wait(queue.cq_tail, 1);
	cr_expect_eq(raw_reap_all(&queue), 1);
}
