// SPDX-License-Identifier: MIT
/*
 * ASYNC_JOB: see <openssl/async.h> for what each function promises.
 *
 * All that belongs to a switch is done before it, by the side that leaves: the
 * switch is then the last thing in ASYNC_start_job() and in ASYNC_pause_job(),
 * and what it returns is what they return.
 */
#include <string.h>

#include "job.h"
#include "libctx.h"
#include "waitctx.h"

/* As async_switch(), with a word to the tools; nothing is inlined around it. */
static __attribute__((noinline)) int switch_told(void **from, void *to,
						 int value, struct fiber *here,
						 struct fiber *there)
{
	fiber_leave(here, there);
	value = async_switch(from, to, value);
	fiber_enter(here, there);
	return value;
}

/* Goes on with a job; returns what ASYNC_start_job() is to return. */
static inline int job_enter(ASYNC_JOB *job)
{
	if (__builtin_expect(fiber_tools(), 0))
		return switch_told(&job->starter, job->flow, 1,
				   &job->starter_fiber, &job->fiber);
	return async_switch(&job->starter, job->flow, 1);
}

/* Goes back to who started or resumed the job, who gets @status. */
static inline int job_leave(ASYNC_JOB *job, int status)
{
	struct job_thread *thread = &async_job_thread;

	thread->current = job->parent;
	/* Each job that started another has its own count */
	if (job->parent)
		thread->blocked = job->blocked;
	job->libctx = libctx_set(job->starter_libctx);
	if (__builtin_expect(fiber_tools(), 0))
		return switch_told(&job->flow, job->starter, status,
				   &job->fiber, &job->starter_fiber);
	return async_switch(&job->flow, job->starter, status);
}

/* The running job has returned @ret: its last words. */
static void job_finish(ASYNC_JOB *job, int ret)
{
	*job->ret = ret;
	*job->out = NULL;
	job->waitctx = NULL;
	job_unlink(job);
	async_pool_put(job);
	job_leave(job, ASYNC_FINISH);
}

void async_job_entry(void *arg)
{
	ASYNC_JOB *job = arg;

	fiber_enter(NULL, &job->starter_fiber);
	for (;;) {
		switch_fp_set(&job->fp);
		job_finish(job, job->func(job->args));
	}
}

/* The arguments of a job: a copy that lives as long as it. */
static int job_set_args(ASYNC_JOB *job, void *args, size_t size)
{
	void *copy;

	job->args = NULL;
	if (!args || !size)
		return 1;
	if (size > job->copy_size) {
		copy = realloc(job->copy, size);
		if (!copy)
			return 0;
		job->copy = copy;
		job->copy_size = size;
	}
	job->args = memcpy(job->copy, args, size);
	return 1;
}

/* A new job, ready to be entered; NULL: none, and @status says why. */
static ASYNC_JOB *job_prepare(ASYNC_WAIT_CTX *ctx, int (*func)(void *),
			      void *args, size_t size, int *status)
{
	ASYNC_JOB *job;

	*status = ASYNC_ERR;
	if (!func)
		return NULL;
	job = async_pool_get();
	if (!job) {
		*status = ASYNC_NO_JOBS;
		return NULL;
	}
	if (!job_set_args(job, args, size)) {
		async_pool_put(job);
		return NULL;
	}
	job->func = func;
	job->fp = switch_fp_get();
	job->waitctx = ctx;
	job_link(job, ctx ? &ctx->jobs : &job->pool->unbound);
	/* It begins with the context that its starter has */
	job->libctx = NULL;
	return job;
}

int ASYNC_start_job(ASYNC_JOB **out, ASYNC_WAIT_CTX *ctx, int *ret,
		    int (*func)(void *), void *args, size_t size)
{
	struct job_thread *thread = &async_job_thread;
	ASYNC_JOB *job;
	int status;

	if (!out || !ret)
		return ASYNC_ERR;
	job = *out;
	if (!job) {
		job = job_prepare(ctx, func, args, size, &status);
		if (!job)
			return status;
	} else if (job->pool != thread->pool || job->state != JOB_PAUSED) {
		return ASYNC_ERR;
	} else if (job->waitctx) {
		/* ASYNC_pause_job() is about to return: the period is over */
		waitctx_end_period(job->waitctx);
	}
	job->state = JOB_RUNNING;
	job->out = out;
	job->ret = ret;
	job->parent = thread->current;
	if (job->parent) {
		job->blocked = thread->blocked;
		thread->blocked = 0;
	}
	thread->current = job;
	job->starter_libctx = libctx_set(job->libctx);
	return job_enter(job);
}

int ASYNC_pause_job(void)
{
	ASYNC_JOB *job = async_job_thread.current;

	if (!job || async_job_thread.blocked)
		return 1;
	job->state = JOB_PAUSED;
	*job->out = job;
	return job_leave(job, ASYNC_PAUSE);
}

void async_jobs_abandon(ASYNC_JOB **jobs)
{
	ASYNC_JOB *job;

	while (*jobs) {
		job = *jobs;
		job_unlink(job);
		job->waitctx = NULL;
		if (job->state == JOB_PAUSED)
			async_pool_abandon(job);
		else
			job_link(job, &job->pool->unbound);
	}
}

ASYNC_JOB *ASYNC_get_current_job(void)
{
	return async_job_thread.current;
}

ASYNC_WAIT_CTX *ASYNC_get_wait_ctx(ASYNC_JOB *job)
{
	return job ? job->waitctx : NULL;
}

void ASYNC_block_pause(void)
{
	if (async_job_thread.current)
		async_job_thread.blocked++;
}

void ASYNC_unblock_pause(void)
{
	if (async_job_thread.current && async_job_thread.blocked)
		async_job_thread.blocked--;
}

int ASYNC_is_capable(void)
{
	return 1;
}
