// SPDX-License-Identifier: MIT
/* Where OpenSSL's jobs are weak, and others need not be. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "fds.h"
#include "task.h"

#define DEEP	(40 * 1024)	/* bytes of stack: more than OpenSSL has */

/* It may refuse, or do it. The outer job is as good as before. */
static int start_another(struct task *task)
{
	ASYNC_JOB *self = ASYNC_get_current_job();
	struct task inner;
	int ret;

	task_init(&inner, return_n, new_ctx());
	inner.n = 7;
	ret = task_go(&inner);
	if (ret == ASYNC_FINISH)
		IS(inner.ret, 7);
	else
		IS(ret, ASYNC_ERR);
	IS(inner.job, NULL);
	/* OpenSSL crashes when this job pauses or ends. */
	if (ASYNC_get_current_job() != self)
		row_end(WEAK, "the outer job is lost");
	ASYNC_pause_job();
	return task->n;
}

static void nested_start(void)
{
	struct task task;

	task_init(&task, start_another, new_ctx());
	task.n = 5;
	task_pauses(&task);
	task_finishes(&task, 5);
}

static void *resume(void *task)
{
	intptr_t ret = task_go(task);

	IS(ASYNC_get_current_job(), NULL);
	return (void *)ret;
}

/* It may refuse, and the job is as good as before, or do it. */
static void resume_elsewhere(void)
{
	pthread_t thread;
	struct task task;
	void *ret;

	task_init(&task, pause_once, new_ctx());
	task.n = 5;
	task_pauses(&task);
	IS(pthread_create(&thread, NULL, resume, &task), 0);
	IS(pthread_join(thread, &ret), 0);
	if ((intptr_t)ret == ASYNC_FINISH)
		IS(task.ret, 5);
	else
		IS(ret, ASYNC_ERR);
	if ((intptr_t)ret == ASYNC_ERR)
		task_finishes(&task, 5);
	task_init(&task, pause_once, new_ctx());
	task_pauses(&task);
	task_finishes(&task, 0);
}

static int no_wait_ctx(struct task *task)
{
	IS(ASYNC_get_wait_ctx(ASYNC_get_current_job()), NULL);
	ASYNC_pause_job();
	return task->n;
}

static void null_ctx(void)
{
	struct task task;

	task_init(&task, no_wait_ctx, NULL);
	task.n = 5;
	task_pauses(&task);
	task_finishes(&task, 5);
}

/* A line of /proc/self/maps: "start-end perms offset dev inode name". */
struct mapping {
	uintptr_t start, end;
	char perms[5];
	char name[64];
};

/* The mapping that @address is in, and the one below it. */
static void find_mapping(uintptr_t address, struct mapping *in,
			 struct mapping *below)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	memset(in, 0, sizeof(*in));
	while (maps && in->end <= address && fgets(line, sizeof(line), maps)) {
		*below = *in;
		memset(in, 0, sizeof(*in));
		/* Most have no name. */
		if (sscanf(line, "%lx-%lx %4s %*s %*s %*s %63s", &in->start,
			   &in->end, in->perms, in->name) < 3)
			break;
	}
	if (address < in->start || address >= in->end)
		row_end(SKIPPED, "/proc/self/maps has no mapping of the stack");
	fclose(maps);
}

static int note_stack(struct task *task)
{
	task->data = &task;
	return pause_once(task);
}

static void guard_page(void)
{
	struct mapping in, below;
	struct task task;

	task_init(&task, note_stack, new_ctx());
	task_pauses(&task);
	find_mapping((uintptr_t)task.data, &in, &below);
	if (!strcmp(in.name, "[heap]"))
		row_end(WEAK, "the stack is in the heap, without a guard page");
	IS(below.end, in.start);
	IS(strncmp(below.perms, "---", 3), 0);
}

/* Uses all of a large array, across a pause. */
static int use_stack(struct task *task)
{
	char large[DEEP];
	size_t i;

	/* Anybody could look at it: the compiler can't leave it out. */
	task->data = large;
	memset(large, 7, sizeof(large));
	ASYNC_pause_job();
	for (i = 0; i < sizeof(large); i++)
		IS(large[i], 7);
	return 0;
}

