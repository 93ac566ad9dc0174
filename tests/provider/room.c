// SPDX-License-Identifier: MIT
/*
 * full = wait: more jobs than the ring has room for, and all of them get to the
 * device. Whoever has no room is paused and told when there is some.
 */
#include <criterion/criterion.h>

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
	finish(&works[i]);
	ASYNC_WAIT_CTX_free(jobs[i].ctx);
}

/* By its fd, the same that tells of completions. */
Test(room, told_by_fd)
{
	int i;

	start_all();
	for (i = 0; i < JOBS; i++) {
		do {
			harness_wait(&jobs[i]);
		} while (harness_start(&jobs[i], encrypt, &works[i]));
		cr_expect_eq(ASYNC_WAIT_CTX_get_status(jobs[i].ctx),
			     ASYNC_STATUS_OK);
		end_one(i);
	}
	cr_expect_eq(offloaded(), JOBS);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
	cr_expect_eq(harness_sessions(), 0);
}

/* By its callback: once for the room, once for the completion. */
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
	cr_expect_eq(atomic_load(&calls), JOBS + waiting);
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
	for (i = 0; i < JOBS; i++) {
		if (!jobs[i].job)
			continue;
		do {
			harness_wait(&jobs[i]);
		} while (harness_start(&jobs[i], encrypt, &works[i]));
		end_one(i);
	}
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 0);
	cr_expect_eq(harness_sessions(), 0);
}

static int encrypt_blocked(void *arg)
{
	int ret;

	ASYNC_block_pause();
	ret = encrypt(arg);
	ASYNC_unblock_pause();
	return ret;
}

/* Where no pause is one the others can't make room: it is not waited for ever. */
Test(room, blocked_pauses)
{
	static struct work work;
	int i;

	start_all();
	prepare(&work);
	cr_expect_eq(harness_run(encrypt_blocked, &work), 0);
	finish(&work);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 1);
	for (i = 0; i < JOBS; i++) {
		do {
			harness_wait(&jobs[i]);
		} while (harness_start(&jobs[i], encrypt, &works[i]));
		end_one(i);
	}
	cr_expect_eq(offloaded(), JOBS);
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
