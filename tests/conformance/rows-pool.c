// SPDX-License-Identifier: MIT
/* The pool of jobs that each thread has. */
#include <pthread.h>
#include "fds.h"
#include "task.h"

#define MANY 200

static struct task tasks[MANY];

/* Starts @n jobs that pause, from tasks[0] on. */
static void pause_jobs(int n)
{
	ASYNC_WAIT_CTX *ctx = new_ctx();
	int i;

	for (i = 0; i < n; i++) {
		task_init(&tasks[i], pause_once, ctx);
		tasks[i].n = i;
		task_pauses(&tasks[i]);
	}
}

static void finish_jobs(int n)
{
	int i;

	for (i = 0; i < n; i++)
		task_finishes(&tasks[i], i);
}

static void no_jobs(void)
{
	struct task task;

	task_init(&task, return_n, new_ctx());
	IS(task_go(&task), ASYNC_NO_JOBS);
}

static void max_paused(void)
{
	IS(ASYNC_init_thread(2, 0), 1);
	pause_jobs(2);
	no_jobs();
	no_jobs();
	finish_jobs(2);
}

static void outputs(void)
{
	struct task task;

	IS(ASYNC_init_thread(1, 0), 1);
	pause_jobs(1);
	task_init(&task, return_n, new_ctx());
	IS(task_go(&task), ASYNC_NO_JOBS);
	IS(task.job, NULL);
	IS(task.ret, UNTOUCHED);
}

static void max_idle(void)
{
	IS(ASYNC_init_thread(2, 2), 1);
	pause_jobs(2);
	no_jobs();
	finish_jobs(2);
	pause_jobs(2);
	no_jobs();
}

static void retry(void)
{
	IS(ASYNC_init_thread(2, 1), 1);
	pause_jobs(2);
	no_jobs();
	task_finishes(&tasks[1], 1);
	task_init(&tasks[1], pause_once, new_ctx());
	task_pauses(&tasks[1]);
	no_jobs();
	task_finishes(&tasks[0], 0);
	task_finishes(&tasks[1], 0);
}

static void unlimited(void)
{
	IS(ASYNC_init_thread(0, 0), 1);
	pause_jobs(MANY);
	finish_jobs(MANY);
}

static void by_itself(void)
{
	pause_jobs(MANY);
	finish_jobs(MANY);
}

/* A thread that was refused a pool gets the default one. */
static void init_over_max(void)
{
	IS(ASYNC_init_thread(1, 2), 0);
	IS(ASYNC_init_thread(0, 1), 0);
	pause_jobs(3);
	finish_jobs(3);
}

static void *own_pool(void *arg)
{
	IS(ASYNC_init_thread(1, 1), 1);
	task_init(arg, pause_once, new_ctx());
	task_pauses(arg);
	no_jobs();
	task_finishes(arg, 0);
	ASYNC_cleanup_thread();
	return NULL;
}

static void of_each_thread(void)
{
	struct task task;
	pthread_t thread;

	IS(ASYNC_init_thread(2, 0), 1);
	pause_jobs(2);
	no_jobs();
	IS(pthread_create(&thread, NULL, own_pool, &task), 0);
	IS(pthread_join(thread, NULL), 0);
	no_jobs();
	finish_jobs(2);
}

static void cleanup(void)
{
	ASYNC_cleanup_thread();
	IS(ASYNC_init_thread(1, 1), 1);
	pause_jobs(1);
	finish_jobs(1);
	ASYNC_cleanup_thread();
	ASYNC_cleanup_thread();
}

static void again_after_cleanup(void)
{
	IS(ASYNC_init_thread(1, 1), 1);
	pause_jobs(1);
	finish_jobs(1);
	ASYNC_cleanup_thread();
	/* The limit of 1 is gone with the pool. */
	pause_jobs(3);
	finish_jobs(3);
	ASYNC_cleanup_thread();
	IS(ASYNC_init_thread(2, 0), 1);
	pause_jobs(2);
	no_jobs();
}

static void *leave_idle_jobs(void *arg)
{
	(void)arg;
	pause_jobs(3);
	finish_jobs(3);
	return NULL;
}

static void thread_ends(void)
{
	pthread_t thread;

	IS(pthread_create(&thread, NULL, leave_idle_jobs, NULL), 0);
	IS(pthread_join(thread, NULL), 0);
	pause_jobs(3);
	finish_jobs(3);
}

const struct row pool_rows[] = {
	{ "max counts paused jobs; then NO_JOBS", MAN, max_paused },
	{ "NO_JOBS: *job NULL, *ret untouched", CODE, outputs },
	{ "max counts idle jobs", MAN, max_idle },
	{ "NO_JOBS ends when a job finishes", MAN, retry },
	{ "max 0: unlimited", MAN, unlimited },
	{ "without init_thread: unlimited", MAN, by_itself },
	{ "init_thread: init > max: 0; (0, 1) too", CODE, init_over_max },
	{ "each thread has its own", MAN, of_each_thread },
	{ "cleanup_thread: also without a pool, and twice", CODE, cleanup },
	{ "jobs again after cleanup_thread", CODE, again_after_cleanup },
	{ "a thread may end without cleanup_thread", MAN, thread_ends },
	{ NULL, 0, NULL }
};
