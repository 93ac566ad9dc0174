// SPDX-License-Identifier: MIT
/*
 * The lines: interrupts as the rest of the kernel sees them, moderation by
 * count and by time, and which engine has which queue.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define ENTRIES	64u

static const struct cryptosim_sqe nop;

/* Requests of one kind, a ring at a time; each batch is waited for */
static void run_many(struct raw_queue *queue, const struct cryptosim_sqe *sqe,
		     unsigned int batches, unsigned int depth)
{
	struct cryptosim_cqe cqe;
	unsigned int i;
	int ret;

	while (batches--) {
		for (i = 0; i < depth; i++)
			raw_push(queue, sqe);
		ret = raw_ring(queue, depth, depth, RAW_WATCHDOG_NS);
		cr_assert_eq(ret, (int)depth, "%d", ret);
		while (raw_reap(queue, &cqe))
			cr_assert_geq(cqe.result, 0);
	}
}

/* What /proc/interrupts says of a line: the sum over the CPUs, or -1 */
static long count_of(const char *name)
{
	char *line = NULL, *word, *number, *end;
	size_t size = 0;
	long found = -1;
	FILE *file;

	file = fopen("/proc/interrupts", "re");
	cr_assert_not_null(file);
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		word = strrchr(line, ' ');
		number = strchr(line, ':');
		if (!word || strcmp(word + 1, name) || !number)
			continue;
		cr_expect_eq(found, -1, "%s is there twice", name);
		/* of our chip, and what follows the numbers is its name */
		cr_expect_not_null(strstr(line, " cryptosim "));
		found = 0;
		for (end = number + 1; end != number;) {
			number = end;
			found += strtol(number, &end, 10);
		}
	}
	free(line);
	fclose(file);
	return found;
}

Test(line, names)
{
	static const char * const names[] = {
		"cryptosim0-0", "cryptosim0-1", "cryptosim1-0", "cryptosim1-1",
	};
	unsigned int i;

	guest_load("devices=2 engines=2");
	for (i = 0; i < 4; i++)
		cr_expect_eq(count_of(names[i]), 0, "%s: %ld", names[i],
			     count_of(names[i]));
	cr_expect_eq(count_of("cryptosim0-2"), -1);
	cr_expect_eq(count_of("cryptosim2-0"), -1);
	guest_unload();
	for (i = 0; i < 4; i++)
		cr_expect_eq(count_of(names[i]), -1, "%s", names[i]);
}

/* One after the other, each on its own line, and an engine has many */
Test(line, engines_take_turns)
{
	struct raw_queue queues[4];
	long before[2], grown[2];
	unsigned int i, first = 0;

	guest_load("engines=2");
	for (i = 0; i < 4; i++)
		cr_assert_eq(raw_open(&queues[i], 0, NULL), 0);
	for (i = 0; i < 4; i++) {
		before[0] = count_of("cryptosim0-0");
		before[1] = count_of("cryptosim0-1");
		run_many(&queues[i], &nop, 5, 1);
		grown[0] = count_of("cryptosim0-0") - before[0];
		grown[1] = count_of("cryptosim0-1") - before[1];
		first = i ? first : grown[1] > 0;
		cr_expect_gt(grown[(first + i) % 2], 0, "queue %u", i);
		cr_expect_eq(grown[(first + i + 1) % 2], 0, "queue %u", i);
	}
	for (i = 0; i < 4; i++)
		raw_close(&queues[i]);
	guest_unload();
}

Test(line, one_engine_has_all)
{
	struct raw_queue queues[3];
	unsigned int i;
	long last = 0;

	guest_load("engines=1");
	for (i = 0; i < 3; i++)
		cr_assert_eq(raw_open(&queues[i], 0, NULL), 0);
	for (i = 0; i < 3; i++) {
		run_many(&queues[i], &nop, 2, ENTRIES);
		cr_expect_gt(count_of("cryptosim0-0"), last);
		last = count_of("cryptosim0-0");
		raw_close(&queues[i]);
	}
	guest_unload();
}

