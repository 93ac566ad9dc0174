// SPDX-License-Identifier: MIT
/* Jobs, as the tables of rows start and resume them. */
#include "task.h"

void task_init(struct task *task, int (*func)(struct task *task),
	       ASYNC_WAIT_CTX *ctx)
{
	*task = (struct task) { .func = func, .ctx = ctx, .ret = UNTOUCHED };
}

/* What the job gets is a copy of the pointer to its task. */
static int task_main(void *args)
{
	struct task *task = *(struct task **)args;

	return task->func(task);
}

int task_go(struct task *task)
{
	return ASYNC_start_job(&task->job, task->ctx, &task->ret, task_main,
			       &task, sizeof(task));
}

void task_pauses(struct task *task)
{
	IS(task_go(task), ASYNC_PAUSE);
	IS(!task->job, 0);
	IS(task->ret, UNTOUCHED);
}

void task_finishes(struct task *task, int want)
{
	IS(task_go(task), ASYNC_FINISH);
	IS(task->job, NULL);
	IS(task->ret, want);
}

int pause_once(struct task *task)
{
	IS(ASYNC_pause_job(), 1);
	return task->n;
}

int return_n(struct task *task)
{
	return task->n;
}
