/* SPDX-License-Identifier: MIT */
/* Jobs, as the tables of rows start and resume them. */
#ifndef CONFORMANCE_TASK_H
#define CONFORMANCE_TASK_H

#include "api.h"
#include "row.h"

#define UNTOUCHED (-77)	/* a task's return value before it has one */

/**
 * struct task - a job to be
 * @func: what it does; called with the task
 * @ctx: its wait ctx
 * @n: the job's own
 * @data: likewise
 * @job: of the implementation's, while it is paused; else NULL
 * @ret: what @func returned; UNTOUCHED until then
 *
 * Belongs to the thread that starts and resumes it. task_init() makes one.
 */
struct task {
	int (*func)(struct task *task);
	ASYNC_WAIT_CTX *ctx;
	int n;
	void *data;
	ASYNC_JOB *job;
	int ret;
};

/**
 * task_init() - make a task
 * @task: out
 * @func: what its job does
 * @ctx: the job's wait ctx; may be NULL
 */
void task_init(struct task *task, int (*func)(struct task *task),
	       ASYNC_WAIT_CTX *ctx);

/**
 * task_go() - start the task's job, or resume it
 * @task: the task
 *
 * Return: what ASYNC_start_job() did.
 */
int task_go(struct task *task);

/**
 * task_pauses() - task_go(), which has to be PAUSE
 * @task: the task
 */
void task_pauses(struct task *task);

/**
 * task_finishes() - task_go(), which has to be FINISH
 * @task: the task
 * @want: with this return value of its func
 */
void task_finishes(struct task *task, int want);

/* A func that pauses once and returns task->n. */
int pause_once(struct task *task);

/* A func that returns task->n. */
int return_n(struct task *task);

#endif /* CONFORMANCE_TASK_H */
