// SPDX-License-Identifier: MIT
/*
 * Submit-and-wait on more than one queue at once, each with a thread of its own
 * and the point's depth. The figures are of all of them together.
 */
#include <pthread.h>
#include <stdlib.h>
#include "bench.h"

#define MAX_QUEUES	8u

/**
 * struct lane - a queue with its thread
 * @thread: the thread, while it works
 * @run: its part of the whole
 * @samples: its part of the whole's, where latencies are taken
 */
struct lane {
	pthread_t thread;
	struct bench_run run;
	struct bench_samples samples;
};

static bool takes(const struct bench_point *point)
{
	return point->kind->op == CRYPTOSIM_OP_NOP && !point->size;
}

static void open_queues(struct bench_run *run)
{
	struct lane *lanes = calloc(MAX_QUEUES, sizeof(*lanes));
	unsigned int i;

	if (!lanes)
		bench_fail("no memory");
	for (i = 0; i < run->point->way->queues; i++) {
		lanes[i].run = *run;
		bench_wait.open(&lanes[i].run);
	}
	run->state = lanes;
}

static void *work_lane(void *arg)
{
	bench_wait.work(arg);
	return NULL;
}

/* Lane @i of @count: what of the whole is its part */
static void start_lane(struct bench_run *run, struct lane *lane,
		       unsigned int i, unsigned int count)
{
	lane->run.done = 0;
	lane->run.goal = (run->goal + count - 1) / count;
	lane->run.deadline_ns = run->deadline_ns;
	lane->run.samples = NULL;
	if (run->samples) {
		lane->samples.room = run->samples->room / count;
		lane->samples.ns = run->samples->ns + i * lane->samples.room;
		lane->samples.count = 0;
		lane->run.samples = &lane->samples;
	}
	bench_check(-pthread_create(&lane->thread, NULL, work_lane, &lane->run),
		    "pthread_create()");
}

/* Puts the lane's latencies behind those of the lanes before */
static void end_lane(struct bench_run *run, struct lane *lane)
{
	pthread_join(lane->thread, NULL);
	run->done += lane->run.done;
	if (!run->samples)
		return;
	memmove(run->samples->ns + run->samples->count, lane->samples.ns,
		lane->samples.count * sizeof(*lane->samples.ns));
	run->samples->count += lane->samples.count;
}

static void work(struct bench_run *run)
{
	unsigned int i, count = run->point->way->queues;
	struct lane *lanes = run->state;

	for (i = 0; i < count; i++)
		start_lane(run, &lanes[i], i, count);
	for (i = 0; i < count; i++)
		end_lane(run, &lanes[i]);
}

static void close_queues(struct bench_run *run)
{
	struct lane *lanes = run->state;
	unsigned int i;

	for (i = 0; i < run->point->way->queues; i++)
		bench_wait.close(&lanes[i].run);
	free(lanes);
}

#define QUEUES(count) {	\
	.name = "queues-" #count, .queues = count, .takes = takes,	\
	.open = open_queues, .work = work, .close = close_queues,	\
}

const struct bench_way bench_queues_1 = QUEUES(1);
const struct bench_way bench_queues_2 = QUEUES(2);
const struct bench_way bench_queues_4 = QUEUES(4);
const struct bench_way bench_queues_8 = QUEUES(8);
