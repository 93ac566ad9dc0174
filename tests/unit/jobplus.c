// SPDX-License-Identifier: MIT
/*
 * Jobs where OpenSSL crashes, hangs or leaks and this library answers: jobs in
 * jobs, the wrong thread, NULL, wait ctxs that are freed under paused jobs, and
 * threads that end with jobs in hand. What is freed is seen by the functions of
 * ASYNC_set_mem_functions(), which count stacks.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <libasync/job.h>

#include "jobs.h"

#define UNTOUCHED (-77)

static ASYNC_WAIT_CTX *ctx;
static int ret = UNTOUCHED;
static atomic_int stacks;
static atomic_size_t asked;

static void *count_alloc(size_t *num)
{
	atomic_fetch_add(&stacks, 1);
	atomic_store(&asked, *num);
	*num += 4096;
	return malloc(*num);
}

static void count_free(void *addr)
{
	atomic_fetch_sub(&stacks, 1);
	free(addr);
}

static void setup(void)
{
	/* What is freed is overwritten: a job that goes on there shows */
	mallopt(M_PERTURB, 0x5a);
	cr_assert_eq(ASYNC_set_mem_functions(count_alloc, count_free), 1);
	ctx = ASYNC_WAIT_CTX_new();
}

static void teardown(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	ASYNC_cleanup_thread();
	cr_assert_eq(stacks, 0, "%d stacks are left", stacks);
}

TestSuite(jobplus, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(jobplus_slow, .init = setup, .fini = teardown, .timeout = 60);

static int start(ASYNC_JOB **job, int (*func)(void *))
{
	return ASYNC_start_job(job, ctx, &ret, func, NULL, 0);
}

static int resume(ASYNC_JOB **job)
{
	return ASYNC_start_job(job, NULL, &ret, NULL, NULL, 0);
}

static int nothing(void *arg)
{
	(void)arg;
	return 1;
}

static int pause_once(void *arg)
{
	(void)arg;
	ASYNC_pause_job();
	return 1;
}

JOB_TEST(jobplus, null_is_an_error)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_start_job(NULL, ctx, &ret, nothing, NULL, 0),
		     ASYNC_ERR);
	cr_assert_eq(ASYNC_start_job(&job, ctx, NULL, nothing, NULL, 0),
		     ASYNC_ERR);
	cr_assert_eq(ASYNC_start_job(&job, ctx, &ret, NULL, NULL, 0),
		     ASYNC_ERR);
	cr_assert_null(ASYNC_get_wait_ctx(NULL));
	cr_assert_null(job);
	cr_assert_eq(ret, UNTOUCHED);
	ASYNC_get_mem_functions(NULL, NULL);
}

static int has_no_ctx(void *arg)
{
	(void)arg;
	cr_assert_null(ASYNC_get_wait_ctx(ASYNC_get_current_job()));
	ASYNC_pause_job();
	cr_assert_null(ASYNC_get_wait_ctx(ASYNC_get_current_job()));
	return 1;
}

JOB_TEST(jobplus, no_wait_ctx)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_start_job(&job, NULL, &ret, has_no_ctx, NULL, 0),
		     ASYNC_PAUSE);
	/* Those of a resume are not looked at */
	cr_assert_eq(ASYNC_start_job(&job, ctx, &ret, nothing, NULL, 0),
		     ASYNC_FINISH);
}

/* To the sanitizers: what is too much gets NULL, as it does elsewhere. */
#if defined(__SANITIZE_THREAD__)
const char *__tsan_default_options(void)
	__attribute__((no_sanitize("thread")));
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}
#elif defined(__SANITIZE_ADDRESS__)
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}
#endif

JOB_TEST(jobplus, too_many_args)
{
	char args[8] = "";
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_start_job(&job, ctx, &ret, nothing, args,
				     SIZE_MAX / 2), ASYNC_ERR);
	cr_assert_null(job);
}

/* Jobs in jobs. */

static ASYNC_JOB *outer, *inner;
static char trace[64];

static void say(char c)
{
	trace[strlen(trace)] = c;
}

static int run_inner(void *arg)
{
	ASYNC_JOB *own = ASYNC_get_current_job();

	(void)arg;
	say('a');
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), own);
	say('b');
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), own);
	say('c');
	return 7;
}

