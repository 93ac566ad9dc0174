// SPDX-License-Identifier: MIT
/* The arithmetic and the order of the rings, against an image in memory. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#include "core/ring.h"

#define ENTRIES		8
#define MANY		300000u
/* So that the indices wrap soon */
#define NEARLY_WRAPPED	(UINT32_MAX - 2)

/* Index words on cache lines of their own, as the kernel has them. */
static struct image {
	alignas(64) _Atomic uint32_t sq_head;
	_Atomic uint32_t sq_flags;
	alignas(64) _Atomic uint32_t cq_tail;
	alignas(64) struct cryptosim_cqe cqes[2 * ENTRIES];
	_Atomic uint32_t done[1];
} device;

static struct user_image {
	alignas(64) _Atomic uint32_t sq_tail;
	alignas(64) _Atomic uint32_t cq_head;
	alignas(64) struct cryptosim_sqe sqes[ENTRIES];
	_Atomic uint32_t consumed[1];
} user;

static struct async_ring ring;
static sem_t bell;

static void setup(void)
{
	const struct cryptosim_setup parts = {
		.sq_entries = ENTRIES,
		.cq_entries = 2 * ENTRIES,
		.sq_head = offsetof(struct image, sq_head),
		.sq_flags = offsetof(struct image, sq_flags),
		.cq_tail = offsetof(struct image, cq_tail),
		.cqes = offsetof(struct image, cqes),
		.done = offsetof(struct image, done),
		.sq_tail = offsetof(struct user_image, sq_tail),
		.cq_head = offsetof(struct user_image, cq_head),
		.sqes = offsetof(struct user_image, sqes),
		.consumed = offsetof(struct user_image, consumed),
	};

	device.sq_head = NEARLY_WRAPPED;
	device.cq_tail = NEARLY_WRAPPED;
	user.sq_tail = NEARLY_WRAPPED;
	user.cq_head = NEARLY_WRAPPED;
	ring_init(&ring, &parts, &device, &user);
	sem_init(&bell, 0, 0);
}

TestSuite(ring, .init = setup, .timeout = 120);

/* Writes SQEs numbered from @first. */
static void write_sqes(uint64_t first, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < count; i++)
		ring_sqe(&ring, i)->user_data = first + i;
	ring_sq_add(&ring, count);
}

/* The device's side: takes up to @max SQEs, and posts a CQE for each. */
static uint32_t device_run(uint32_t max)
{
	uint32_t head = atomic_load(&device.sq_head);
	uint32_t tail = atomic_load(&device.cq_tail);
	uint32_t n = atomic_load_explicit(&user.sq_tail, memory_order_acquire) -
		     head;
	uint32_t i;

	n = n < max ? n : max;
	cr_assert_leq(n, ENTRIES);
	cr_assert_leq(tail + n - atomic_load_explicit(&user.cq_head,
						      memory_order_acquire),
		      2 * ENTRIES, "no room in the CQ");
	for (i = 0; i < n; i++)
		device.cqes[(tail + i) % (2 * ENTRIES)].user_data =
			user.sqes[(head + i) % ENTRIES].user_data;
	atomic_store_explicit(&device.sq_head, head + n, memory_order_release);
	atomic_store_explicit(&device.cq_tail, tail + n, memory_order_release);
	return n;
}

/* Reaps up to @max CQEs, which have to be those numbered from @first. */
static uint32_t reap(uint64_t first, uint32_t max)
{
	uint32_t head = ring_cq_head(&ring);
	uint32_t n = ring_cq_posted(&ring, head);
	uint32_t i;

	n = n < max ? n : max;
	for (i = 0; i < n; i++)
		cr_assert_eq(ring.cqes[(head + i) % ring.cq_entries].user_data,
			     first + i);
	ring_cq_release(&ring, head + n);
	return n;
}

Test(ring, nothing_is_seen_before_it_is_published)
{
	write_sqes(1, 3);
	cr_assert_eq(user.sq_tail, NEARLY_WRAPPED);
	cr_assert_eq(ring_sq_publish(&ring), 3);
	cr_assert_eq(user.sq_tail, (uint32_t)(NEARLY_WRAPPED + 3));
	cr_assert_eq(ring_sq_publish(&ring), 0);
}

Test(ring, room_is_what_the_device_took)
{
	cr_assert_eq(ring_sq_room(&ring, ENTRIES), ENTRIES);
	write_sqes(1, ENTRIES);
	cr_assert_eq(ring_sq_room(&ring, 1), 0);
	ring_sq_publish(&ring);
	cr_assert_eq(ring_sq_room(&ring, 1), 0, "published is not taken");
	device_run(3);
	cr_assert_eq(ring_sq_room(&ring, 1), 3);
	write_sqes(9, 3);
	cr_assert_eq(ring_sq_room(&ring, 1), 0);
}

