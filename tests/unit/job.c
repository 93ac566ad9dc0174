// SPDX-License-Identifier: MIT
/*
 * ASYNC_JOB, line by line of its behaviour: what OpenSSL does, exactly. The
 * same file is run against libcrypto, too: as unit/job-libcrypto.
 */
#include <errno.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "jobs.h"

#define UNTOUCHED	(-77)	/* an output's value before the call */

/* The interface: values and types of the man page. */

_Static_assert(ASYNC_ERR == 0 && ASYNC_NO_JOBS == 1 && ASYNC_PAUSE == 2 &&
	       ASYNC_FINISH == 3, "what OpenSSL's header has");

#define HAS_TYPE(what, ...) _Static_assert(__builtin_types_compatible_p( \
	__VA_ARGS__, __typeof__(what)), "not the man page's: " #what)

HAS_TYPE(ASYNC_is_capable, int (void));
HAS_TYPE(ASYNC_init_thread, int (size_t, size_t));
HAS_TYPE(ASYNC_cleanup_thread, void (void));
HAS_TYPE(ASYNC_pause_job, int (void));
HAS_TYPE(*ASYNC_get_current_job(), ASYNC_JOB);
HAS_TYPE(*ASYNC_get_wait_ctx(NULL), ASYNC_WAIT_CTX);
HAS_TYPE(ASYNC_block_pause, void (void));
HAS_TYPE(ASYNC_unblock_pause, void (void));

static ASYNC_WAIT_CTX *ctx;
static int ret = UNTOUCHED;
static int step;

static void setup(void)
{
	ctx = ASYNC_WAIT_CTX_new();
	cr_assert_not_null(ctx);
}

static void teardown(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	ASYNC_cleanup_thread();
}

TestSuite(job, .init = setup, .fini = teardown, .timeout = 60);
TestSuite(job_slow, .init = setup, .fini = teardown, .timeout = 60);

/* Of the man page's type, or it did not compile. */
static int (*start_job)(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
			int (*func)(void *arg), void *args, size_t size) =
	ASYNC_start_job;

static int start(ASYNC_JOB **job, int (*func)(void *), void *args, size_t size)
{
	return start_job(job, ctx, &ret, func, args, size);
}

static int resume(ASYNC_JOB **job)
{
	return ASYNC_start_job(job, NULL, &ret, NULL, NULL, 0);
}

/* Pauses @arg times. */
static int pause_times(void *arg)
{
	int n = *(int *)arg;

	for (step = 0; step < n; step++)
		cr_assert_eq(ASYNC_pause_job(), 1);
	return 42;
}

JOB_TEST(job, finishes)
{
	ASYNC_JOB *job = NULL;
	int n = 0;

	cr_assert_eq(ASYNC_is_capable(), 1);
	cr_assert_eq(start(&job, pause_times, &n, sizeof(n)), ASYNC_FINISH);
	cr_assert_null(job);
	cr_assert_eq(ret, 42);
}

JOB_TEST(job, pauses_and_resumes)
{
	ASYNC_JOB *job = NULL, *first;
	int n = 3, i;

	cr_assert_eq(start(&job, pause_times, &n, sizeof(n)), ASYNC_PAUSE);
	first = job;
	cr_assert_not_null(first);
	for (i = 0; i < 3; i++) {
		cr_assert_eq(step, i);
		cr_assert_eq(ret, UNTOUCHED);
		cr_assert_eq(job, first);
		cr_assert_null(ASYNC_get_current_job());
		cr_assert_eq(resume(&job), i < 2 ? ASYNC_PAUSE : ASYNC_FINISH);
	}
	cr_assert_null(job);
	cr_assert_eq(ret, 42);
}

static int see_handle(void *arg)
{
	/* The first time it is written when the job pauses */
	cr_assert_null(**(ASYNC_JOB ***)arg);
	ASYNC_pause_job();
	cr_assert_eq(**(ASYNC_JOB ***)arg, ASYNC_get_current_job());
	return 1;
}

JOB_TEST(job, the_handle_is_written_at_the_pause)
{
	ASYNC_JOB *job = NULL, **where = &job;

	cr_assert_eq(start(&job, see_handle, &where, sizeof(where)),
		     ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

/* The bytes that the job got, at an address of their own, over a pause. */
static int keep_args(void *arg)
{
	char *text = arg;

	cr_assert_eq((uintptr_t)arg % 16, 0);
	cr_assert_str_eq(text, "hello");
	ASYNC_pause_job();
	cr_assert_str_eq(text, "hello");
	text[0] = 'j';
	return 1;
}

JOB_TEST(job, args_are_copied)
{
	char text[] = "hello";
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, keep_args, text, sizeof(text)), ASYNC_PAUSE);
	strcpy(text, "other");
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_str_eq(text, "other");
}

static int is_null(void *arg)
{
	return !arg;
}

JOB_TEST(job, args_null)
{
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, is_null, NULL, 0), ASYNC_FINISH);
	/* and what was not copied is not there either */
	cr_assert_eq(start(&job, is_null, &ret, 0), ASYNC_FINISH);
	cr_assert_eq(ret, 1);
	cr_assert_eq(start(&job, is_null, NULL, 9), ASYNC_FINISH);
	cr_assert_eq(ret, 1);
}

