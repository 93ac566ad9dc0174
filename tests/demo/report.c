// SPDX-License-Identifier: MIT
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include "control/control.h"
#include "demo.h"

/* A row of the table */
struct row {
	const char *told_by;
	size_t requests;
	uint64_t bytes;
	uint64_t calls;
	uint64_t wakeups;
	uint64_t *latency_ns;
};

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The latency that so many percent do not exceed, us; the row's are sorted */
static uint64_t percentile_us(const struct row *row, unsigned int percent)
{
	size_t at = row->requests * percent / 100;

	return row->requests ? row->latency_ns[at] / 1000 : 0;
}

static void print_row(const char *name, struct row *row)
{
	qsort(row->latency_ns, row->requests, sizeof(*row->latency_ns),
	      by_value);
	printf("  %-8s %-9s %8zu %12" PRIu64 " %10" PRIu64 " %8" PRIu64
	       " %8" PRIu64 " %8" PRIu64 "\n", name, row->told_by,
	       row->requests, row->bytes, row->calls, row->wakeups,
	       percentile_us(row, 50), percentile_us(row, 99));
}

/* A session's row, added to that of all */
static void print_session(struct demo *demo, size_t i, struct row *all)
{
	struct demo_session *s = &demo->sessions[i];
	struct row row = {
		.told_by = i < DEMO_BY_FD ? "fd" : "callback",
		.requests = s->requests,
		.bytes = s->bytes,
		.calls = atomic_load(&s->own_calls) +
			 atomic_load(&s->poller_calls),
		.wakeups = s->wakeups,
		.latency_ns = s->latency_ns,
	};
	char name[24];
	size_t j;

	snprintf(name, sizeof(name), "%zu", i);
	print_row(name, &row);
	for (j = 0; j < row.requests; j++)
		all->latency_ns[all->requests++] = row.latency_ns[j];
	all->bytes += row.bytes;
	all->calls += row.calls;
	all->wakeups += row.wakeups;
}

/* Each session told by callback got one for each request, the others none */
static bool print_sessions(struct demo *demo, struct row *all)
{
	bool good = true;
	uint64_t before;
	size_t i;

	printf("\n  %-8s %-9s %8s %12s %10s %8s %8s %8s\n", "session", "told by",
	       "requests", "bytes", "callbacks", "wakeups", "p50 us", "p99 us");
	for (i = 0; i < DEMO_SESSIONS; i++) {
		before = all->calls;
		print_session(demo, i, all);
		good &= all->calls - before ==
			(i < DEMO_BY_FD ? 0 : demo->sessions[i].requests);
	}
	print_row("all", all);
	if (!good)
		printf("demo: callbacks and requests do not match\n");
	return good;
}

static void print_calls(struct demo *demo)
{
	unsigned int own = 0, poller = 0;
	size_t i;

	for (i = 0; i < DEMO_SESSIONS; i++) {
		own += atomic_load(&demo->sessions[i].own_calls);
		poller += atomic_load(&demo->sessions[i].poller_calls);
	}
	printf("\n  callbacks    %u in the application's own call, %u in the poller thread\n",
	       own, poller);
}

/* The device's counters, held against the library's and each other */
static bool print_device(const struct row *all)
{
	struct control_device device;
	struct control_stats *stats = &device.stats;
	uint64_t lines;

	demo_check(control_device(0, &device), "netlink");
	demo_check(control_interrupts(0, &lines), "/proc/interrupts");
	printf("  interrupts   %" PRIu64 " by /proc/interrupts, %" PRIu64
	       " by netlink\n", lines, stats->interrupts);
	if (!lines || lines > stats->interrupts || !stats->doorbells ||
	    stats->requests != all->requests ||
	    stats->completions != all->requests ||
	    stats->bytes != all->bytes || stats->errors) {
		printf("demo: netlink says %" PRIu64 " requests, %" PRIu64
		       " completions, %" PRIu64 " bytes, %" PRIu64 " errors\n",
		       stats->requests, stats->completions, stats->bytes,
		       stats->errors);
		return false;
	}
	printf("  on average   %.1f completions per interrupt, %.1f requests per doorbell\n",
	       (double)stats->completions / (double)lines,
	       (double)stats->requests / (double)stats->doorbells);
	return true;
}

bool demo_report(struct demo *demo)
{
	struct row all = { .told_by = "" };
	bool good;

	all.latency_ns = calloc(2 * demo->chunks, sizeof(*all.latency_ns));
	if (!all.latency_ns)
		demo_fail("no memory for the latencies");
	good = print_sessions(demo, &all);
	print_calls(demo);
	good &= print_device(&all);
	free(all.latency_ns);
	return good;
}
