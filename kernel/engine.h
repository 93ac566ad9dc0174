/* SPDX-License-Identifier: GPL-2.0-only */
/* An engine: a kernel thread that executes requests. */
#ifndef CRYPTOSIM_ENGINE_H
#define CRYPTOSIM_ENGINE_H

#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/scatterlist.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "line.h"

struct csim_device;
struct csim_queue;
struct task_struct;

/* Requests that an engine takes from one queue before it looks at the next */
#define CSIM_BATCH	64

/**
 * struct csim_engine - what executes the requests of some queues
 * @task: the thread, at nice -20
 * @mutex: who executes: the thread, for a batch, or the doorbell of a queue that
 *	has its requests executed inline
 * @line: where it announces completions
 * @lock: guards @queues and @nr_queues
 * @queues: those bound to it; the one served last is at the end
 * @nr_queues: how many
 * @poll_ns: how long it looks at the rings before it sleeps; the thread's own
 * @sg: two scatterlists, for source and destination; under @mutex
 * @requests: SQEs taken; written under @mutex, read by anyone
 * @bytes: of text in those that succeeded; likewise
 * @errors: requests whose result is an error; likewise
 */
struct csim_engine {
	struct task_struct *task;
	struct mutex mutex;	/* who executes */
	struct csim_line line;
	spinlock_t lock;	/* queues, nr_queues */
	struct list_head queues;
	unsigned int nr_queues;
	u64 poll_ns;
	struct scatterlist *sg[2];
	u64 requests;
	u64 bytes;
	u64 errors;
};

int csim_engine_start(struct csim_engine *engine, struct csim_device *csdev,
		      unsigned int index);
void csim_engine_stop(struct csim_engine *engine);
void csim_engine_free(struct csim_engine *engine);

void csim_engine_attach(struct csim_engine *engine, struct csim_queue *queue);
void csim_engine_detach(struct csim_engine *engine, struct csim_queue *queue);
void csim_engine_ring(struct csim_queue *queue, bool lazy);

#endif /* CRYPTOSIM_ENGINE_H */