static int be_current(void *arg)
{
	ASYNC_JOB *job = ASYNC_get_current_job();

	(void)arg;
	cr_assert_not_null(job);
	cr_assert_eq(ASYNC_get_wait_ctx(job), ctx);
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), job);
	cr_assert_eq(ASYNC_get_wait_ctx(job), ctx);
	return 1;
}

JOB_TEST(job, knows_itself)
{
	ASYNC_JOB *job = NULL;

	cr_assert_null(ASYNC_get_current_job());
	cr_assert_eq(start(&job, be_current, NULL, 0), ASYNC_PAUSE);
	cr_assert_null(ASYNC_get_current_job());
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_null(ASYNC_get_current_job());
}

JOB_TEST(job, pause_outside_a_job_does_nothing)
{
	cr_assert_eq(ASYNC_pause_job(), 1);
	ASYNC_block_pause();
	cr_assert_eq(ASYNC_pause_job(), 1);
}

JOB_TEST(job, three_share_a_wait_ctx)
{
	ASYNC_JOB *jobs[3] = { NULL };
	static const int order[] = { 2, 0, 1 };
	int n = 2, i, k;

	for (i = 0; i < 3; i++)
		cr_assert_eq(start(&jobs[i], pause_times, &n, sizeof(n)),
			     ASYNC_PAUSE);
	cr_assert_neq(jobs[0], jobs[1]);
	cr_assert_neq(jobs[1], jobs[2]);
	for (k = 0; k < 3; k++) {
		step = 0;
		cr_assert_eq(resume(&jobs[order[k]]), ASYNC_PAUSE);
		cr_assert_eq(resume(&jobs[order[k]]), ASYNC_FINISH);
		cr_assert_null(jobs[order[k]]);
	}
}

static int pause_blocked(void *arg)
{
	(void)arg;
	ASYNC_unblock_pause(); /* of nothing */
	ASYNC_block_pause();
	ASYNC_block_pause();
	cr_assert_eq(ASYNC_pause_job(), 1);
	ASYNC_unblock_pause();
	cr_assert_eq(ASYNC_pause_job(), 1);
	ASYNC_unblock_pause();
	step = 1;
	cr_assert_eq(ASYNC_pause_job(), 1);
	step = 2;
	return 1;
}