static int run_outer(void *arg)
{
	ASYNC_JOB *own = ASYNC_get_current_job();
	int got = UNTOUCHED;

	(void)arg;
	say('(');
	cr_assert_eq(ASYNC_start_job(&inner, ctx, &got, run_inner, NULL, 0),
		     ASYNC_PAUSE);
	cr_assert_eq(ASYNC_get_current_job(), own);
	cr_assert_neq(inner, own);
	say('|');
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), own);
	cr_assert_eq(resume(&inner), ASYNC_PAUSE);
	cr_assert_eq(ASYNC_get_current_job(), own);
	cr_assert_eq(ASYNC_start_job(&inner, NULL, &got, NULL, NULL, 0),
		     ASYNC_FINISH);
	cr_assert_eq(got, 7);
	say(')');
	return 8;
}

JOB_TEST(jobplus, nested)
{
	cr_assert_eq(start(&outer, run_outer), ASYNC_PAUSE);
	cr_assert_null(ASYNC_get_current_job());
	say('-');
	cr_assert_eq(resume(&outer), ASYNC_FINISH);
	cr_assert_eq(ret, 8);
	cr_assert_str_eq(trace, "(a|-bc)");
}

/* What was started in a job may be resumed outside it, and the reverse. */
JOB_TEST(jobplus, nested_and_resumed_elsewhere)
{
	cr_assert_eq(start(&outer, run_outer), ASYNC_PAUSE);
	cr_assert_eq(resume(&inner), ASYNC_PAUSE);
	cr_assert_eq(resume(&inner), ASYNC_FINISH);
	cr_assert_eq(start(&inner, run_inner), ASYNC_PAUSE);
	cr_assert_eq(resume(&outer), ASYNC_FINISH);
	cr_assert_str_eq(trace, "(a|bcabc)");
}

static int nest(void *arg)
{
	int depth = *(int *)arg, got, n = depth - 1;
	ASYNC_JOB *job = NULL, *own = ASYNC_get_current_job();

	if (!depth)
		return 0;
	cr_assert_eq(ASYNC_start_job(&job, ctx, &got, nest, &n, sizeof(n)),
		     n ? ASYNC_PAUSE : ASYNC_FINISH);
	cr_assert_eq(ASYNC_get_current_job(), own);
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), own);
	while (job)
		ASYNC_start_job(&job, NULL, &got, NULL, NULL, 0);
	return got + 1;
}

JOB_TEST(jobplus, nested_deep)
{
	ASYNC_JOB *job = NULL;
	int n = 50;

	cr_assert_eq(ASYNC_start_job(&job, ctx, &ret, nest, &n, sizeof(n)),
		     ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(ret, 50);
	cr_assert_eq(stacks, 51);
}

static int resume_itself(void *arg)
{
	ASYNC_JOB *job = arg ? outer : ASYNC_get_current_job();
	ASYNC_JOB *was = job;

	cr_assert_eq(resume(&job), ASYNC_ERR);
	cr_assert_eq(job, was);
	return 1;
}

static int start_one_that_resumes_this(void *arg)
{
	ASYNC_JOB *job = NULL;

	(void)arg;
	outer = ASYNC_get_current_job();
	return ASYNC_start_job(&job, ctx, &ret, resume_itself, "", 1);
}

JOB_TEST(jobplus, what_runs_cannot_be_resumed)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, resume_itself), ASYNC_FINISH);
	cr_assert_eq(start(&job, start_one_that_resumes_this), ASYNC_FINISH);
	cr_assert_eq(ret, ASYNC_FINISH);
}

static int block_outside(void *arg)
{
	ASYNC_JOB *job = NULL;
	int got;

	(void)arg;
	ASYNC_block_pause();
	/* Not the one in here */
	cr_assert_eq(ASYNC_start_job(&job, ctx, &got, pause_once, NULL, 0),
		     ASYNC_PAUSE);
	cr_assert_eq(ASYNC_pause_job(), 1);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	ASYNC_unblock_pause();
	ASYNC_pause_job();
	return 1;
}

JOB_TEST(jobplus, nested_and_blocked)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, block_outside), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

/* Wait ctxs that are freed. */

