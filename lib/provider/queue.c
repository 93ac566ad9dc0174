// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "core/internal.h"
#include "provider.h"
#include "queue.h"

/* How long a device that is not there is not looked for again */
#define RETRY_NS	100000000ull

/* Of the arena, for each request: a TLS record and what belongs to it */
#define ARENA_PER_REQUEST	16384u
#define ARENA_MIN		(256u << 10)

/* Each connection has a session and two keys */
#define SESSIONS_MAX	8192
#define KEYS_MAX	32768

static uint64_t now_coarse(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static struct process *process_new(void)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	if (async_fork_token_new(&process->token)) {
		free(process);
		return NULL;
	}
	pthread_mutex_init(&process->lock, NULL);
	process->refs = 1;
	return process;
}

static void process_free(struct process *process)
{
	async_fork_token_free(process->token);
	free(process);
}

/*
 * A child's way out of its parent's queues: their fds are closed, so that the
 * parent's end does not wait for the child's. What points to a queue finds the
 * memory as it was.
 */
static void process_leave(struct process *parent)
{
	struct device_queue *queue;

	for (queue = parent->queues; queue; queue = queue->next)
		async_queue_close(queue->queue);
}

/* This process's, made if it has none; two threads may try. NULL: no memory. */
static struct process *process_get(struct provider *provider)
{
	struct process *old = atomic_load_explicit(&provider->process,
						   memory_order_acquire);
	struct process *process;

	if (old && fork_owner(old->token))
		return old;
	process = process_new();
	if (!process)
		return NULL;
	if (!atomic_compare_exchange_strong(&provider->process, &old, process)) {
		process_free(process);
		return old;
	}
	if (old)
		process_leave(old);
	return process;
}

/* Drops a reference. Context: the process's lock, which is gone afterwards. */
static void process_put_unlock(struct process *process)
{
	bool last = !--process->refs;

	pthread_mutex_unlock(&process->lock);
	if (last)
		process_free(process);
}

/* Takes the queue out of its list. Context: the process's lock. */
static void queue_unlink(struct device_queue *queue)
{
	struct device_queue **link = &queue->process->queues;

	while (*link && *link != queue)
		link = &(*link)->next;
	if (*link)
		*link = queue->next;
}

/* The end of a queue that is in no list and has no reference any more. */
static void queue_free(struct device_queue *queue)
{
	struct process *process = queue->process;

	async_queue_close(queue->queue);
	free(queue);
	pthread_mutex_lock(&process->lock);
	process_put_unlock(process);
}

/* A queue without references that is still in the list, or NULL. */
static struct device_queue *queue_forgotten(struct process *process)
{
	struct device_queue *queue;

	pthread_mutex_lock(&process->lock);
	queue = process->queues;
	while (queue && queue->refs)
		queue = queue->next;
	if (queue)
		queue_unlink(queue);
	pthread_mutex_unlock(&process->lock);
	return queue;
}

static void queue_link(struct device_queue *queue)
{
	struct process *process = queue->process;

	pthread_mutex_lock(&process->lock);
	queue->next = process->queues;
	process->queues = queue;
	process->refs++;
	pthread_mutex_unlock(&process->lock);
}

static int queue_open(struct device_queue *queue, const struct config *config)
{
	struct async_queue_params params = {
		.sq_entries = config->depth,
		.max_keys = KEYS_MAX,
		.max_sessions = SESSIONS_MAX,
		.arena_size = config->depth * ARENA_PER_REQUEST,
	};

	if (params.arena_size < ARENA_MIN)
		params.arena_size = ARENA_MIN;
	return async_queue_open(&queue->queue, config->device, &params);
}

static struct device_queue *queue_new(struct provider *provider,
				      struct process *process)
{
	struct device_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->process = process;
	queue->fd_only = provider->config.notification == NOTIFY_FD;
	queue->refs = 1;
	pthread_mutex_init(&queue->lock, NULL);
	if (queue_open(queue, &provider->config))
		goto free_queue;
	queue_link(queue);
	if (pthread_setspecific(provider->queue_key, queue)) {
		queue_put(queue);
		return NULL;
	}
	return queue;

free_queue:
	free(queue);
	return NULL;
}

/* Out of line: what a thread does once, or while there is no device. */
static struct device_queue *queue_find(struct provider *provider,
				       struct device_queue *old)
{
	struct process *process = process_get(provider);
	struct device_queue *queue;

	if (!process || now_coarse() < atomic_load(&process->retry_ns))
		return NULL;
	if (old) {
		pthread_setspecific(provider->queue_key, NULL);
		queue_put(old);
	}
	while ((queue = queue_forgotten(process)))
		queue_free(queue);
	queue = queue_new(provider, process);
	if (!queue)
		atomic_store(&process->retry_ns, now_coarse() + RETRY_NS);
	return queue;
}

struct device_queue *queue_mine(struct provider *provider)
{
	struct device_queue *queue = pthread_getspecific(provider->queue_key);

	if (queue && queue_usable(queue))
		return queue;
	return queue_find(provider, queue);
}

void queue_get(struct device_queue *queue)
{
	pthread_mutex_lock(&queue->process->lock);
	queue->refs++;
	pthread_mutex_unlock(&queue->process->lock);
}

void queue_put(struct device_queue *queue)
{
	bool last;

	if (!fork_owner(queue->process->token))
		return;
	pthread_mutex_lock(&queue->process->lock);
	/* To close it is to wait for its callbacks: not from one of them */
	last = !--queue->refs && !async_reaping();
	if (last)
		queue_unlink(queue);
	pthread_mutex_unlock(&queue->process->lock);
	if (last)
		queue_free(queue);
}

static void thread_ends(void *queue)
{
	queue_put(queue);
}

int queue_setup(struct provider *provider)
{
	return -pthread_key_create(&provider->queue_key, thread_ends);
}

/* All that are open, each with a reference more, in no process's list. */
static struct device_queue *queues_take(struct process *process)
{
	struct device_queue *queues, *queue;

	pthread_mutex_lock(&process->lock);
	queues = process->queues;
	process->queues = NULL;
	for (queue = queues; queue; queue = queue->next)
		queue->refs++;
	pthread_mutex_unlock(&process->lock);
	return queues;
}

/*
 * Threads that are still there keep a reference each that nobody drops. What
 * wait ctxs have is dropped when those are freed, which may be later.
 */
void queue_teardown(struct provider *provider)
{
	struct process *process = atomic_load(&provider->process);
	struct device_queue *queue, *next;

	pthread_key_delete(provider->queue_key);
	if (!process || !fork_owner(process->token))
		return;
	for (queue = queues_take(process); queue; queue = next) {
		next = queue->next;
		atomic_store(&queue->dead, true);
		pthread_mutex_lock(&queue->lock);
		async_queue_close(queue->queue);
		queue->queue = NULL;
		pthread_mutex_unlock(&queue->lock);
		queue_put(queue);
	}
	pthread_mutex_lock(&process->lock);
	process_put_unlock(process);
}
