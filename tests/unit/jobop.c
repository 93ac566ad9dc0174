// SPDX-License-Identifier: MIT
/* Operations that know about jobs: in a job, outside, blocked, full, failing. */
#include <semaphore.h>

#include <libasync/bind.h>
#include <libasync/job.h>
#include <libasync/poller.h>

#include "ops.h"

#define JOBS	6
#define ROUNDS	500

static ASYNC_WAIT_CTX *ctx;
static ASYNC_JOB *job;
static int ret;

static void setup_jobs(void)
{
	setup();
	dev->idle = true;
	ctx = ASYNC_WAIT_CTX_new();
}

static void teardown_jobs(void)
{
	ASYNC_WAIT_CTX_free(ctx);
	teardown();
	ASYNC_cleanup_thread();
}

TestSuite(jobop, .init = setup_jobs, .fini = teardown_jobs, .timeout = 120);

/* An operation of each kind. */

static int do_cipher(void)
{
	return async_job_cipher(queue, &cbc, CRYPTOSIM_OP_ENCRYPT, iv, text,
				out, 96);
}

static int do_aead(void)
{
	return async_job_aead(queue, &gcm, CRYPTOSIM_OP_ENCRYPT, iv, aad, 13,
			      text, out, 100, tag);
}

static int do_hash(void)
{
	return async_job_hash(queue, &sha, text, 100, out);
}

static int do_mac(void)
{
	return async_job_mac(queue, &sha, text, 100, out);
}

static int do_nop(void)
{
	return async_job_run(queue, &nop);
}

static int (*const kinds[])(void) = {
	do_cipher, do_aead, do_hash, do_mac, do_nop,
};

#define KINDS (sizeof(kinds) / sizeof(*kinds))

/* What the same operation gives by the plain way. */
static int plainly(unsigned int kind, uint8_t *result, uint8_t *result_tag)
{
	struct async_op op = kind == 0 ? cbc_op() : kind == 1 ? gcm_op() :
			     kind == 4 ? nop : sha_op();
	bool idle = dev->idle;
	int n;

	dev->idle = false;
	memset(out, 0, sizeof(out));
	memset(tag, 0, sizeof(tag));
	n = run(&op);
	dev->idle = idle;
	memcpy(result, out, sizeof(out));
	memcpy(result_tag, tag, sizeof(tag));
	memset(out, 0, sizeof(out));
	memset(tag, 0, sizeof(tag));
	return n;
}

static int in_job(void *arg)
{
	return (*(int (**)(void))arg)();
}

static int start(ASYNC_JOB **which, int (*func)(void))
{
	return ASYNC_start_job(which, ctx, &ret, in_job, &func, sizeof(func));
}

static int resume(ASYNC_JOB **which)
{
	return ASYNC_start_job(which, NULL, &ret, NULL, NULL, 0);
}

static void status_is(int status)
{
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), status, "status %d",
		     ASYNC_WAIT_CTX_get_status(ctx));
}

Test(jobop, outside_a_job_it_waits)
{
	uint8_t want[sizeof(out)], want_tag[sizeof(tag)];
	unsigned int i;
	int n;

	for (i = 0; i < KINDS; i++) {
		n = plainly(i, want, want_tag);
		dev->idle = false;
		cr_assert_eq(kinds[i](), n);
		cr_assert_arr_eq(out, want, sizeof(out));
		cr_assert_arr_eq(tag, want_tag, sizeof(tag));
	}
	status_is(ASYNC_STATUS_UNSUPPORTED);
}

Test(jobop, in_a_job_it_pauses)
{
	uint8_t want[sizeof(out)], want_tag[sizeof(tag)];
	unsigned int i, k;
	int n;

	for (i = 0; i < KINDS; i++) {
		n = plainly(i, want, want_tag);
		ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_UNSUPPORTED);
		cr_assert_eq(start(&job, kinds[i]), ASYNC_PAUSE);
		status_is(ASYNC_STATUS_OK);
		/* A pause that returns is not the end */
		for (k = 0; k < 5; k++)
			cr_assert_eq(resume(&job), ASYNC_PAUSE);
		cr_assert_eq(fakedev_run(dev, 1), 1);
		cr_assert_eq(resume(&job), ASYNC_FINISH);
		cr_assert_eq(ret, n);
		cr_assert_arr_eq(out, want, sizeof(out));
		cr_assert_arr_eq(tag, want_tag, sizeof(tag));
	}
	cr_assert_eq(dev->waits, KINDS, "a job waited");
}

