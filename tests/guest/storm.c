// SPDX-License-Identifier: MIT
/*
 * Random interleavings on the device: see tests/common/storm.h. With latency
 * what is given up is in flight then, and completes after its end.
 */
#include <criterion/criterion.h>
#include <unistd.h>

#include "guest.h"
#include "rng.h"
#include "storm.h"

#define STEPS	100000u
#define CQ	16u

static void load(void)
{
	guest_load(NULL);
}

static void load_late(void)
{
	guest_load("latency_ns=300000");
}

TestSuite(storm, .init = load, .fini = guest_unload, .timeout = 1200);
TestSuite(storm_late, .init = load_late, .fini = guest_unload,
	  .timeout = 1200);

static void run(int (*reaper)(struct async_queue *queue))
{
	const struct async_queue_params params = {
		.sq_entries = CQ / 2,
		.cq_entries = CQ,
		.arena_size = 4096,
	};
	struct storm storm = {
		.steps = guest_rounds(STEPS),
		.seed = rng_seed(),
	};
	struct async_queue *queue;

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	if (reaper)
		cr_assert_eq(reaper(queue), 0);
	storm_run(&storm, queue, CQ);
	async_queue_close(queue);
	guest_queues_gone(0);
}

/* With one CPU the engine, at nice -20, is done before the next step */
static void run_at_once(int (*reaper)(struct async_queue *queue))
{
	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		cr_skip_test("the ring is never full with one CPU");
	run(reaper);
}

Test(storm, own_polling)
{
	run_at_once(NULL);
}

Test(storm, poller)
{
	run_at_once(async_poller_start);
}

Test(storm_late, own_polling)
{
	run(NULL);
}

Test(storm_late, poller)
{
	run(async_poller_start);
}
