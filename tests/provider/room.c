// SPDX-License-Identifier: MIT
/*
 * full = wait: more jobs than the ring has room for, and all of them get to the
 * device. Whoever has no room is paused and told when there is some.
 */
#include <criterion/criterion.h>
#include <poll.h>

#include "work.h"

#define JOBS	16

static struct harness_job jobs[JOBS];
static struct work works[JOBS];

static void setup_waiting(void)
{
	compute_expected();
	open_provider("depth = 4\nfull = wait");
	guest_load(SLOW);
}

TestSuite(room, .init = setup_waiting, .fini = teardown, .timeout = 120);

/* Starts all. Returns how many of them wait for room. */
static int start_all(void)
{
	int i, status, waiting = 0;

	for (i = 0; i < JOBS; i++) {
		if (!jobs[i].ctx)
			jobs[i].ctx = ASYNC_WAIT_CTX_new();
		prepare(&works[i]);
		cr_assert(harness_start(&jobs[i], encrypt, &works[i]));
		status = ASYNC_WAIT_CTX_get_status(jobs[i].ctx);
		cr_expect(status == ASYNC_STATUS_OK ||
			  status == ASYNC_STATUS_EAGAIN, "%d", status);
		waiting += status == ASYNC_STATUS_EAGAIN;
	}
	cr_expect_gt(waiting, 0);
	cr_expect_lt(waiting, JOBS);
	return waiting;
}

static void end_one(int i)
{
	cr_expect_eq(jobs[i].ret, 1);
	cr_expect_neq(ASYNC_WAIT_CTX_get_status(jobs[i].ctx),
		      ASYNC_STATUS_EAGAIN);
	finish(&works[i]);
	ASYNC_WAIT_CTX_free(jobs[i].ctx);
}

/*
 * Resumes whoever is told, until all have ended. All are looked at: room is made
 * by those who come for it or for their results.
 */
static void run_all(void)
{
	struct pollfd fds[JOBS];
	int i, running;

	for (;;) {
		running = 0;
		for (i = 0; i < JOBS; i++) {
			fds[i] = (struct pollfd) { .fd = -1, .events = POLLIN };
			if (!jobs[i].job)
				continue;
			fds[i].fd = harness_fd(jobs[i].ctx);
			running++;
		}
		if (!running)
			return;
		cr_assert_gt(poll(fds, JOBS, 60000), 0, "%d wait", running);
		for (i = 0; i < JOBS; i++)
			if (fds[i].revents &&
			    !harness_start(&jobs[i], encrypt, &works[i]))
				end_one(i);
	}
}

/* By its fd, the same that tells of completions. */
Test(room, told_by_fd)
{
	start_all();
	run_all();
	cr_expect_eq(offloaded(), JOBS);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
	cr_expect_eq(harness_sessions(), 0);
}

/*
 * By its callback: for the room and for the completion. Once more for the room
 * where another's SQE was in the way when it came.
 */
Test(room, told_by_callback)
{
	static char names[JOBS];
	int i, waiting, running = JOBS;
	char name;

	cr_assert_eq(pipe(call_pipe), 0);
	for (i = 0; i < JOBS; i++) {
		names[i] = i;
		jobs[i].ctx = ASYNC_WAIT_CTX_new();
		ASYNC_WAIT_CTX_set_callback(jobs[i].ctx, on_done, &names[i]);
	}
	waiting = start_all();
	while (running) {
		cr_assert_eq(read(call_pipe[0], &name, 1), 1);
		i = name;
		if (harness_start(&jobs[i], encrypt, &works[i]))
			continue;
		end_one(i);
		running--;
	}
	cr_expect_geq(atomic_load(&calls), JOBS + waiting, "%d calls",
		      atomic_load(&calls));
	cr_expect_eq(offloaded(), JOBS);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
}

/* Who waited and is freed leaves the line, and holds up nobody in it. */
Test(room, freed_in_the_line)
{
	int i;

	start_all();
	for (i = 0; i < JOBS; i++) {
		if (ASYNC_WAIT_CTX_get_status(jobs[i].ctx) == ASYNC_STATUS_OK ||
		    i == JOBS - 1)
			continue;
		EVP_CIPHER_CTX_free(works[i].ctx);
		memset(&works[i], 0xee, sizeof(works[i]));
		ASYNC_WAIT_CTX_free(jobs[i].ctx);
		jobs[i].job = NULL;
	}
	run_all();
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
	cr_expect_eq(harness_sessions(), 0);
}

/*
 * Where no pause is one the others can't make room: it is not waited for ever,
 * and who gave up is not told of room any more.
 */
Test(room, blocked_pauses)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	struct pollfd pollfd = { .events = POLLIN };
	static struct work work;

	start_all();
	prepare(&work);
	cr_expect_not(harness_start(&job, encrypt_blocked, &work));
	finish(&work);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 1);
	cr_expect_eq(ASYNC_WAIT_CTX_get_status(job.ctx),
		     ASYNC_STATUS_UNSUPPORTED);
	run_all();
	cr_expect_eq(offloaded(), JOBS);
	pollfd.fd = harness_fd(job.ctx);
	cr_expect_eq(poll(&pollfd, 1, 0), 0);
	ASYNC_WAIT_CTX_free(job.ctx);
}

/* The device goes: what waited for room is software's. */
Test(room, queue_is_stopped)
{
	int i, waiting;

	waiting = start_all();
	stop_queue();
	for (i = 0; i < JOBS; i++) {
		while (jobs[i].job)
			harness_start(&jobs[i], encrypt, &works[i]);
		end_one(i);
	}
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
	cr_expect_geq(harness_count(NULL, OUTCOME_NO_DEVICE), waiting);
}
