// SPDX-License-Identifier: MIT
/* Jobs in several threads at once. */
#include <pthread.h>
#include "fds.h"
#include "task.h"

#define THREADS	4
#define JOBS	8
#define ROUNDS	50

static ASYNC_WAIT_CTX *handed_over;
static pthread_barrier_t barrier;
static struct task tasks[THREADS][JOBS];

/* Each gets its number. */
static void run_threads(void *(*func)(void *number))
{
	pthread_t threads[THREADS];
	intptr_t i;

	IS(pthread_barrier_init(&barrier, NULL, THREADS), 0);
	for (i = 0; i < THREADS; i++)
		IS(pthread_create(&threads[i], NULL, func, (void *)i), 0);
	for (i = 0; i < THREADS; i++)
		IS(pthread_join(threads[i], NULL), 0);
}

static void meet(void)
{
	pthread_barrier_wait(&barrier);
}

/* Pauses and finds all that is its own. */
static int with_own(struct task *task)
{
	ASYNC_JOB *job = ASYNC_get_current_job();
	pthread_t self = pthread_self();
	int i;

	for (i = 0; i < ROUNDS; i++) {
		ASYNC_pause_job();
		IS(ASYNC_get_current_job(), job);
		IS(ASYNC_get_wait_ctx(job), task->ctx);
		IS(pthread_equal(pthread_self(), self) != 0, 1);
	}
	return task->n;
}

/* In each round all of the threads run their jobs at the same time. */
static void *many_jobs(void *arg)
{
	struct task *own = tasks[(intptr_t)arg];
	int i, round;

	for (i = 0; i < JOBS; i++) {
		task_init(&own[i], with_own, new_ctx());
		own[i].n = (intptr_t)arg * JOBS + i;
	}
	for (round = 0; round < ROUNDS; round++) {
		meet();
		for (i = 0; i < JOBS; i++)
			task_pauses(&own[i]);
		IS(ASYNC_get_current_job(), NULL);
	}
	meet();
	for (i = 0; i < JOBS; i++)
		task_finishes(&own[i], (intptr_t)arg * JOBS + i);
	ASYNC_cleanup_thread();
	return NULL;
}

static void at_once(void)
{
	run_threads(many_jobs);
}

/* While thread 0 is blocked within a job, those of the others pause. */
static int meet_twice_blocked(struct task *task)
{
	(void)task;
	ASYNC_block_pause();
	meet();
	meet();
	ASYNC_pause_job();
	ASYNC_unblock_pause();
	return 0;
}

static void *one_blocked(void *arg)
{
	struct task *own = tasks[(intptr_t)arg];

	if (!arg) {
		task_init(own, meet_twice_blocked, new_ctx());
		task_finishes(own, 0);
		return NULL;
	}
	task_init(own, pause_once, new_ctx());
	meet();
	IS(ASYNC_get_current_job(), NULL);
	task_pauses(own);
	meet();
	task_finishes(own, 0);
	return NULL;
}

static void blocked_alone(void)
{
	run_threads(one_blocked);
}

/* The threads take turns with one ctx; the barrier hands it over. */
static void *take_turns(void *arg)
{
	struct task task;
	intptr_t turn;

	for (turn = 0; turn < ROUNDS; turn++) {
		meet();
		if (turn % THREADS != (intptr_t)arg)
			continue;
		task_init(&task, pause_once, handed_over);
		add_fd(handed_over, &key_a, 10 + turn);
		task_pauses(&task);
		task_finishes(&task, 0);
		fd_is(handed_over, &key_a, 10 + turn);
		clear_fd(handed_over, &key_a);
	}
	return NULL;
}

static void ctx_in_turns(void)
{
	handed_over = new_ctx();
	run_threads(take_turns);
	all_fds_are(handed_over, "");
}

const struct row threads_rows[] = {
	{ "4 threads with 8 jobs each, at once", MAN, at_once },
	{ "blocked in one thread, the others pause", CODE, blocked_alone },
	{ "a wait ctx moves from thread to thread", CODE, ctx_in_turns },
	{ NULL, 0, NULL }
};
