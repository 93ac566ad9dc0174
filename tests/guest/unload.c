// SPDX-License-Identifier: MIT
/* The module goes when nobody has a queue, and not before. */
#include <criterion/criterion.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define COUNT		64u
#define LATENCY_S	10

static void put_in_flight(struct raw_queue *queue, uint32_t session)
{
	const struct cryptosim_sqe nop = { .session = session };
	unsigned int i;

	for (i = 0; i < COUNT; i++)
		raw_push(queue, &nop);
	cr_assert_geq(raw_ring(queue, COUNT, 0, 0), 0);
	guest_wait(queue->sq_head, COUNT);
}

static void expect_refused(const char *because)
{
	cr_expect_eq(control_unload(), -EAGAIN, "%s", because);
}

Test(unload, refused_while_in_use)
{
	struct cryptosim_session_add session;
	struct raw_queue queue;

	guest_load(NULL);
	queue.fd = raw_node(0);
	cr_assert_geq(queue.fd, 0);
	expect_refused("an fd is open");
	cr_assert_eq(raw_setup(&queue, queue.fd, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	put_in_flight(&queue, session.id);
	expect_refused("a queue is in use");
	raw_unmap(&queue);
	expect_refused("a queue is there, unmapped");
	cr_assert_eq(raw_map(&queue), 0);
	close(session.fd);
	close(queue.fd);
	expect_refused("a queue is mapped");
	raw_unmap(&queue);
	guest_unload();
}

Test(unload, refused_while_a_session_is_open)
{
	struct cryptosim_session_add session;
	struct raw_queue queue;

	guest_load("latency_ns=1000");
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	put_in_flight(&queue, session.id);
	raw_close(&queue);
	expect_refused("a session is open");
	close(session.fd);
	guest_unload();
}

/*
 * What is held back by latency is let go: nobody waits for its due time, and
 * that would be later than any machine is slow.
 */
static void unload_with_latency(uint32_t queues)
{
	struct raw_queue queue[2];
	struct timespec start, end;
	uint32_t i;

	guest_load("latency_ns=10000000000 engines=2");
	for (i = 0; i < queues; i++)
		cr_assert_eq(raw_open(&queue[i], 0, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < queues; i++)
		put_in_flight(&queue[i], 0);
	cr_expect_eq(guest_stats(0).completions, 0);
	for (i = 0; i < queues; i++)
		raw_close(&queue[i]);
	guest_unload();
	clock_gettime(CLOCK_MONOTONIC, &end);
	cr_expect_lt(end.tv_sec - start.tv_sec, LATENCY_S - 1);
}

Test(unload, with_requests_held_back)
{
	unload_with_latency(1);
}

Test(unload, with_both_engines_busy)
{
	unload_with_latency(2);
}

/* Closed and unloaded at once, many times: whatever is under way by then */
Test(unload, right_after_close)
{
	struct raw_queue queue;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		guest_load(i % 2 ? NULL : "latency_ns=500000");
		cr_assert_eq(raw_open(&queue, 0, NULL), 0);
		put_in_flight(&queue, 0);
		raw_close(&queue);
		guest_unload();
	}
}
