// SPDX-License-Identifier: MIT
/*
 * Children, threads, devices that come and go, and rings that are full: who has
 * a queue, for how long, and what becomes of operations without one.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "work.h"

TestSuite(lifetimes, .init = setup, .fini = teardown, .timeout = 120);

static int encrypt_in_child(void *arg)
{
	struct work *work = arg;

	harness_run(encrypt, work);
	if (memcmp(work->out, expected, LEN))
		return 1;
	/* Its own counts, not the parent's */
	if (offloaded() != 1)
		return 2;
	return 0;
}

/* Children have queues of their own: before there was one, and after. */
Test(lifetimes, children)
{
	static struct work work;

	guest_load("");
	prepare(&work);
	guest_child(encrypt_in_child, &work);
	EVP_CIPHER_CTX_free(work.ctx);
	prepare(&work);
	cr_expect_gt(harness_run(encrypt, &work), 0);
	finish(&work);
	/* With a context that had a key on the parent's queue */
	prepare(&work);
	cr_expect_gt(harness_run(encrypt, &work), 0);
	EVP_CIPHER_CTX_free(work.ctx);
	prepare(&work);
	guest_child(encrypt_in_child, &work);
	EVP_CIPHER_CTX_free(work.ctx);
	prepare(&work);
	cr_expect_gt(harness_run(encrypt, &work), 0);
	finish(&work);
	cr_expect_eq(offloaded(), 3);
}

static int resume_in_child(void *arg)
{
	ASYNC_WAIT_CTX *ctx = arg;
	struct harness_job job = { .ctx = ctx };
	static struct work work;

	prepare(&work);
	while (harness_start(&job, encrypt, &work))
		harness_wait(&job);
	if (memcmp(work.out, expected, LEN) || offloaded() != 1)
		return 1;
	ASYNC_WAIT_CTX_free(ctx);
	EVP_CIPHER_CTX_free(work.ctx);
	return harness_sessions() ? 2 : 0;
}

/* A child inherits a wait ctx: it still has one fd there, and not the parent's. */
Test(lifetimes, child_with_the_parents_wait_ctx)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;
	int i;

	guest_load("");
	for (i = 0; i < 2; i++) {
		prepare(&work);
		while (harness_start(&job, encrypt, &work))
			harness_wait(&job);
		finish(&work);
		if (!i)
			guest_child(resume_in_child, job.ctx);
	}
	cr_expect_eq(offloaded(), 2);
	cr_expect_eq(harness_sessions(), 1);
	ASYNC_WAIT_CTX_free(job.ctx);
}

static void *run_in_thread(void *arg)
{
	struct harness_job *job = arg;
	struct work work;

	prepare(&work);
	while (harness_start(job, encrypt, &work))
		harness_wait(job);
	finish(&work);
	return NULL;
}

static void in_thread(struct harness_job *job)
{
	pthread_t thread;

	cr_assert_eq(pthread_create(&thread, NULL, run_in_thread, job), 0);
	cr_assert_eq(pthread_join(thread, NULL), 0);
}

/*
 * A wait ctx that goes from thread to thread keeps its fd and its queue, though
 * the thread that opened that is gone; the last of both takes the queue along.
 */
Test(lifetimes, wait_ctx_moves_between_threads)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	int fd;

	guest_load("");
	in_thread(&job);
	fd = harness_fd(job.ctx);
	in_thread(&job);
	run_in_thread(&job);
	cr_expect_eq(harness_fd(job.ctx), fd);
	cr_expect_eq(offloaded(), 3);
	cr_expect_eq(harness_queues(), 1);
	ASYNC_WAIT_CTX_free(job.ctx);
	guest_queues_gone(0);
}