JOB_TEST(jobplus, freed_with_its_jobs_paused)
{
	ASYNC_JOB *jobs[4] = { NULL };
	int i;

	cr_assert_eq(ASYNC_init_thread(4, 0), 1);
	for (i = 0; i < 4; i++)
		cr_assert_eq(start(&jobs[i], i == 1 ? nothing : pause_once),
			     i == 1 ? ASYNC_FINISH : ASYNC_PAUSE);
	cr_assert_eq(resume(&jobs[2]), ASYNC_FINISH);
	ASYNC_WAIT_CTX_free(ctx);
	/* Their stacks begin anew */
	ctx = ASYNC_WAIT_CTX_new();
	for (i = 0; i < 4; i++) {
		jobs[i] = NULL;
		cr_assert_eq(start(&jobs[i], pause_once), ASYNC_PAUSE);
	}
	cr_assert_eq(stacks, 4);
	for (i = 0; i < 4; i++)
		cr_assert_eq(resume(&jobs[i]), ASYNC_FINISH);
}

static void look(ASYNC_WAIT_CTX *owner, const void *key, int fd, void *data)
{
	(void)owner;
	(void)fd;
	/* On the stack of the job, which is still there */
	cr_assert_eq(*(const int *)key, 4711);
	*(int *)data = 1;
}

static int lend_stack(void *arg)
{
	int number = 4711;

	ASYNC_WAIT_CTX_set_wait_fd(ctx, &number, 1, *(void **)arg, look);
	ASYNC_pause_job();
	return 1;
}

JOB_TEST(jobplus, cleaned_up_before_the_stack_is_gone)
{
	int seen = 0, *where = &seen;
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_start_job(&job, ctx, &ret, lend_stack, &where,
				     sizeof(where)), ASYNC_PAUSE);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	cr_assert_eq(seen, 1);
}

static int free_own_ctx(void *arg)
{
	(void)arg;
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	cr_assert_null(ASYNC_get_wait_ctx(ASYNC_get_current_job()));
	ASYNC_pause_job();
	return 1;
}

JOB_TEST(jobplus, freed_by_its_job)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, free_own_ctx), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

/* Threads. */

static void in_thread(void *(*func)(void *))
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, func, NULL), 0);
	cr_assert_eq(pthread_join(thread, NULL), 0);
}

static ASYNC_JOB *handed;

static void *resume_handed(void *arg)
{
	ASYNC_JOB *own = NULL, *was = handed;

	(void)arg;
	cr_assert_eq(resume(&handed), ASYNC_ERR);
	/* Also with a pool of its own */
	cr_assert_eq(ASYNC_start_job(&own, NULL, &ret, nothing, NULL, 0),
		     ASYNC_FINISH);
	cr_assert_eq(resume(&handed), ASYNC_ERR);
	cr_assert_eq(handed, was);
	return NULL;
}

JOB_TEST(jobplus, resumed_by_another_thread)
{
	cr_assert_eq(start(&handed, pause_once), ASYNC_PAUSE);
	in_thread(resume_handed);
	cr_assert_eq(resume(&handed), ASYNC_FINISH);
}

static void *free_ctx(void *arg)
{
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	return arg;
}

JOB_TEST(jobplus, freed_by_another_thread)
{
	ASYNC_JOB *jobs[3] = { NULL };
	int i, round;

	cr_assert_eq(ASYNC_init_thread(3, 0), 1);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++) {
			jobs[i] = NULL;
			cr_assert_eq(start(&jobs[i], pause_once), ASYNC_PAUSE);
		}
		in_thread(free_ctx);
		ctx = ASYNC_WAIT_CTX_new();
	}
	cr_assert_eq(stacks, 3);
}

static void *leave_all_kinds(void *arg)
{
	ASYNC_JOB *jobs[3] = { NULL };

	(void)arg;
	cr_assert_eq(ASYNC_init_thread(9, 4), 1);
	cr_assert_eq(start(&jobs[0], pause_once), ASYNC_PAUSE);
	cr_assert_eq(start(&jobs[1], pause_once), ASYNC_PAUSE);
	cr_assert_eq(ASYNC_start_job(&jobs[2], NULL, &ret, pause_once, NULL, 0),
		     ASYNC_PAUSE);
	handed = jobs[0];
	return NULL;
}

JOB_TEST(jobplus, thread_ends_with_jobs)
{
	in_thread(leave_all_kinds);
	/* Those with a wait ctx are still there, and nobody's to resume */
	cr_assert_eq(stacks, 2);
	cr_assert_eq(resume(&handed), ASYNC_ERR);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	cr_assert_eq(stacks, 0);
}

/* It gets its jobs back, and ends without having looked. */
static void *leave_returned(void *arg)
{
	leave_all_kinds(arg);
	in_thread(free_ctx);
	return NULL;
}

