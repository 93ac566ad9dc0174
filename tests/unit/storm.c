// SPDX-License-Identifier: MIT
/* Random interleavings on a device in a thread: see tests/common/storm.h. */
#include <criterion/criterion.h>

#include "fakedev.h"
#include "rng.h"
#include "storm.h"

#define STEPS	100000u
#define SQ	8u
#define CQ	16u

TestSuite(storm, .timeout = 600);

static void run(bool poller)
{
	const struct async_queue_params params = {
		.sq_entries = SQ,
		.cq_entries = CQ,
		.arena_size = 4096,
		.max_sessions = CRYPTOSIM_MAX_SESSIONS,
	};
	struct storm storm = { .steps = STEPS, .seed = rng_seed() };
	struct async_queue *queue;
	struct fakedev *dev;

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	fakedev_start(dev);
	if (poller)
		cr_assert_eq(async_poller_start(queue), 0);
	storm_run(&storm, queue, CQ);
	async_queue_close(queue);
	fakedev_stop(dev);
}

Test(storm, own_polling)
{
	run(false);
}

Test(storm, poller)
{
	run(true);
}