/* Threads come and go without leaving queues behind. */
Test(lifetimes, threads_end)
{
	struct harness_job job;
	int i;

	guest_load("");
	for (i = 0; i < 5; i++) {
		job = (struct harness_job) { .ctx = ASYNC_WAIT_CTX_new() };
		in_thread(&job);
		ASYNC_WAIT_CTX_free(job.ctx);
	}
	cr_expect_eq(offloaded(), 5);
	guest_queues_gone(0);
}

/* The provider goes before a wait ctx that it had entered its fd in. */
Test(lifetimes, provider_ends_before_the_wait_ctx)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;
	char byte = 0;

	guest_load("");
	cr_assert_eq(pipe(call_pipe), 0);
	ASYNC_WAIT_CTX_set_callback(job.ctx, on_done, &byte);
	prepare(&work);
	while (harness_start(&job, encrypt, &work))
		cr_assert_eq(read(call_pipe[0], &byte, 1), 1);
	finish(&work);
	close_provider();
	/* It comes again: the same ctx has one fd all the same */
	open_provider(NULL);
	ASYNC_WAIT_CTX_set_callback(job.ctx, NULL, NULL);
	run_in_thread(&job);
	cr_expect_eq(offloaded(), 2);
	ASYNC_WAIT_CTX_free(job.ctx);
	cr_expect_eq(harness_sessions(), 0);
	close_provider();
	guest_queues_gone(0);
}

/* No module: software. The module comes: the device, without a restart. */
Test(lifetimes, device_appears)
{
	static struct work work;
	unsigned int pauses = 0;

	prepare(&work);
	cr_expect_eq(harness_run(encrypt, &work), 0);
	finish(&work);
	cr_expect_eq(harness_count(NULL, OUTCOME_NO_DEVICE), 1);
	guest_load("");
	/* It is looked for a few times a second, however much there is to do */
	while (!pauses) {
		prepare(&work);
		pauses = harness_run(encrypt, &work);
		finish(&work);
	}
	cr_expect_eq(offloaded(), 1);
}

static int as_nobody(void *arg)
{
	struct work *work = arg;

	if (setgid(65534) || setuid(65534))
		return 1;
	if (harness_run(encrypt, work))
		return 2;
	if (memcmp(work->out, expected, LEN))
		return 3;
	return 0;
}

/* No permission for the node: software. */
Test(lifetimes, no_permission)
{
	static struct work work;

	guest_load("");
	prepare(&work);
	guest_child(as_nobody, &work);
	EVP_CIPHER_CTX_free(work.ctx);
}

/* More than a queue of the provider's has keys */
#define MANY_KEYS	33000u

static int encrypt_many(void *arg)
{
	unsigned int count = *(const unsigned int *)arg;
	uint8_t block[16] = { 0 };
	EVP_CIPHER_CTX *ctx;
	int n, good = 1;

	while (count-- && good) {
		ctx = new_ctx(cipher);
		good = EVP_EncryptUpdate(ctx, block, &n, block, sizeof(block));
		EVP_CIPHER_CTX_free(ctx);
	}
	return good;
}

/* Each context has a key on the device, until it ends. */
Test(lifetimes, keys_come_back)
{
	unsigned int count = guest_rounds(MANY_KEYS);

	close_provider();
	open_provider("threshold = 0");
	guest_load("");
	cr_expect_gt(harness_run(encrypt_many, &count), 0);
	cr_expect_eq(offloaded(), count);
}