Test(jobop, one_fd_says_when)
{
	struct async_session *bound;
	size_t n = 0;
	int fd;

	cr_assert_eq(start(&job, do_nop), ASYNC_PAUSE);
	cr_assert_eq(ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n), 1);
	cr_assert_eq(n, 1);
	ASYNC_WAIT_CTX_get_all_fds(ctx, &fd, &n);
	async_bind_session(queue, ctx, &bound);
	cr_assert_eq(fd, async_session_fd(bound));
	fakedev_run(dev, 1);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(start(&job, do_nop), ASYNC_PAUSE);
	ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n);
	cr_assert_eq(n, 1);
}

Test(jobop, jobs_share_a_wait_ctx)
{
	ASYNC_JOB *jobs[JOBS] = { NULL };
	int i;

	dev->backwards = true;
	for (i = 0; i < JOBS; i++)
		cr_assert_eq(start(&jobs[i], kinds[i % KINDS]), ASYNC_PAUSE);
	fakedev_run(dev, JOBS / 2);
	for (i = JOBS - 1; i >= 0; i--)
		cr_assert_eq(resume(&jobs[i]), i < JOBS / 2 ? ASYNC_FINISH :
			     ASYNC_PAUSE);
	fakedev_run(dev, JOBS);
	for (i = JOBS / 2; i < JOBS; i++)
		cr_assert_eq(resume(&jobs[i]), ASYNC_FINISH);
}

Test(jobop, without_a_wait_ctx_it_waits)
{
	int (*func)(void) = do_cipher;

	dev->idle = false;
	cr_assert_eq(ASYNC_start_job(&job, NULL, &ret, in_job, &func,
				     sizeof(func)), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
}

/* Fills the ring, or the table of requests. */
static void fill(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		cr_assert_eq(async_prepare(queue, &nop, 1, &requests[i]), 1);
		async_submit(queue);
		if (n > SQ)
			fakedev_run(dev, 1);
	}
}

Test(jobop, full_ring)
{
	fill(SQ);
	cr_assert_eq(start(&job, do_cipher), ASYNC_PAUSE);
	status_is(ASYNC_STATUS_EAGAIN);
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	status_is(ASYNC_STATUS_EAGAIN);
	fakedev_run(dev, SQ);
	/* It reaps, and asks for what is then there: word of that is on its way */
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	status_is(ASYNC_STATUS_EAGAIN);
	fakedev_run(dev, 1);
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	status_is(ASYNC_STATUS_OK);
	fakedev_run(dev, 1);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
}