static void deep_stack(void)
{
	struct task task;

	task_init(&task, use_stack, new_ctx());
	task_pauses(&task);
	task_finishes(&task, 0);
}

/* The place of the job in its pool tells what became of it. */
static void ctx_freed(void)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	struct task task;
	int ret;

	IS(ASYNC_init_thread(1, 0), 1);
	task_init(&task, pause_once, ctx);
	task_pauses(&task);
	ASYNC_WAIT_CTX_free(ctx);
	task_init(&task, return_n, new_ctx());
	ret = task_go(&task);
	if (ret == ASYNC_NO_JOBS)
		row_end(WEAK, "leaks the job and its place in the pool");
	IS(ret, ASYNC_FINISH);
}

static void init_again(void)
{
	struct task tasks[2];
	int ret;

	IS(ASYNC_init_thread(1, 0), 1);
	task_init(&tasks[0], pause_once, new_ctx());
	task_pauses(&tasks[0]);
	IS(ASYNC_init_thread(1, 0), 1);
	task_init(&tasks[1], pause_once, new_ctx());
	ret = task_go(&tasks[1]);
	if (ret == ASYNC_PAUSE)
		row_end(WEAK, "leaks the pool, and counts anew");
	IS(ret, ASYNC_NO_JOBS);
	task_finishes(&tasks[0], 0);
	task_pauses(&tasks[1]);
	task_finishes(&tasks[1], 0);
}

/* And the pool's limit is gone. */
static void cleanup_with_paused(void)
{
	struct task tasks[2];

	IS(ASYNC_init_thread(1, 0), 1);
	task_init(&tasks[0], pause_once, new_ctx());
	tasks[0].n = 5;
	task_pauses(&tasks[0]);
	ASYNC_cleanup_thread();
	task_init(&tasks[1], pause_once, new_ctx());
	task_pauses(&tasks[1]);
	task_finishes(&tasks[0], 5);
	task_finishes(&tasks[1], 0);
}

static int ret_untouched = UNTOUCHED;
static ASYNC_JOB *no_job;

static int return_5(void *args)
{
	(void)args;
	return 5;
}

static void job_null(void)
{
	IS(ASYNC_start_job(NULL, new_ctx(), &ret_untouched, return_5, NULL, 0),
	   ASYNC_ERR);
	IS(ret_untouched, UNTOUCHED);
}

static void ret_null(void)
{
	IS(ASYNC_start_job(&no_job, new_ctx(), NULL, return_5, NULL, 0),
	   ASYNC_ERR);
	IS(no_job, NULL);
}

static void func_null(void)
{
	IS(ASYNC_start_job(&no_job, new_ctx(), &ret_untouched, NULL, NULL, 0),
	   ASYNC_ERR);
	IS(no_job, NULL);
	IS(ret_untouched, UNTOUCHED);
}

static void wait_ctx_of_null(void)
{
	IS(ASYNC_get_wait_ctx(NULL), NULL);
}

const struct row weakness_rows[] = {
	{ "start_job within a job: ERR or a job, no harm", PLUS, nested_start },
	{ "resumed on another thread: ERR or it goes on", PLUS, resume_elsewhere },
	{ "wait ctx NULL, across a pause", PLUS, null_ctx },
	{ "a guard page below the stack", PLUS, guard_page },
	{ "40 KiB of stack", PLUS, deep_stack },
	{ "wait ctx freed while its job is paused: it ends", PLUS, ctx_freed },
	{ "init_thread again: paused jobs still count", PLUS, init_again },
	{ "cleanup_thread leaves a paused job alone", PLUS,
	  cleanup_with_paused },
	{ "start_job: &job NULL: ERR", PLUS, job_null },
	{ "start_job: &ret NULL: ERR", PLUS, ret_null },
	{ "start_job: func NULL: ERR", PLUS, func_null },
	{ "get_wait_ctx: job NULL: NULL", PLUS, wait_ctx_of_null },
	{ NULL, 0, NULL }
};