/* More jobs than the ring has room for: the rest is software's, and counted. */
Test(lifetimes, ring_full)
{
	static struct harness_job jobs[16];
	static struct work works[16];
	int i, paused = 0;
	size_t n;

	close_provider();
	open_provider("depth = 4");
	guest_load(SLOW);
	for (i = 0; i < 16; i++) {
		jobs[i].ctx = ASYNC_WAIT_CTX_new();
		prepare(&works[i]);
		if (harness_start(&jobs[i], encrypt, &works[i])) {
			paused++;
			continue;
		}
		cr_expect_eq(ASYNC_WAIT_CTX_get_status(jobs[i].ctx),
			     ASYNC_STATUS_UNSUPPORTED);
		/* An application that was not paused knows of no fd */
		cr_expect_eq(ASYNC_WAIT_CTX_get_all_fds(jobs[i].ctx, NULL, &n),
			     1);
		cr_expect_eq(n, 0);
	}
	cr_expect_gt(paused, 0);
	cr_expect_lt(paused, 16);
	cr_expect_eq(harness_count(NULL, OUTCOME_FULL), 16 - paused);
	for (i = 0; i < 16; i++) {
		while (jobs[i].job) {
			harness_wait(&jobs[i]);
			harness_start(&jobs[i], encrypt, &works[i]);
		}
		finish(&works[i]);
		ASYNC_WAIT_CTX_free(jobs[i].ctx);
	}
	cr_expect_eq(offloaded(), paused);
}

/* The device ends the queue: software, then another queue. One fd, still. */
Test(lifetimes, queue_is_stopped)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;

	guest_load("");
	run_in_thread(&job);
	stop_queue();
	prepare(&work);
	while (harness_start(&job, encrypt, &work))
		harness_wait(&job);
	finish(&work);
	cr_expect_eq(harness_count(NULL, OUTCOME_NO_DEVICE), 1);
	run_in_thread(&job);
	cr_expect_eq(offloaded(), 2);
	ASYNC_WAIT_CTX_free(job.ctx);
}

/* What a job waits for is not taken from it: others go on in software. */
Test(lifetimes, stopped_while_a_job_waits)
{
	struct harness_job first = { .ctx = ASYNC_WAIT_CTX_new() };
	struct harness_job other = { .ctx = first.ctx };
	static struct work work, others;
	int fd, i;

	guest_load(SLOW);
	prepare(&work);
	cr_assert(harness_start(&first, encrypt, &work));
	fd = harness_fd(first.ctx);
	stop_queue();
	/* One finds out, and the next one would have another queue */
	for (i = 0; i < 2; i++) {
		prepare(&others);
		cr_expect_not(harness_start(&other, encrypt, &others));
		finish(&others);
	}
	cr_expect_eq(harness_fd(first.ctx), fd);
	while (harness_start(&first, encrypt, &work))
		harness_wait(&first);
	finish(&work);
	cr_expect_eq(offloaded(), 1);
	run_in_thread(&first);
	cr_expect_eq(offloaded(), 2);
	ASYNC_WAIT_CTX_free(first.ctx);
}

/* A value that is wrong is named, though OpenSSL keeps that to itself. */
static void expect_refused(const char *section, const char *want)
{
	OSSL_LIB_CTX *other = OSSL_LIB_CTX_new();
	char path[64], text[512] = "";
	int err[2], saved = dup(2);

	harness_config(section, path, sizeof(path));
	cr_assert_eq(pipe(err), 0);
	dup2(err[1], 2);
	OSSL_LIB_CTX_load_config(other, path);
	dup2(saved, 2);
	close(saved);
	close(err[1]);
	cr_expect_eq(OSSL_PROVIDER_available(other, "cryptosim"), 0, "%s",
		     section);
	cr_assert_geq(read(err[0], text, sizeof(text) - 1), 0);
	cr_expect(strstr(text, want), "\"%s\" is not in \"%s\"", want, text);
	close(err[0]);
	unlink(path);
	OSSL_LIB_CTX_free(other);
}

Test(lifetimes, bad_values_are_named)
{
	expect_refused("threshold = many", "threshold = many");
	expect_refused("threshold = -1", "threshold = -1");
	expect_refused("threshold = 1048577", "0 to 1048576");
	expect_refused("depth = 0", "depth = 0: say a number from 1 to 4096");
	expect_refused("device = 64", "device = 64");
	expect_refused("notification = sms", "say auto or fd");
	expect_refused("fallback = hope", "say software or error");
	expect_refused("full = spin", "say software or wait");
	expect_refused("summary = maybe", "say no or yes");
}
