// SPDX-License-Identifier: MIT
/* ASYNC_start_job(): what goes in, what comes out, and when. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "fds.h"
#include "task.h"

#define MANY 100

static ASYNC_JOB *job;
static int ret = UNTOUCHED;

static void finish(void)
{
	struct task task;

	task_init(&task, return_n, new_ctx());
	task.n = 42;
	task_finishes(&task, 42);
}

static void finish_any_int(void)
{
	static const int values[] = { 0, 1, -1, INT_MAX, INT_MIN };
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		task_init(&task, return_n, ctx);
		task.n = values[i];
		task_finishes(&task, values[i]);
	}
}

static void pause_and_finish(void)
{
	struct task task;

	task_init(&task, pause_once, new_ctx());
	task.n = 42;
	/* Both check *ret: only FINISH writes it. */
	task_pauses(&task);
	task_finishes(&task, 42);
}

/* Leaves the loop in the middle a thousand times. */
static int sum_of_1000(struct task *task)
{
	double sum = 0;
	int i;

	for (i = 1; i <= 1000; i++) {
		sum += i / 2.0;
		task->n = i;
		ASYNC_pause_job();
	}
	return sum * 2;
}

static void resume_goes_on(void)
{
	struct task task;
	int i;

	task_init(&task, sum_of_1000, new_ctx());
	for (i = 1; i <= 1000; i++) {
		task_pauses(&task);
		IS(task.n, i);
	}
	task_finishes(&task, 500500);
}

static int pause_in_job(void *args)
{
	int value = *(int *)args;

	ASYNC_pause_job();
	IS(*(int *)args, value);
	return value;
}

static int not_this(void *args)
{
	row_end(FAILED, "a resume called its func, with %p", args);
}

static void resume_ignores(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int value = 42, another = 43;

	IS(ASYNC_start_job(&job, ctx, &ret, pause_in_job, &value,
			   sizeof(value)), ASYNC_PAUSE);
	IS(ASYNC_start_job(&job, ctx, &ret, not_this, &another,
			   sizeof(another)), ASYNC_FINISH);
	IS(ret, 42);
	IS(ASYNC_start_job(&job, ctx, &ret, pause_in_job, &value,
			   sizeof(value)), ASYNC_PAUSE);
	IS(ASYNC_start_job(&job, ctx, &ret, NULL, NULL, 0), ASYNC_FINISH);
	IS(ret, 42);
}

static int keeps_ctx(struct task *task)
{
	ASYNC_WAIT_CTX *own = task->ctx;

	ASYNC_pause_job();
	IS(ASYNC_get_wait_ctx(ASYNC_get_current_job()), own);
	add_fd(ASYNC_get_wait_ctx(ASYNC_get_current_job()), &key_a, 10);
	return 0;
}

static void resume_ignores_ctx(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx(), *another = new_ctx();
	struct task task;

	task_init(&task, keeps_ctx, ctx);
	task_pauses(&task);
	task.ctx = another;
	task_finishes(&task, 0);
	all_fds_are(ctx, "10");
	all_fds_are(another, "");
}

static char args[4096];

static int args_are_of_7s(void *copy)
{
	size_t i;

	IS(copy != args, 1);
	ASYNC_pause_job();
	for (i = 0; i < sizeof(args); i++)
		if (((char *)copy)[i] != 7)
			row_end(FAILED, "byte %zu of the copy is %d, not 7", i,
				((char *)copy)[i]);
	return 0;
}

static void args_copied(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();

	memset(args, 7, sizeof(args));
	IS(ASYNC_start_job(&job, ctx, &ret, args_are_of_7s, args,
			   sizeof(args)), ASYNC_PAUSE);
	memset(args, 8, sizeof(args));
	IS(ASYNC_start_job(&job, ctx, &ret, NULL, NULL, 0), ASYNC_FINISH);
}

static int args_are_aligned(void *copy)
{
	IS((uintptr_t)copy % _Alignof(max_align_t), 0);
	return *(char *)copy;
}

static void args_aligned(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	size_t size;

	memset(args, 7, sizeof(args));
	for (size = sizeof(max_align_t); size < MANY; size++) {
		IS(ASYNC_start_job(&job, ctx, &ret, args_are_aligned, args,
				   size), ASYNC_FINISH);
		IS(ret, 7);
	}
}

static int is_null(void *copy)
{
	IS(copy, NULL);
	return 5;
}

static void args_null(void)
{
	IS(ASYNC_start_job(&job, new_ctx(), &ret, is_null, NULL, 0),
	   ASYNC_FINISH);
	IS(ret, 5);
}

static void args_of_no_size(void)
{
	IS(ASYNC_start_job(&job, new_ctx(), &ret, is_null, args, 0),
	   ASYNC_FINISH);
	IS(ret, 5);
}

/* The pool gets the job back that it was not to be. */
static void args_too_long(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;

	IS(ASYNC_init_thread(1, 0), 1);
	IS(ASYNC_start_job(&job, ctx, &ret, not_this, args, PTRDIFF_MAX),
	   ASYNC_ERR);
	IS(job, NULL);
	IS(ret, UNTOUCHED);
	task_init(&task, return_n, ctx);
	task_finishes(&task, 0);
}

/* Variadic functions save vector registers where the stack has to be aligned. */
static int print_double(struct task *task)
{
	char text[32];

	snprintf(text, sizeof(text), "%.2f", task->n / 4.0);
	ASYNC_pause_job();
	snprintf(text + 4, sizeof(text) - 4, "%.2f", task->n / 2.0);
	IS(strcmp(text, "0.250.50"), 0);
	return 0;
}

static void stack_aligned(void)
{
	struct task task;

	task_init(&task, print_double, new_ctx());
	task.n = 1;
	task_pauses(&task);
	task_finishes(&task, 0);
}

/* All are paused at once, and go on in another order than they came. */
static void many_paused(void)
{
	struct task tasks[MANY];
	int i, n;

	for (i = 0; i < MANY; i++) {
		task_init(&tasks[i], pause_once, new_ctx());
		tasks[i].n = i;
		task_pauses(&tasks[i]);
	}
	for (i = 0; i < MANY; i++) {
		n = (i * 37) % MANY;
		task_finishes(&tasks[n], n);
	}
}

static void ctx_reused(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;
	int i;

	for (i = 0; i < MANY; i++) {
		task_init(&task, pause_once, ctx);
		task.n = i;
		task_pauses(&task);
		task_finishes(&task, i);
	}
}

const struct row start_rows[] = {
	{ "FINISH: *job NULL, *ret what func returned", MAN, finish },
	{ "FINISH: any int", CODE, finish_any_int },
	{ "PAUSE: *job is the job; *ret untouched", CODE, pause_and_finish },
	{ "a resume goes on after the pause, 1000 times", MAN, resume_goes_on },
	{ "a resume ignores func, args and size", MAN, resume_ignores },
	{ "a resume ignores the wait ctx", CODE, resume_ignores_ctx },
	{ "args: the job has a copy, also after a pause", MAN, args_copied },
	{ "args: the copy is aligned as malloc()'s", CODE, args_aligned },
	{ "args NULL: func gets NULL", CODE, args_null },
	{ "args of size 0: func gets NULL", CODE, args_of_no_size },
	{ "args too long to be copied: ERR, *ret untouched", CODE,
	  args_too_long },
	{ "func runs on a stack aligned for any code", CODE, stack_aligned },
	{ "many paused at once, resumed in any order", MAN, many_paused },
	{ "a wait ctx serves one job after another", MAN, ctx_reused },
	{ NULL, 0, NULL }
};