JOB_TEST(jobplus, thread_ends_with_jobs_returned)
{
	in_thread(leave_returned);
	cr_assert_eq(stacks, 0);
}

/* In TSan pthread_exit() refuses to work on any stack but the thread's own. */
#ifndef __SANITIZE_THREAD__

static int exit_thread(void *arg)
{
	pthread_exit(arg);
}

static int exit_from_nested(void *arg)
{
	ASYNC_JOB *job = NULL;

	(void)arg;
	ASYNC_start_job(&job, ctx, &ret, exit_thread, NULL, 0);
	return 1;
}

static void *exit_in_job(void *arg)
{
	ASYNC_JOB *job = NULL;

	(void)arg;
	ASYNC_start_job(&job, NULL, &ret, exit_from_nested, NULL, 0);
	return NULL;
}

JOB_TEST(jobplus, thread_ends_in_a_job)
{
	in_thread(exit_in_job);
	cr_assert_eq(stacks, 1);
	ASYNC_WAIT_CTX_free(ctx);
	ctx = NULL;
	cr_assert_eq(stacks, 0);
}

#endif

static void *use_once(void *arg)
{
	ASYNC_JOB *job = NULL;

	(void)arg;
	ASYNC_start_job(&job, NULL, &ret, nothing, NULL, 0);
	return NULL;
}

JOB_TEST(jobplus, thread_ends_without_cleanup)
{
	in_thread(use_once);
	cr_assert_eq(stacks, 0);
}

JOB_TEST(jobplus, cleanup_leaves_paused_jobs)
{
	ASYNC_JOB *jobs[3] = { NULL };
	int i;

	cr_assert_eq(ASYNC_init_thread(2, 2), 1);
	cr_assert_eq(start(&jobs[0], pause_once), ASYNC_PAUSE);
	ASYNC_cleanup_thread();
	cr_assert_eq(stacks, 1);
	/* No limit any more */
	for (i = 1; i < 3; i++)
		cr_assert_eq(start(&jobs[i], pause_once), ASYNC_PAUSE);
	for (i = 0; i < 3; i++)
		cr_assert_eq(resume(&jobs[i]), ASYNC_FINISH);
	cr_assert_eq(stacks, 3);
}

static int cleanup_in_job(void *arg)
{
	(void)arg;
	ASYNC_cleanup_thread();
	ASYNC_pause_job();
	ASYNC_cleanup_thread();
	return 1;
}

JOB_TEST(jobplus, cleanup_in_a_job)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, cleanup_in_job), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

JOB_TEST(jobplus, init_again)
{
	ASYNC_JOB *jobs[4] = { NULL };
	int i;

	cr_assert_eq(ASYNC_init_thread(3, 3), 1);
	cr_assert_eq(ASYNC_init_thread(2, 1), 1);
	cr_assert_eq(stacks, 3);
	for (i = 0; i < 4; i++)
		cr_assert_eq(start(&jobs[i], pause_once),
			     i < 3 ? ASYNC_PAUSE : ASYNC_NO_JOBS);
}

/* The memory of stacks. */

JOB_TEST(jobplus, mem_functions)
{
	ASYNC_stack_alloc_fn alloc = NULL;
	ASYNC_stack_free_fn release = NULL;
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_set_mem_functions(NULL, NULL), 1);
	ASYNC_get_mem_functions(&alloc, &release);
	cr_assert_eq(alloc, count_alloc);
	cr_assert_eq(release, count_free);
	cr_assert_eq(start(&job, nothing), ASYNC_FINISH);
	cr_assert_eq(stacks, 1);
	cr_assert_eq(asked, ASYNC_JOB_STACK_DEFAULT);
	cr_assert_eq(ASYNC_set_mem_functions(count_alloc, count_free), 0);
	ASYNC_cleanup_thread();
	cr_assert_eq(ASYNC_set_mem_functions(count_alloc, count_free), 0);
}

static void *no_alloc(size_t *num)
{
	(void)num;
	return NULL;
}

JOB_TEST(jobplus, no_memory)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(ASYNC_set_mem_functions(no_alloc, NULL), 1);
	cr_assert_eq(ASYNC_init_thread(5, 5), 1);
	cr_assert_eq(start(&job, nothing), ASYNC_NO_JOBS);
	cr_assert_null(job);
}
