// SPDX-License-Identifier: MIT
/*
 * What an idle session holds in the kernel: all objects of the slab allocator,
 * that is the file and its dentry too, and the pages of the queue that are there
 * for more sessions.
 */
#include <libasync/async.h>
#include <stdlib.h>
#include "bench.h"

#define SESSIONS	10000u

/* Bytes in objects that are in use, slabinfo(5) */
static double slab_bytes(void)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	unsigned long objects, size;
	char line[512];
	double sum = 0;

	if (!file)
		bench_fail("/proc/slabinfo can't be read: be root");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %lu %*u %lu", &objects, &size) == 2)
			sum += (double)objects * (double)size;
	fclose(file);
	return sum;
}

/* Bytes of pages that the kernel has mapped, proc(5) */
static double mapped_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[128];

	if (!file)
		bench_fail("/proc/meminfo can't be read");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "VmallocUsed: %lu", &kib) == 1)
			break;
	fclose(file);
	return (double)kib * 1024;
}

/* Bytes in use by a queue with so many sessions, and by all else */
static double bytes_with(unsigned int device, unsigned int count)
{
	struct async_session **sessions = calloc(count, sizeof(*sessions));
	const struct async_queue_params params = { .max_sessions = count };
	struct async_queue *queue;
	unsigned int i;
	double bytes;

	if (!sessions)
		bench_fail("no memory");
	bench_check(async_queue_open(&queue, device, &params), "queue");
	for (i = 0; i < count; i++)
		bench_check(async_session_open(queue, &sessions[i]), "session");
	bytes = slab_bytes() + mapped_bytes();
	for (i = 0; i < count; i++)
		async_session_close(sessions[i]);
	async_queue_close(queue);
	free(sessions);
	return bytes;
}

double bench_session_bytes(unsigned int device)
{
	double few;

	bench_files(SESSIONS);
	few = bytes_with(device, 1);
	return (bytes_with(device, SESSIONS) - few) / (SESSIONS - 1);
}
