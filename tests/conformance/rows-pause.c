// SPDX-License-Identifier: MIT
/* ASYNC_pause_job(), what blocks it, and what a job knows of itself. */
#include "fds.h"
#include "task.h"

static void start_and_finish(int (*func)(struct task *task))
{
	struct task task;

	task_init(&task, func, new_ctx());
	task_finishes(&task, 0);
}

static void outside(void)
{
	IS(ASYNC_pause_job(), 1);
	start_and_finish(return_n);
	IS(ASYNC_pause_job(), 1);
}

/* Resumed before its request is done, a job pauses again. */
static int until_done(struct task *task)
{
	while (!task->n)
		IS(ASYNC_pause_job(), 1);
	return task->n;
}

static void resumed_too_early(void)
{
	struct task task;

	task_init(&task, until_done, new_ctx());
	task_pauses(&task);
	task_pauses(&task);
	task_pauses(&task);
	task.n = 5;
	task_finishes(&task, 5);
}

static int blocked_job(struct task *task)
{
	(void)task;
	ASYNC_block_pause();
	IS(ASYNC_pause_job(), 1);
	IS(ASYNC_pause_job(), 1);
	ASYNC_unblock_pause();
	return 0;
}

static void blocked(void)
{
	start_and_finish(blocked_job);
}

/* Pauses just where task->n is as many as it says. */
static int nested_job(struct task *task)
{
	ASYNC_block_pause();
	ASYNC_block_pause();
	ASYNC_pause_job();
	ASYNC_unblock_pause();
	ASYNC_pause_job();
	ASYNC_unblock_pause();
	task->n = 1;
	ASYNC_pause_job();
	return 0;
}

static void nested(void)
{
	struct task task;

	task_init(&task, nested_job, new_ctx());
	task_pauses(&task);
	IS(task.n, 1);
	task_finishes(&task, 0);
}

static int unblock_first(struct task *task)
{
	ASYNC_unblock_pause();
	ASYNC_unblock_pause();
	ASYNC_block_pause();
	ASYNC_pause_job();
	ASYNC_unblock_pause();
	task->n = 1;
	ASYNC_pause_job();
	return 0;
}

static void unblock_beyond(void)
{
	struct task task;

	task_init(&task, unblock_first, new_ctx());
	task_pauses(&task);
	IS(task.n, 1);
	task_finishes(&task, 0);
}

static void block_outside(void)
{
	struct task task;

	ASYNC_block_pause();
	start_and_finish(return_n);
	ASYNC_block_pause();
	task_init(&task, pause_once, new_ctx());
	task_pauses(&task);
	ASYNC_block_pause();
	task_finishes(&task, 0);
}

static int block(struct task *task)
{
	(void)task;
	ASYNC_block_pause();
	return 0;
}

static int unblock(struct task *task)
{
	(void)task;
	ASYNC_unblock_pause();
	return 0;
}

/* Between jobs the thread can't be unblocked, and stays blocked. */
static void counter_of_thread(void)
{
	struct task task;

	start_and_finish(block);
	ASYNC_unblock_pause();
	task_init(&task, pause_once, new_ctx());
	task_finishes(&task, 0);
	start_and_finish(unblock);
	task_init(&task, pause_once, new_ctx());
	task_pauses(&task);
	task_finishes(&task, 0);
}

static int sees_itself(struct task *task)
{
	ASYNC_JOB *self = ASYNC_get_current_job();

	task->data = self;
	IS(ASYNC_get_wait_ctx(self), task->ctx);
	ASYNC_pause_job();
	IS(ASYNC_get_current_job(), self);
	IS(ASYNC_get_wait_ctx(self), task->ctx);
	return 0;
}

static void current_job(void)
{
	struct task task;

	IS(ASYNC_get_current_job(), NULL);
	task_init(&task, sees_itself, new_ctx());
	task_pauses(&task);
	IS(task.job, task.data);
	IS(ASYNC_get_current_job(), NULL);
	task_finishes(&task, 0);
	IS(ASYNC_get_current_job(), NULL);
}

static void wait_ctx_of_paused(void)
{
	struct task first, second;

	task_init(&first, pause_once, new_ctx());
	task_init(&second, pause_once, new_ctx());
	task_pauses(&first);
	task_pauses(&second);
	IS(first.job != second.job, 1);
	IS(ASYNC_get_wait_ctx(first.job), first.ctx);
	IS(ASYNC_get_wait_ctx(second.job), second.ctx);
	task_finishes(&first, 0);
	IS(ASYNC_get_wait_ctx(second.job), second.ctx);
	task_finishes(&second, 0);
}

static void capable(void)
{
	IS(ASYNC_is_capable(), 1);
}

const struct row pause_rows[] = {
	{ "outside a job: 1 at once", MAN, outside },
	{ "resumed too early, a job can pause again", MAN, resumed_too_early },
	{ "blocked: 1 at once", MAN, blocked },
	{ "blocked twice: until unblocked twice", MAN, nested },
	{ "unblocked without a block: no effect", CODE, unblock_beyond },
	{ "block outside a job: no effect", MAN, block_outside },
	{ "the count is the thread's, not the job's", CODE, counter_of_thread },
	{ "get_current_job: the job; NULL outside", MAN, current_job },
	{ "get_wait_ctx: also of a paused job", MAN, wait_ctx_of_paused },
	{ "is_capable: 1", MAN, capable },
	{ NULL, 0, NULL }
};