Test(ring, each_sqe_has_its_entry)
{
	struct cryptosim_sqe *seen[ENTRIES];
	unsigned int i, k;

	for (i = 0; i < ENTRIES; i++) {
		seen[i] = ring_sqe(&ring, i);
		for (k = 0; k < i; k++)
			cr_assert_neq(seen[i], seen[k]);
	}
	cr_assert_eq(seen[0], &user.sqes[NEARLY_WRAPPED % ENTRIES]);
	cr_assert_eq(ring_sqe(&ring, ENTRIES), seen[0]);
}

Test(ring, need_wakeup_is_the_flag_alone)
{
	device.sq_flags = ~CRYPTOSIM_SQ_NEED_WAKEUP;
	cr_assert_not(ring_sq_need_wakeup(&ring));
	device.sq_flags = CRYPTOSIM_SQ_NEED_WAKEUP;
	cr_assert(ring_sq_need_wakeup(&ring));
}

Test(ring, outstanding_is_published_and_not_reaped)
{
	uint32_t head = ring_cq_head(&ring);

	write_sqes(1, 5);
	cr_assert_eq(ring_outstanding(&ring, head), 0);
	ring_sq_publish(&ring);
	cr_assert_eq(ring_outstanding(&ring, head), 5);
	device_run(5);
	cr_assert_eq(ring_outstanding(&ring, head), 5);
	cr_assert_eq(ring_cq_posted(&ring, head), 5);
	cr_assert_eq(reap(1, 2), 2);
	cr_assert_eq(ring_outstanding(&ring, ring_cq_head(&ring)), 3);
	cr_assert_eq(ring_cq_posted(&ring, ring_cq_head(&ring)), 3);
}

Test(ring, consume_counts_on)
{
	user.consumed[0] = UINT32_MAX;
	ring_consume(ring.consumed);
	cr_assert_eq(user.consumed[0], 0);
	ring_consume(ring.consumed);
	cr_assert_eq(user.consumed[0], 1);
}

/* Bursts of all sizes, taken and reaped in others, across the wrap. */
Test(ring, partial_batches)
{
	uint64_t written = 0, reaped = 0;
	uint32_t n;

	srand(1);
	while (reaped < 10000) {
		n = ring_sq_room(&ring, ENTRIES);
		n = n ? rand() % (n + 1) : 0;
		/* The library's requests are as many as the CQ has entries */
		if (written + n - reaped > 2 * ENTRIES)
			n = 0;
		write_sqes(written, n);
		written += n;
		if (rand() % 2)
			ring_sq_publish(&ring);
		device_run(rand() % 5);
		reaped += reap(reaped, rand() % 5);
	}
}

/* An engine that sleeps when it has nothing to do. */
static void *engine(void *arg)
{
	uint32_t taken = 0;
	uint32_t n;

	(void)arg;
	while (taken < MANY) {
		n = device_run(1 + taken % 3);
		taken += n;
		if (n)
			continue;
		atomic_store_explicit(&device.sq_flags,
				      CRYPTOSIM_SQ_NEED_WAKEUP,
				      memory_order_relaxed);
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load_explicit(&user.sq_tail, memory_order_relaxed) ==
		    atomic_load(&device.sq_head))
			sem_wait(&bell);
		atomic_store_explicit(&device.sq_flags, 0,
				      memory_order_relaxed);
	}
	return NULL;
}

/* With a device in another thread: all arrive, in order. */
Test(ring, two_threads)
{
	uint64_t written = 0, reaped = 0;
	pthread_t thread;
	uint32_t n;

	pthread_create(&thread, NULL, engine, NULL);
	while (reaped < MANY) {
		n = ring_sq_room(&ring, 1) && written < MANY &&
		    written - reaped < 2 * ENTRIES;
		write_sqes(written, n);
		written += n;
		if (ring_sq_publish(&ring) && ring_sq_need_wakeup(&ring))
			sem_post(&bell);
		reaped += reap(reaped, 1 + written % 4);
	}
	pthread_join(thread, NULL);
	cr_assert_eq(ring_outstanding(&ring, ring_cq_head(&ring)), 0);
}

/*
 * One at a time: each finds the engine about to sleep, and no wake-up is lost. A
 * lost one hangs, until the suite's time limit.
 */
Test(ring, no_wakeup_is_lost)
{
	pthread_t thread;
	uint32_t i;

	pthread_create(&thread, NULL, engine, NULL);
	for (i = 0; i < MANY; i++) {
		write_sqes(i, 1);
		if (ring_sq_publish(&ring) && ring_sq_need_wakeup(&ring))
			sem_post(&bell);
		while (!reap(i, 1))
			;
	}
	pthread_join(thread, NULL);
}
