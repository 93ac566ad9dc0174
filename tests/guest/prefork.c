// SPDX-License-Identifier: MIT
/*
 * Processes that fork with a queue open, as libasync's users know it: the child
 * gets a documented error and may have a queue of its own; the parent loses
 * nothing.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include <libasync/bind.h>
#include <libasync/job.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"
#include "op.h"

#define COUNT	32u
#define WORKERS	4
#define FORKS	40

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[COUNT];
static struct async_session *session;
static struct async_queue *queue;
static ASYNC_WAIT_CTX *ctx;
static atomic_uint calls;

static int on_done(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
	return 0;
}

static void setup(void)
{
	/* What is submitted is in flight when the process forks */
	guest_load("latency_ns=20000000");
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	cr_assert_eq(async_session_open(queue, &session), 0);
	ctx = ASYNC_WAIT_CTX_new();
}

static void teardown(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	async_session_close(session);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(prefork, .init = setup, .fini = teardown, .timeout = 300);

static void submit(unsigned int n)
{
	const struct async_op op = { .session = session };
	unsigned int i;

	for (i = 0; i < n; i++)
		cr_assert_eq(async_prepare(queue, &op, 1, &requests[i]), 1);
	cr_assert_eq(async_submit(queue), (int)n);
}

static void collect(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

/* In a child, where an assertion would be the parent's test's */
static int work(struct async_queue *own, unsigned int n)
{
	struct async_request *request;

	while (n--)
		if (async_prepare(own, &nop, 1, &request) != 1 ||
		    async_submit_wait(own, 1, ASYNC_FOREVER) != 1 ||
		    async_collect(request) != 0)
			return 1;
	return 0;
}

static int work_on_own(void)
{
	struct async_queue *own;
	int ret;

	if (async_queue_open(&own, 0, NULL))
		return 20;
	ret = work(own, 10) ? 21 : 0;
	async_queue_close(own);
	return ret;
}

/* Each way in gives the error, also for what the parent had begun */
static int go_on_in_the_child(void *arg)
{
	struct async_request *request;
	struct async_request *taken = requests[0];

	(void)arg;
	if (async_prepare(queue, &nop, 1, &request) != -EPERM ||
	    async_submit_wait(queue, 1, ASYNC_FOREVER) != -EPERM)
		return 1;
	if (taken && (async_collect(taken) != -EPERM ||
		      async_cancel(taken) != -EPERM))
		return 2;
	if (async_bind_submit(queue, ctx, &nop, &request) != -EPERM ||
	    ASYNC_WAIT_CTX_get_status(ctx) != ASYNC_STATUS_ERR)
		return 3;
	/* All of the parent's can be given back here, and is not the parent's */
	ASYNC_WAIT_CTX_free(ctx);
	async_session_close(session);
	async_queue_close(queue);
	return work_on_own();
}

Test(prefork, both_go_on)
{
	submit(COUNT);
	guest_child(go_on_in_the_child, NULL);
	op_drain(queue);
	collect(COUNT);
	submit(COUNT);
	op_drain(queue);
	collect(COUNT);
}

/* Opened before the workers were there, each of whom then has its own */
Test(prefork, server)
{
	struct async_session *bound;
	pid_t workers[WORKERS];
	int status, i;

	cr_assert_eq(async_bind_session(queue, ctx, &bound), 0);
	cr_assert_eq(async_poller_start(queue), 0);
	for (i = 0; i < WORKERS; i++) {
		workers[i] = fork();
		if (!workers[i])
			_exit(go_on_in_the_child(NULL));
		cr_assert_gt(workers[i], 0);
	}
	async_session_set_callback(session, on_done, &calls);
	submit(COUNT);
	for (i = 0; i < WORKERS; i++) {
		cr_assert_eq(waitpid(workers[i], &status, 0), workers[i]);
		cr_assert_eq(status, 0, "worker %d: %x", i, status);
	}
	guest_wait((uint32_t *)&calls, COUNT);
	collect(COUNT);
}

static int pause_in_a_job(void *arg)
{
	(void)arg;
	return async_job_run(queue, &nop);
}

/* A job that was paused before the fork */
struct paused {
	ASYNC_JOB *job;
	int ret;
};

static int resume(struct paused *paused)
{
	return ASYNC_start_job(&paused->job, ctx, &paused->ret, pause_in_a_job,
			       NULL, 0);
}

static int resume_in_the_child(void *arg)
{
	struct paused *paused = arg;

	if (resume(paused) != ASYNC_FINISH)
		return 1;
	return paused->ret == -EPERM ? work_on_own() : 2;
}

/* A job that was paused at the fork ends with the error in the child */
Test(prefork, job)
{
	struct paused paused = { NULL };
	int status;

	cr_assert_eq(resume(&paused), ASYNC_PAUSE);
	guest_child(resume_in_the_child, &paused);
	do {
		op_drain(queue);
		status = resume(&paused);
	} while (status == ASYNC_PAUSE);
	cr_assert_eq(status, ASYNC_FINISH);
	cr_assert_eq(paused.ret, 0);
}

static atomic_bool ended;

/* Children that come from another thread, at any moment of the submitter's */
static void *fork_again_and_again(void *arg)
{
	intptr_t *failed = arg;
	int i, status;
	pid_t pid;

	for (i = 0; i < FORKS && !*failed; i++) {
		pid = fork();
		if (!pid)
			_exit(go_on_in_the_child(NULL));
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			*failed = 1 + status;
	}
	atomic_store(&ended, true);
	return NULL;
}

Test(prefork, by_another_thread)
{
	unsigned int sent = 0;
	intptr_t failed = 0;
	pthread_t thread;

	async_session_set_callback(session, on_done, &calls);
	cr_assert_eq(async_poller_start(queue), 0);
	pthread_create(&thread, NULL, fork_again_and_again, &failed);
	while (!atomic_load(&ended)) {
		submit(COUNT);
		sent += COUNT;
		guest_wait((uint32_t *)&calls, sent);
		collect(COUNT);
	}
	pthread_join(thread, NULL);
	cr_assert_eq(failed, 0, "a child's status was %x",
		     (unsigned int)failed - 1);
	cr_assert_eq(atomic_load(&calls), sent);
}