JOB_TEST(job, blocked_pauses)
{
	ASYNC_JOB *job = NULL;

	/* Outside a job it counts for nothing */
	ASYNC_block_pause();
	cr_assert_eq(start(&job, pause_blocked, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(step, 1);
	ASYNC_unblock_pause();
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

static int block(void *arg)
{
	(void)arg;
	ASYNC_block_pause();
	return 1;
}

/* The count is the thread's. */
JOB_TEST(job, a_block_outlives_its_job)
{
	ASYNC_JOB *job = NULL;
	int n = 1;

	cr_assert_eq(start(&job, block, NULL, 0), ASYNC_FINISH);
	cr_assert_eq(start(&job, pause_times, &n, sizeof(n)), ASYNC_FINISH);
	cr_assert_eq(start(&job, pause_blocked, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

/* The pool. */

JOB_TEST(job, pool_sizes)
{
	cr_assert_eq(ASYNC_init_thread(1, 2), 0);
	cr_assert_eq(ASYNC_init_thread(0, 1), 0);
	cr_assert_eq(ASYNC_init_thread(0, 0), 1);
	ASYNC_cleanup_thread();
	cr_assert_eq(ASYNC_init_thread(2, 2), 1);
	ASYNC_cleanup_thread();
	ASYNC_cleanup_thread();
}

/* Paused jobs count, finished ones are used again. */
JOB_TEST(job, pool_limit)
{
	ASYNC_JOB *jobs[3] = { NULL };
	int n = 1, i, round;

	cr_assert_eq(ASYNC_init_thread(2, 0), 1);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 3; i++)
			cr_assert_eq(start(&jobs[i], pause_times, &n,
					   sizeof(n)),
				     i < 2 ? ASYNC_PAUSE : ASYNC_NO_JOBS);
		cr_assert_null(jobs[2]);
		cr_assert_eq(resume(&jobs[0]), ASYNC_FINISH);
		cr_assert_eq(start(&jobs[2], pause_times, &n, sizeof(n)),
			     ASYNC_PAUSE);
		cr_assert_eq(resume(&jobs[1]), ASYNC_FINISH);
		cr_assert_eq(resume(&jobs[2]), ASYNC_FINISH);
	}
}

JOB_TEST(job, pool_begins_anew)
{
	ASYNC_JOB *jobs[2] = { NULL };
	int n = 1, round;

	for (round = 0; round < 3; round++) {
		cr_assert_eq(ASYNC_init_thread(1, round & 1), 1);
		cr_assert_eq(start(&jobs[0], pause_times, &n, sizeof(n)),
			     ASYNC_PAUSE);
		cr_assert_eq(start(&jobs[1], pause_times, &n, sizeof(n)),
			     ASYNC_NO_JOBS);
		cr_assert_eq(resume(&jobs[0]), ASYNC_FINISH);
		ASYNC_cleanup_thread();
	}
}

JOB_TEST(job, pool_has_no_limit_by_itself)
{
	ASYNC_JOB *jobs[200] = { NULL };
	int n = 1, i;

	for (i = 0; i < 200; i++)
		cr_assert_eq(start(&jobs[i], pause_times, &n, sizeof(n)),
			     ASYNC_PAUSE);
	for (i = 0; i < 200; i++)
		cr_assert_eq(resume(&jobs[i]), ASYNC_FINISH);
}

/* The period of the wait ctx ends with a pause that was one, and only then. */

static size_t added(void)
{
	size_t n_added, n_removed;

	ASYNC_WAIT_CTX_get_changed_fds(ctx, NULL, &n_added, NULL, &n_removed);
	return n_added;
}

static int add_fds(void *arg)
{
	static const char key;

	(void)arg;
	ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, 10, NULL, NULL);
	ASYNC_block_pause();
	ASYNC_pause_job();
	ASYNC_unblock_pause();
	cr_assert_eq(added(), 1);
	ASYNC_pause_job();
	cr_assert_eq(added(), 0);
	ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, 11, NULL, NULL);
	return 1;
}

JOB_TEST(job, the_period_ends_at_the_resume)
{
	ASYNC_JOB *job = NULL, *other = NULL;

	cr_assert_eq(start(&job, add_fds, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(added(), 1);
	cr_assert_eq(ASYNC_pause_job(), 1);
	cr_assert_eq(start(&other, is_null, NULL, 0), ASYNC_FINISH);
	cr_assert_eq(added(), 1);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(added(), 1);
}

/* The default library context is each job's own, and its starter's is back. */

static int use_libctx(void *arg)
{
	OSSL_LIB_CTX *own = *(OSSL_LIB_CTX **)arg;
	OSSL_LIB_CTX *global = OSSL_LIB_CTX_set0_default(own);

	ASYNC_pause_job();
	cr_assert_eq(OSSL_LIB_CTX_set0_default(NULL), own);
	ASYNC_pause_job();
	cr_assert_eq(OSSL_LIB_CTX_set0_default(global), own);
	ASYNC_pause_job();
	cr_assert_eq(OSSL_LIB_CTX_set0_default(own), global);
	return 1;
}

JOB_TEST(job, library_contexts)
{
	OSSL_LIB_CTX *own = OSSL_LIB_CTX_new(), *third = OSSL_LIB_CTX_new();
	OSSL_LIB_CTX *global = OSSL_LIB_CTX_set0_default(NULL);
	ASYNC_JOB *job = NULL;

	cr_assert_eq(start(&job, use_libctx, &own, sizeof(own)), ASYNC_PAUSE);
	cr_assert_eq(OSSL_LIB_CTX_set0_default(third), global);
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	cr_assert_eq(OSSL_LIB_CTX_set0_default(NULL), third);
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(OSSL_LIB_CTX_set0_default(global), third);
	OSSL_LIB_CTX_free(third);
	OSSL_LIB_CTX_free(own);
}

/* What belongs to the thread is shared. */
static int set_errno(void *arg)
{
	(void)arg;
	cr_assert_eq(errno, EDOM);
	errno = ERANGE;
	ASYNC_pause_job();
	cr_assert_eq(errno, EILSEQ);
	return 1;
}

JOB_TEST(job, shares_errno)
{
	ASYNC_JOB *job = NULL;

	errno = EDOM;
	cr_assert_eq(start(&job, set_errno, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(errno, ERANGE);
	errno = EILSEQ;
	cr_assert_eq(resume(&job), ASYNC_FINISH);
}

/* Each thread has jobs of its own; many, and over many pauses. */

static int be_any(void *arg)
{
	ASYNC_JOB *job = ASYNC_get_current_job();

	(void)arg;
	ASYNC_pause_job();
	cr_assert_eq(ASYNC_get_current_job(), job);
	return 1;
}

static void *run_many(void *arg)
{
	ASYNC_WAIT_CTX *own = ASYNC_WAIT_CTX_new();
	ASYNC_JOB *jobs[8] = { NULL };
	int finished = 0, i, got;

	(void)arg;
	for (i = 0; finished < 1000; i++) {
		if (ASYNC_start_job(&jobs[i % 8], own, &got, be_any, NULL, 0) ==
		    ASYNC_FINISH)
			finished += got;
	}
	for (i = 0; i < 8; i++)
		while (jobs[i])
			ASYNC_start_job(&jobs[i], own, &got, NULL, NULL, 0);
	ASYNC_WAIT_CTX_free(own);
	ASYNC_cleanup_thread();
	return NULL;
}

JOB_TEST(job, threads)
{
	pthread_t threads[3];
	int i;

	for (i = 0; i < 3; i++)
		pthread_create(&threads[i], NULL, run_many, NULL);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}
