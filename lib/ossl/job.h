/* SPDX-License-Identifier: MIT */
/* Jobs from the inside, and the pools that they come from. */
#ifndef LIB_OSSL_JOB_H
#define LIB_OSSL_JOB_H

#include <stdatomic.h>
#include <stddef.h>

#include <openssl/async.h>

#include "fiber.h"
#include "stack.h"
#include "switch.h"

/**
 * enum job_state - what a job does
 * @JOB_IDLE: nothing; it is in a pool
 * @JOB_RUNNING: it runs, or it started another job that does
 * @JOB_PAUSED: it is in ASYNC_pause_job()
 */
enum job_state {
	JOB_IDLE,
	JOB_RUNNING,
	JOB_PAUSED,
};

/**
 * struct async_job_st - a job and its stack
 * @flow: the job, while it does not run
 * @starter: who started or resumed it, while it runs
 * @pool: whose it is; only read
 * @parent: the job that @starter is; NULL: it is none
 * @state: what it does
 * @waitctx: what it was started with; NULL: none, or it was freed
 * @blocked: the count of ASYNC_block_pause() that @parent had
 * @out: where @starter has its handle
 * @ret: where @starter wants the result
 * @func: what it does
 * @args: what @func gets
 * @libctx: its default library context, while it does not run
 * @starter_libctx: that of @starter, while it runs
 * @fp: the control words that it begins with
 * @next: in the list that it is in: its pool's idle ones or those that came
 *	back; not finished: its wait ctx's, or else its pool's unbound ones
 * @link: what points to it there, if it has not finished
 * @copy: memory for a copy of its arguments, from job to job
 * @copy_size: its bytes
 * @stack: its memory
 * @fiber: the stack, for tools
 * @starter_fiber: that of @starter, likewise
 *
 * Its pool's thread's, with one exception: a paused one belongs to whom its
 * wait ctx belongs, who may free that and so give the job back. What a switch
 * touches comes first.
 */
struct async_job_st {
	void *flow;
	void *starter;
	struct job_pool *pool;
	ASYNC_JOB *parent;
	enum job_state state;
	unsigned int blocked;
	ASYNC_WAIT_CTX *waitctx;
	ASYNC_JOB **out;
	int *ret;
	int (*func)(void *args);
	void *args;
	void *libctx;
	void *starter_libctx;
	struct switch_fp fp;
	ASYNC_JOB *next;
	ASYNC_JOB **link;
	void *copy;
	size_t copy_size;
	struct stack stack;
	struct fiber fiber;
	struct fiber starter_fiber;
};

/**
 * struct job_pool - the jobs of a thread
 * @idle: jobs to take, the one that finished last first
 * @unbound: jobs that have not finished and have no wait ctx
 * @count: how many there are, running, paused and idle
 * @max: how many there may be; 0: any number
 * @returned: jobs whose wait ctx was freed by another thread. Pushed one by
 *	one, store-release; taken by the thread, all with one exchange-acquire.
 *	Its end leaves a mark there: who comes later frees the job itself
 * @refs: one for the thread, and one for each job that exists
 *
 * The thread's own but @returned and @refs.
 */
struct job_pool {
	ASYNC_JOB *idle;
	ASYNC_JOB *unbound;
	size_t count;
	size_t max;
	ASYNC_JOB *_Atomic returned;
	_Atomic size_t refs;
};

/**
 * struct job_thread - what a thread knows of jobs
 * @current: the job that runs; NULL: none
 * @blocked: ASYNC_block_pause() minus ASYNC_unblock_pause()
 * @pool: its jobs; NULL: none as yet
 */
struct job_thread {
	ASYNC_JOB *current;
	unsigned int blocked;
	struct job_pool *pool;
};

/* At a fixed distance from the thread pointer: no call to find it. */
extern __thread struct job_thread async_job_thread
	__attribute__((tls_model("initial-exec")));

/* job.c */

/**
 * async_job_entry() - what runs on a job's stack
 * @arg: the job
 *
 * Does not return: it runs one function after the other.
 */
void async_job_entry(void *arg);

/**
 * async_jobs_abandon() - the end of a wait ctx, for its jobs
 * @jobs: the list of them; empty afterwards
 *
 * The paused ones end where they are and go back to their pools. Those that run
 * go on without a wait ctx.
 *
 * Context: the thread that owns the wait ctx.
 */
void async_jobs_abandon(ASYNC_JOB **jobs);

/* pool.c */

/**
 * async_pool_get() - take a job
 *
 * Return: the job; NULL: there are as many as there may be, or out of memory.
 */
ASYNC_JOB *async_pool_get(void);

/**
 * async_pool_put() - give a job of the calling thread back
 * @job: one that has finished. It may be still on its way out of its stack
 */
static inline void async_pool_put(ASYNC_JOB *job)
{
	job->state = JOB_IDLE;
	job->next = job->pool->idle;
	job->pool->idle = job;
}

/**
 * async_pool_abandon() - end a job that has not finished, and give it back
 * @job: one that is paused, in no list, and never resumed
 *
 * Any thread that may touch it.
 */
void async_pool_abandon(ASYNC_JOB *job);

/* The list of jobs that have not finished: into one, and out of it. */
static inline void job_link(ASYNC_JOB *job, ASYNC_JOB **list)
{
	job->next = *list;
	job->link = list;
	if (job->next)
		job->next->link = &job->next;
	*list = job;
}

static inline void job_unlink(ASYNC_JOB *job)
{
	*job->link = job->next;
	if (job->next)
		job->next->link = job->link;
}

#endif /* LIB_OSSL_JOB_H */
