// SPDX-License-Identifier: MIT
#include <math.h>
#include <stdlib.h>
#include "bench.h"

/* Latencies of a round that are kept, all of them unless it is a long one */
#define SAMPLES	(1u << 20)

static struct bench_samples *samples_get(void)
{
	static struct bench_samples samples;

	if (!samples.ns) {
		samples.ns = calloc(SAMPLES, sizeof(*samples.ns));
		if (!samples.ns)
			bench_fail("no memory for %u latencies", SAMPLES);
		samples.room = SAMPLES;
	}
	samples.count = 0;
	return &samples;
}

/* Some requests that are not counted: caches, pages, idle threads */
static void warm_up(struct bench_run *run)
{
	run->goal = 16 * run->point->depth;
	run->point->way->work(run);
	run->goal = 0;
	run->done = 0;
}

/* What was counted from beginning to end, which took @ns */
static void account(const struct bench_run *run, uint64_t ns,
		    const struct bench_counts *begin,
		    const struct bench_counts *end, double *figures)
{
	double done = (double)run->done;
	double time = (double)ns;

	figures[FIG_NS] = time / done;
	figures[FIG_OPS] = 1e9 * done / time;
	figures[FIG_MBS] = figures[FIG_OPS] * run->point->size / 1e6;
	figures[FIG_CPU] = 100.0 * (double)(end->cpu_ns - begin->cpu_ns) / time;
	figures[FIG_MACHINE] = 100.0 *
		(double)(end->machine_ns - begin->machine_ns) / time;
	figures[FIG_SYSCALLS] = run->point->way->uncounted ? (double)NAN :
		(double)(end->syscalls - begin->syscalls) / done;
	figures[FIG_SWITCHES] = (double)(end->switches - begin->switches) / done;
	figures[FIG_INTERRUPTS] =
		(double)(end->interrupts - begin->interrupts) / done;
	figures[FIG_DOORBELLS] =
		(double)(end->doorbells - begin->doorbells) / done;
}

void bench_round(struct bench_result *result, unsigned int device, uint64_t ns,
		 uint64_t requests)
{
	double *figures = result->round[result->rounds++];
	const struct bench_way *way = result->point.way;
	struct bench_run run = { .point = &result->point, .device = device };
	struct bench_counts begin, end;
	uint64_t from, to;

	way->open(&run);
	warm_up(&run);
	if (ns)
		run.samples = samples_get();
	else
		run.goal = requests;
	bench_count(device, &begin);
	from = bench_now();
	run.deadline_ns = from + ns;
	way->work(&run);
	to = bench_now();
	bench_count(device, &end);
	way->close(&run);
	account(&run, to - from, &begin, &end, figures);
	if (run.samples)
		bench_percentiles(run.samples, figures);
}
