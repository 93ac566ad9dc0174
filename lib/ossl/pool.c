// SPDX-License-Identifier: MIT
/* The pool of a thread: jobs are made here, and end here. */
#include <pthread.h>
#include <stdlib.h>

#include "job.h"
#include "libctx.h"

__thread struct job_thread async_job_thread;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

/* In @returned: its thread has ended. No job is at this address. */
static char closed_mark;
#define CLOSED ((ASYNC_JOB *)&closed_mark)

static void pool_unref(struct job_pool *pool)
{
	/* Partner of each release: the acquire of who comes last, and frees */
	if (atomic_fetch_sub_explicit(&pool->refs, 1, memory_order_acq_rel) ==
	    1)
		free(pool);
}

/* Prepares the stack of a job: what it runs begins at its top. */
static void job_begin(ASYNC_JOB *job)
{
	fiber_init(&job->fiber, job->stack.low, job->stack.size);
	job->flow = async_switch_make(job->stack.low, job->stack.size,
				      async_job_entry, job);
}

static ASYNC_JOB *job_new(struct job_pool *pool)
{
	ASYNC_JOB *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	if (async_stack_alloc(&job->stack)) {
		free(job);
		return NULL;
	}
	async_libctx_find();
	job_begin(job);
	job->pool = pool;
	pool->count++;
	atomic_fetch_add_explicit(&pool->refs, 1, memory_order_relaxed);
	return job;
}

/* Any thread; @job is in no list. The count is the thread's to correct. */
static void job_free(ASYNC_JOB *job)
{
	fiber_destroy(&job->fiber);
	async_stack_free(&job->stack);
	pool_unref(job->pool);
	free(job->copy);
	free(job);
}

/* Jobs that another thread gave back are idle from now on. */
static void pool_drain(struct job_pool *pool, ASYNC_JOB *mark)
{
	ASYNC_JOB *job, *next;

	/* Partner: the store-release of pool_return() */
	job = atomic_exchange_explicit(&pool->returned, mark,
				       memory_order_acq_rel);
	for (; job; job = next) {
		next = job->next;
		async_pool_put(job);
	}
}

/* Gives a job to the pool of another thread, or frees it if that has ended. */
static void pool_return(ASYNC_JOB *job)
{
	struct job_pool *pool = job->pool;
	ASYNC_JOB *top;

	top = atomic_load_explicit(&pool->returned, memory_order_acquire);
	do {
		if (top == CLOSED) {
			job_free(job);
			return;
		}
		job->next = top;
		/* Partner: the exchange-acquire of pool_drain() */
	} while (!atomic_compare_exchange_weak_explicit(&pool->returned, &top,
							job,
							memory_order_release,
							memory_order_acquire));
}

void async_pool_abandon(ASYNC_JOB *job)
{
	job->waitctx = NULL;
	job->state = JOB_IDLE;
	fiber_destroy(&job->fiber);
	job_begin(job);
	if (job->pool == async_job_thread.pool)
		async_pool_put(job);
	else
		pool_return(job);
}

static void free_idle(struct job_pool *pool)
{
	ASYNC_JOB *job;

	while (pool->idle) {
		job = pool->idle;
		pool->idle = job->next;
		pool->count--;
		job_free(job);
	}
}

/*
 * The end of a thread. What it was running, if it left by pthread_exit(3) in a
 * job, counts as paused. Of its paused jobs, those with a wait ctx stay as they
 * are until that is freed: a request of theirs may be in flight, and the ctx
 * will tell whom it concerns. The others end: nobody can ever resume them.
 */
static void pool_end(void *arg)
{
	struct job_pool *pool = arg;
	ASYNC_JOB *job;

	for (job = async_job_thread.current; job; job = job->parent) {
		job->state = JOB_PAUSED;
		if (!job->parent)
			fiber_home(&job->starter_fiber);
	}
	while (pool->unbound) {
		job = pool->unbound;
		job_unlink(job);
		async_pool_put(job);
	}
	async_job_thread = (struct job_thread) { 0 };
	pool_drain(pool, CLOSED);
	free_idle(pool);
	pool_unref(pool);
}

static void init(void)
{
	async_switch_init();
	key_error = pthread_key_create(&key, pool_end);
}

/* The calling thread's pool, which is made if there is none; NULL: no memory. */
static struct job_pool *pool_open(void)
{
	struct job_pool *pool = async_job_thread.pool;

	if (pool)
		return pool;
	pthread_once(&once, init);
	if (key_error)
		return NULL;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return NULL;
	if (pthread_setspecific(key, pool)) {
		free(pool);
		return NULL;
	}
	atomic_init(&pool->refs, 1);
	async_job_thread.pool = pool;
	return pool;
}

ASYNC_JOB *async_pool_get(void)
{
	struct job_pool *pool = pool_open();
	ASYNC_JOB *job;

	if (!pool)
		return NULL;
	if (!pool->idle)
		pool_drain(pool, NULL);
	job = pool->idle;
	if (job)
		pool->idle = job->next;
	else if (!pool->max || pool->count < pool->max)
		job = job_new(pool);
	return job;
}

int ASYNC_init_thread(size_t max_size, size_t init_size)
{
	struct job_pool *pool;
	ASYNC_JOB *job;

	if (init_size > max_size)
		return 0;
	pool = pool_open();
	if (!pool)
		return 0;
	pool->max = max_size;
	while (pool->count < init_size) {
		job = job_new(pool);
		/* There is a pool: that is enough */
		if (!job)
			break;
		async_pool_put(job);
	}
	return 1;
}

void ASYNC_cleanup_thread(void)
{
	struct job_pool *pool = async_job_thread.pool;

	if (!pool)
		return;
	pool_drain(pool, NULL);
	free_idle(pool);
	pool->max = 0;
	/* Those that have not finished come back to it */
	if (pool->count)
		return;
	pthread_setspecific(key, NULL);
	async_job_thread.pool = NULL;
	pool_unref(pool);
}
