// SPDX-License-Identifier: MIT
/* Latency: never less than promised, and in the order of the due times. */
#include <criterion/criterion.h>
#include <time.h>
#include "guest.h"
#include "raw.h"

#define LATENCY_NS	3000000u
#define ENTRIES		256u

static const struct cryptosim_setup sizes = {
	.sq_entries = ENTRIES,
	.cq_entries = ENTRIES,
	.max_keys = 1,
	.max_sessions = 1,
	.arena_size = 64 << 10,
};

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ull + now.tv_nsec;
}

/* What a CQE says of time, for a request pushed after @before and reaped now */
static void expect_times(const struct cryptosim_cqe *cqe, uint64_t before,
			 uint64_t latency)
{
	uint64_t now = now_ns();

	cr_expect_leq(cqe->time_ns, now);
	cr_expect_geq(cqe->time_ns, before + latency);
	cr_expect_geq(cqe->device_ns, latency);
	/* taken after it was pushed */
	cr_expect_geq(cqe->time_ns - cqe->device_ns, before);
}

static void one_at_a_time(const char *params, uint64_t latency)
{
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe;
	struct raw_queue queue;
	uint64_t before;
	uint32_t key;

	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_AES_CTR, 16, &key), 0);
	for (sqe.len = 0; sqe.len < 64 << 10; sqe.len += 2047) {
		before = now_ns();
		cr_assert_eq(raw_run(&queue, &sqe, &cqe), 0);
		cr_assert_eq(cqe.result, (int)sqe.len);
		expect_times(&cqe, before, latency);
		/* a NOP first, then texts of all lengths */
		sqe.opcode = CRYPTOSIM_OP_ENCRYPT;
		sqe.key = key;
	}
	raw_close(&queue);
	guest_unload();
}

Test(latency, never_early)
{
	one_at_a_time("latency_ns=3000000", LATENCY_NS);
	one_at_a_time("latency_ns=3000000 moderation_count=1", LATENCY_NS);
	one_at_a_time("latency_ns=1", 1);
	one_at_a_time(NULL, 0);
}

/*
 * Rings that are not filled at once: requests of many due times. They come in
 * the order in which they were taken, which is that in which they were pushed.
 */
static void in_order(const char *params, uint64_t latency)
{
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe, last = { };
	struct raw_queue queue;
	uint64_t before[ENTRIES];
	unsigned int i, round;

	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < ENTRIES; i++) {
			sqe.user_data = i;
			before[i] = now_ns();
			raw_push(&queue, &sqe);
			if (!(i % 50) || raw_need_wakeup(&queue))
				raw_ring(&queue, 1, 0, 0);
		}
		cr_assert_eq(raw_ring(&queue, 1, ENTRIES, RAW_WATCHDOG_NS),
			     (int)ENTRIES);
		for (i = 0; raw_reap(&queue, &cqe); i++) {
			cr_expect_eq(cqe.user_data, i, "%s", params);
			cr_expect_geq(cqe.time_ns, last.time_ns);
			cr_expect_geq(cqe.time_ns - cqe.device_ns,
				      last.time_ns - last.device_ns);
			expect_times(&cqe, before[i], latency);
			last = cqe;
		}
		cr_expect_eq(i, ENTRIES);
	}
	raw_close(&queue);
	guest_unload();
}

Test(latency, due_order)
{
	in_order("latency_ns=3000000", LATENCY_NS);
	in_order("latency_ns=3000000 moderation_count=1", LATENCY_NS);
	in_order("latency_ns=20000", 20000);
	in_order(NULL, 0);
}

/* More than 32 bits of nanoseconds */
Test(latency, long_one)
{
	const struct cryptosim_sqe nop = { };
	struct cryptosim_cqe cqe;
	struct raw_queue queue;
	uint64_t before = now_ns();

	guest_load("latency_ns=4300000000");
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_run(&queue, &nop, &cqe), 0);
	cr_expect_geq(cqe.device_ns, 4300000000ull);
	cr_expect_geq(cqe.time_ns, before + 4300000000ull);
	raw_close(&queue);
	guest_unload();
}