Test(jobop, full_outside_a_job)
{
	unsigned int i;

	/* It waits for what can make room */
	dev->idle = false;
	fill(SQ);
	cr_assert_eq(do_cipher(), 96);
	for (i = 0; i < SQ; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
	/* and not for what can't: others have to collect */
	fill(CQ);
	cr_assert_eq(do_cipher(), -EAGAIN);
	cr_assert_eq(async_collect(requests[3]), 0);
	cr_assert_eq(do_cipher(), 96);
}

static int blocked(void)
{
	int n;

	ASYNC_block_pause();
	n = do_cipher();
	ASYNC_unblock_pause();
	return n;
}

/* Here the device executes only while somebody waits: who spins, spins on. */
Test(jobop, blocked_it_waits)
{
	dev->idle = false;
	cr_assert_eq(start(&job, blocked), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
	cr_assert_eq(dev->waits, 1);
}

Test(jobop, blocked_and_full)
{
	dev->idle = false;
	fill(SQ);
	cr_assert_eq(start(&job, blocked), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
	/* For what makes room, for word of it, and for its own */
	cr_assert_leq(dev->waits, 3);
}

static void *collect_one(void *arg)
{
	/* Once the job has tried, and has found no room */
	while (ASYNC_WAIT_CTX_get_status(ctx) != ASYNC_STATUS_EAGAIN)
		;
	cr_assert_eq(async_collect(requests[0]), 0);
	return arg;
}

/* What makes room is another thread's to do. */
Test(jobop, blocked_with_nothing_outstanding)
{
	pthread_t thread;

	dev->idle = false;
	fill(CQ);
	async_reap(queue);
	pthread_create(&thread, NULL, collect_one, NULL);
	cr_assert_eq(start(&job, blocked), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
	pthread_join(thread, NULL);
}

/* Failures. */

static int do_bad(void)
{
	return async_job_cipher(queue, &cbc, CRYPTOSIM_OP_DIGEST, iv, text, out,
				96);
}

Test(jobop, bad_operation)
{
	cr_assert_eq(do_bad(), -EINVAL);
	cr_assert_eq(start(&job, do_bad), ASYNC_FINISH);
	cr_assert_eq(ret, -EINVAL);
	status_is(ASYNC_STATUS_ERR);
}

static int do_forged(void)
{
	memset(tag, 0xff, sizeof(tag));
	return async_job_aead(queue, &gcm, CRYPTOSIM_OP_DECRYPT, iv, aad, 13,
			      text, out, 100, tag);
}

Test(jobop, wrong_tag)
{
	cr_assert_eq(start(&job, do_forged), ASYNC_PAUSE);
	fakedev_run(dev, 1);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(ret, -EBADMSG);
}

Test(jobop, queue_at_its_end)
{
	dev->fail = -ESHUTDOWN;
	cr_assert_eq(do_cipher(), -ESHUTDOWN);
	dev->fail = 0;
	cr_assert_eq(start(&job, do_cipher), ASYNC_PAUSE);
	dev->fail = -ESHUTDOWN;
	while (job)
		resume(&job);
	cr_assert_eq(ret, -ESHUTDOWN);
	status_is(ASYNC_STATUS_ERR);
	dev->fail = 0;
}

/* The request is given up, and its place comes back. */
Test(jobop, abandoned)
{
	int round;

	for (round = 0; round < 3 * CQ; round++) {
		job = NULL;
		cr_assert_eq(start(&job, do_cipher), ASYNC_PAUSE);
		ASYNC_WAIT_CTX_free(ctx);
		ctx = ASYNC_WAIT_CTX_new();
		memset(out, 0, sizeof(out));
		cr_assert_eq(fakedev_run(dev, 1), 1);
		async_reap(queue);
		cr_assert_eq(out[0], 0);
	}
}

/* Callbacks. */

static atomic_uint calls;
static sem_t called;

static int count(void *arg)
{
	(void)arg;
	cr_assert_eq(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
	atomic_fetch_add(&calls, 1);
	sem_post(&called);
	return 1;
}

/* The device completes within the doorbell, and another thread reaps it. */
static void *reap(void *arg)
{
	fakedev_run(dev, 1);
	async_reap(queue);
	return arg;
}

static void complete_at_once(struct fakedev *where,
			     const struct cryptosim_doorbell *bell)
{
	pthread_t thread;

	(void)where;
	(void)bell;
	pthread_create(&thread, NULL, reap, NULL);
	pthread_join(thread, NULL);
}

/* Called back between its submission and its pause: it is not lost. */
Test(jobop, callback_before_the_pause)
{
	ASYNC_WAIT_CTX_set_callback(ctx, count, NULL);
	dev->on_doorbell = complete_at_once;
	cr_assert_eq(start(&job, do_cipher), ASYNC_FINISH);
	cr_assert_eq(ret, 96);
	cr_assert_eq(calls, 1);
}

/* As an application does it: a call back for each pause, a resume for each. */
Test(jobop, callbacks_from_a_poller)
{
	unsigned int i, pauses = 0, done = 0;

	sem_init(&called, 0, 0);
	ASYNC_WAIT_CTX_set_callback(ctx, count, NULL);
	cr_assert_eq(async_poller_start(queue), 0);
	fakedev_start(dev);
	for (i = 0; i < ROUNDS; i++) {
		start(&job, kinds[i % KINDS]);
		do {
			cr_assert_eq(sem_wait(&called), 0);
			if (!job)
				break;
			pauses++;
		} while (resume(&job) != ASYNC_FINISH);
		done++;
	}
	cr_assert_eq(done, ROUNDS);
	cr_assert_eq(calls, ROUNDS, "%u calls, %u pauses", calls, pauses);
	async_poller_stop(queue);
	fakedev_stop(dev);
}
