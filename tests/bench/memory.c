// SPDX-License-Identifier: MIT
/*
 * What an idle session holds in the kernel: objects of the slab allocator, that
 * is the file and its dentry too, and its part of the queue's tables.
 */
#include <libasync/async.h>
#include <stdlib.h>
#include <unistd.h>
#include "bench.h"

#define SESSIONS	10000u

/*
 * Bytes in objects that are in use, less those of all pages that they lie in,
 * slabinfo(5). What is too large to be an object has pages that are not in here.
 */
static double object_bytes(void)
{
	unsigned long objects, size, pages, slabs;
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[512];
	double sum = 0;

	if (!file)
		bench_fail("/proc/slabinfo can't be read: be root");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line,
			   "%*s %lu %*u %lu %*u %lu : tunables %*u %*u %*u : slabdata %*u %lu",
			   &objects, &size, &pages, &slabs) == 4)
			sum += (double)objects * (double)size -
			       (double)slabs * (double)pages *
			       (double)sysconf(_SC_PAGESIZE);
	fclose(file);
	return sum;
}

/* Bytes of the kernel's pages for objects and mappings, proc(5) */
static double page_bytes(void)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib;
	char line[128];
	double sum = 0;

	if (!file)
		bench_fail("/proc/meminfo can't be read");
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Slab: %lu", &kib) == 1 ||
		    sscanf(line, "VmallocUsed: %lu", &kib) == 1)
			sum += (double)kib * 1024;
	fclose(file);
	return sum;
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
	bytes = object_bytes() + page_bytes();
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