/* A hundred full rings, and how many interrupts they took */
static struct control_stats run_rings(const char *params)
{
	struct control_stats stats;
	struct raw_queue queue;

	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	run_many(&queue, &nop, 100, ENTRIES);
	raw_close(&queue);
	stats = guest_stats(0);
	guest_unload();
	cr_expect_eq(stats.requests, 100 * ENTRIES, "%s", params);
	cr_expect_eq(stats.completions, 100 * ENTRIES, "%s", params);
	return stats;
}

/* Under load an interrupt announces several, whoever raises it */
Test(line, moderated)
{
	static const char * const params[] = {
		"moderation_ns=1000000",
		"moderation_ns=1000000 latency_ns=5000000",
	};
	struct control_stats stats;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		stats = run_rings(params[i]);
		cr_expect_gt(stats.completions, 2 * stats.interrupts,
			     "%s: %lu completions, %lu interrupts", params[i],
			     stats.completions, stats.interrupts);
	}
}

/* No company to wait for, or no time to wait: an interrupt for each */
Test(line, not_moderated)
{
	static const char * const params[] = {
		"moderation_count=1", "moderation_count=1000 moderation_ns=0",
	};
	struct control_stats stats;
	unsigned int i;

	if (!access("/sys/kernel/realtime", F_OK))
		cr_skip_test("the handler is a thread, and runs once for many");
	for (i = 0; i < 2; i++) {
		stats = run_rings(params[i]);
		cr_expect_eq(stats.interrupts, stats.completions,
			     "%s: %lu completions, %lu interrupts", params[i],
			     stats.completions, stats.interrupts);
	}
}

/*
 * A quick request, then slow ones: company enough, if it had the time. Each is
 * told of while the next one is executed, or at the latest with that.
 */
static void expect_patience(const char *params)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = 8,
		.cq_entries = 8,
		.max_keys = 1,
		.max_sessions = 1,
		.arena_size = CRYPTOSIM_MAX_LEN,
	};
	struct cryptosim_sqe slow = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.len = CRYPTOSIM_MAX_LEN,
	};
	struct cryptosim_cqe cqes[8];
	struct raw_queue queue;
	unsigned int i;

	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_AES_CBC, 32, &slow.key), 0);
	raw_push(&queue, &nop);
	for (i = 1; i < 8; i++)
		raw_push(&queue, &slow);
	cr_assert_eq(raw_ring(&queue, 8, 8, RAW_WATCHDOG_NS), 8);
	for (i = 0; i < 8; i++)
		cr_assert(raw_reap(&queue, &cqes[i]));
	cr_expect_eq(cqes[0].result, 0);
	cr_expect_eq(cqes[7].result, (int)CRYPTOSIM_MAX_LEN);
	for (i = 0; i < 6; i++)
		cr_expect_lt(cqes[i].time_ns, cqes[i + 2].time_ns,
			     "%s: %u and the next but one", params, i);
	cr_expect_geq(guest_stats(0).interrupts, 4, "%s", params);
	raw_close(&queue);
	guest_unload();
}

Test(line, moderated_by_time)
{
	expect_patience("moderation_count=1000 moderation_ns=100000");
	expect_patience("moderation_count=1000 moderation_ns=100000 latency_ns=1000");
}

#define BURST	1024u

/* So many at once that the handler does not post them in one run */
static void expect_burst(const char *params)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = BURST,
		.cq_entries = BURST,
		.max_keys = 1,
		.max_sessions = 1,
	};
	struct control_stats stats;
	struct raw_queue queue;

	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	run_many(&queue, &nop, 3, BURST);
	stats = guest_stats(0);
	cr_expect_eq(stats.completions, 3 * BURST, "%s", params);
	cr_expect_leq(stats.completions, 64 * stats.interrupts,
		      "%s: %lu interrupts", params, stats.interrupts);
	raw_close(&queue);
	guest_unload();
}

Test(line, bursts)
{
	expect_burst("moderation_count=9999 moderation_ns=1000000000");
	expect_burst("moderation_count=9999 moderation_ns=1000000000 latency_ns=5000000");
}
