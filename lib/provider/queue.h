/* SPDX-License-Identifier: MIT */
/*
 * Queues of the device: one for each thread, opened when it first has something
 * to offload and closed when neither the thread nor a wait ctx nor a key needs
 * it any more. A child of fork() begins anew.
 */
#ifndef LIB_PROVIDER_QUEUE_H
#define LIB_PROVIDER_QUEUE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <libasync/async.h>

#include "core/fork.h"

struct provider;

/**
 * struct process - what a process has of the device
 * @token: whether this process made it; only read
 * @retry_ns: CLOCK_MONOTONIC_COARSE before which a device that is not there
 *	is not looked for again; any thread
 * @lock: guards what follows
 * @queues: all that are open
 * @refs: one until queue_teardown(), and one for each queue
 */
struct process {
	const _Atomic uint32_t *token;
	_Atomic uint64_t retry_ns;
	pthread_mutex_t lock;
	struct device_queue *queues;
	unsigned int refs;
};

/**
 * struct device_queue - a thread's queue
 * @process: whose it is; only read, as @fd_only
 * @fd_only: callbacks of wait ctxs are not looked at
 * @dead: the device has ended it; it is not used for anything new. Any thread
 * @lock: makes its holder the submitting thread: a wait ctx that came from
 *	another thread stays with the queue it began with
 * @queue: the queue; under @lock
 * @poller: a thread reaps it; under @lock
 * @refs: its thread's, one for each wait ctx with a session and each cipher
 *	context with a key on it; under the process's lock, as @next. At 0 it
 *	is closed at once, or if that was in a callback, by who opens the next
 * @next: in the process's list
 */
struct device_queue {
	struct process *process;
	bool fd_only;
	atomic_bool dead;
	pthread_mutex_t lock;
	struct async_queue *queue;
	bool poller;
	unsigned int refs;
	struct device_queue *next;
};

/**
 * queue_usable() - whether a queue takes requests
 * @queue: the queue, perhaps of a parent
 *
 * Any thread.
 *
 * Return: true if so.
 */
static inline bool queue_usable(const struct device_queue *queue)
{
	return fork_owner(queue->process->token) &&
	       !atomic_load_explicit(&queue->dead, memory_order_relaxed);
}

/**
 * queue_setup() - prepare a provider for having queues; opens none
 * @provider: the provider, with its configuration
 *
 * Return: 0 or a negative errno.
 */
int queue_setup(struct provider *provider);

/**
 * queue_teardown() - close all queues of a provider, which nobody uses
 * @provider: the provider
 */
void queue_teardown(struct provider *provider);

/**
 * queue_mine() - the calling thread's queue, opened if need be
 * @provider: the provider
 *
 * Return: the queue; NULL: there is no device, no permission for it, or no
 * memory. Then it is looked for again after a tenth of a second.
 */
struct device_queue *queue_mine(struct provider *provider);

/**
 * queue_get() - keep a queue
 * @queue: the queue, of this process
 */
void queue_get(struct device_queue *queue);

/**
 * queue_put() - need it no more
 * @queue: the queue; a parent's is left alone
 *
 * Any thread, and from a callback.
 */
void queue_put(struct device_queue *queue);

#endif /* LIB_PROVIDER_QUEUE_H */
