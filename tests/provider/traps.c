// SPDX-License-Identifier: MIT
/*
 * What an asynchronous provider can get wrong within a thread: pauses that are
 * none, applications that free everything and never come back. Others are in
 * lifetimes.c.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <unistd.h>

#include "work.h"

TestSuite(traps, .init = setup, .fini = teardown, .timeout = 120);

/* Never CTR and ECB, which the random generator fetches, and no digest. */
Test(traps, what_is_not_offered)
{
	static const char *const names[] = {
		"AES-128-CTR", "AES-256-CTR", "AES-128-ECB", "AES-256-ECB",
	};
	EVP_CIPHER *found;
	EVP_MD *digest;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		found = EVP_CIPHER_fetch(libctx, names[i],
					 "provider=cryptosim");
		cr_expect_null(found, "%s", names[i]);
	}
	digest = EVP_MD_fetch(libctx, "SHA256", "provider=cryptosim");
	cr_expect_null(digest);
}

static int random_bytes(void *arg)
{
	return RAND_bytes_ex(libctx, arg, LEN, 0);
}

/* The random generator, with our ciphers preferred, is never paused. */
Test(traps, random_generator_does_not_pause)
{
	static uint8_t mem[LEN];

	guest_load("");
	cr_expect_eq(harness_run(random_bytes, mem), 0);
}

/* Output comes in the resumed job; the input may change after the pause. */
Test(traps, input_is_copied_and_output_comes_late)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static const uint8_t zeros[LEN];
	static struct work work;

	guest_load("");
	prepare(&work);
	cr_assert(harness_start(&job, encrypt, &work));
	memset(work.in, 0xff, LEN);
	harness_wait(&job);
	cr_expect_arr_eq(work.out, zeros, LEN);
	while (harness_start(&job, encrypt, &work))
		harness_wait(&job);
	cr_expect_eq(job.ret, 1);
	finish(&work);
	ASYNC_WAIT_CTX_free(job.ctx);
	cr_expect_eq(offloaded(), 1);
}

/* A pause that does nothing says nothing. */
Test(traps, blocked_pauses)
{
	static struct work work;

	guest_load(SLOW);
	prepare(&work);
	cr_expect_eq(harness_run(encrypt_blocked, &work), 0);
	finish(&work);
	cr_expect_eq(offloaded(), 1);
}

/* Resumed over and over, long before the device is done. */
Test(traps, resumed_too_early)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;

	guest_load(SLOW);
	prepare(&work);
	while (harness_start(&job, encrypt, &work))
		harness_fd(job.ctx);
	cr_expect_eq(job.ret, 1);
	cr_expect_gt(job.pauses, 1);
	finish(&work);
	ASYNC_WAIT_CTX_free(job.ctx);
}

/* The same fd for every operation of a wait ctx; the next one has another. */
Test(traps, one_fd_for_each_wait_ctx)
{
	struct harness_job jobs[2] = {
		{ .ctx = ASYNC_WAIT_CTX_new() }, { .ctx = ASYNC_WAIT_CTX_new() },
	};
	static struct work works[2];
	int fds[2] = { -1, -1 };
	int i, round;

	guest_load("");
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 2; i++) {
			prepare(&works[i]);
			cr_assert(harness_start(&jobs[i], encrypt, &works[i]));
			if (!round)
				fds[i] = harness_fd(jobs[i].ctx);
			cr_expect_eq(harness_fd(jobs[i].ctx), fds[i]);
		}
		for (i = 0; i < 2; i++) {
			do {
				harness_wait(&jobs[i]);
			} while (harness_start(&jobs[i], encrypt, &works[i]));
			finish(&works[i]);
		}
	}
	cr_expect_neq(fds[0], fds[1]);
	cr_expect_eq(harness_sessions(), 2);
	ASYNC_WAIT_CTX_free(jobs[0].ctx);
	ASYNC_WAIT_CTX_free(jobs[1].ctx);
	cr_expect_eq(harness_sessions(), 0);
	cr_expect_eq(fcntl(fds[0], F_GETFD), -1);
}

/* As OpenSSL's own test does it. */
Test(traps, three_jobs_share_a_wait_ctx)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	struct harness_job jobs[3] = { { .ctx = ctx }, { .ctx = ctx },
				       { .ctx = ctx } };
	static struct work works[3];
	int i, running = 3;

	guest_load(SLOW);
	for (i = 0; i < 3; i++) {
		prepare(&works[i]);
		cr_assert(harness_start(&jobs[i], encrypt, &works[i]));
	}
	while (running) {
		harness_wait(&jobs[0]);
		for (i = 0; i < 3; i++)
			if (jobs[i].job && !harness_start(&jobs[i], encrypt,
							  &works[i]))
				running--;
	}
	for (i = 0; i < 3; i++)
		finish(&works[i]);
	ASYNC_WAIT_CTX_free(ctx);
	cr_expect_eq(offloaded(), 3);
}

/*
 * A client that hangs up: the buffers first, then the cipher context, then the
 * wait ctx; nobody ever resumes the job. Whatever the device is told later is
 * told to nobody, and nothing is left of it.
 */
Test(traps, all_is_freed_in_flight)
{
	struct harness_job job;
	struct work *work;
	int i;

	guest_load(SLOW);
	for (i = 0; i < 20; i++) {
		job = (struct harness_job) { .ctx = ASYNC_WAIT_CTX_new() };
		work = malloc(sizeof(*work));
		cr_assert_not_null(work);
		prepare(work);
		cr_assert(harness_start(&job, encrypt, work));
		EVP_CIPHER_CTX_free(work->ctx);
		memset(work, 0xee, sizeof(*work));
		free(work);
		ASYNC_WAIT_CTX_free(job.ctx);
	}
	cr_expect_eq(harness_sessions(), 0);
	cr_expect_eq(harness_queues(), 1);
	/* And the queue is none the worse for it */
	work = malloc(sizeof(*work));
	prepare(work);
	cr_expect_gt(harness_run(encrypt, work), 0);
	finish(work);
	free(work);
}

/* With a callback nobody need look at an fd, or reap. */
Test(traps, callback_instead_of_fd)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;
	int i, before;
	char byte = 0;

	guest_load(SLOW);
	cr_assert_eq(pipe(call_pipe), 0);
	ASYNC_WAIT_CTX_set_callback(job.ctx, on_done, &byte);
	for (i = 1; i <= 3; i++) {
		prepare(&work);
		before = atomic_load(&calls);
		cr_assert(harness_start(&job, encrypt, &work));
		cr_expect_eq(before, i - 1);
		cr_expect_eq(ASYNC_WAIT_CTX_get_status(job.ctx),
			     ASYNC_STATUS_OK);
		cr_assert_eq(read(call_pipe[0], &byte, 1), 1);
		cr_expect_not(harness_start(&job, encrypt, &work));
		finish(&work);
		cr_expect_eq(atomic_load(&calls), i);
	}
	ASYNC_WAIT_CTX_free(job.ctx);
}

/* Freed in flight: the callback does not come any more. */
Test(traps, no_callback_after_free)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work, later;
	char byte = 0;

	guest_load(SLOW);
	cr_assert_eq(pipe(call_pipe), 0);
	ASYNC_WAIT_CTX_set_callback(job.ctx, on_done, &byte);
	prepare(&work);
	cr_assert(harness_start(&job, encrypt, &work));
	ASYNC_WAIT_CTX_free(job.ctx);
	EVP_CIPHER_CTX_free(work.ctx);
	/* A later request's end comes after the one that was given up */
	prepare(&later);
	cr_expect_gt(harness_run(encrypt, &later), 0);
	finish(&later);
	cr_expect_eq(atomic_load(&calls), 0);
}

/* The error queue is the thread's: other jobs must find nothing in it. */
Test(traps, error_queue_is_empty_in_a_pause)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;

	guest_load("");
	prepare(&work);
	ERR_clear_error();
	while (harness_start(&job, encrypt, &work)) {
		cr_expect_eq(ERR_peek_error(), 0);
		harness_wait(&job);
	}
	cr_expect_eq(ERR_peek_error(), 0);
	finish(&work);
	ASYNC_WAIT_CTX_free(job.ctx);
}

/* With notification = fd a callback is not looked at. */
Test(traps, notification_by_fd_alone)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	static struct work work;
	char byte = 0;

	guest_load("");
	close_provider();
	open_provider("notification = fd");
	cr_assert_eq(pipe(call_pipe), 0);
	ASYNC_WAIT_CTX_set_callback(job.ctx, on_done, &byte);
	prepare(&work);
	while (harness_start(&job, encrypt, &work))
		harness_wait(&job);
	finish(&work);
	cr_expect_eq(atomic_load(&calls), 0);
	cr_expect_eq(offloaded(), 1);
	ASYNC_WAIT_CTX_free(job.ctx);
}

static int encrypt_again(void *arg)
{
	struct work *work = arg;

	/* Key and IV anew, as some do it for each message */
	return EVP_EncryptInit_ex2(work->ctx, NULL, key, iv, NULL) &&
	       encrypt(work);
}

/* Another key in the same context, and the first one again. */
Test(traps, keys_change)
{
	static const uint8_t other[32] = "another one";
	static struct work work;
	uint8_t first[LEN];

	guest_load("");
	prepare(&work);
	cr_expect_gt(harness_run(encrypt_again, &work), 0);
	cr_expect_arr_eq(work.out, expected, LEN);
	cr_assert_eq(EVP_EncryptInit_ex2(work.ctx, NULL, other, iv, NULL), 1);
	cr_expect_gt(harness_run(encrypt, &work), 0);
	memcpy(first, work.out, LEN);
	cr_expect_arr_neq(first, expected, LEN);
	/* Outside of a job it comes to the same */
	cr_assert_eq(EVP_EncryptInit_ex2(work.ctx, NULL, other, iv, NULL), 1);
	cr_expect_eq(encrypt(&work), 1);
	cr_expect_arr_eq(work.out, first, LEN);
	cr_expect_gt(harness_run(encrypt_again, &work), 0);
	finish(&work);
	cr_expect_eq(offloaded(), 3);
}

/* Below the threshold it is software's; a copy goes on where it was. */
Test(traps, threshold_and_copies)
{
	static struct work work, copy;

	close_provider();
	open_provider("threshold = 4097");
	guest_load("");
	prepare(&work);
	cr_expect_eq(harness_run(encrypt, &work), 0);
	finish(&work);
	cr_expect_eq(harness_count(NULL, OUTCOME_SHORT), 1);
	close_provider();
	open_provider("threshold = 4096");
	prepare(&work);
	prepare(&copy);
	cr_expect_eq(EVP_CIPHER_CTX_copy(copy.ctx, work.ctx), 1);
	cr_expect_gt(harness_run(encrypt, &work), 0);
	finish(&work);
	cr_expect_gt(harness_run(encrypt, &copy), 0);
	finish(&copy);
}

/* Long pieces and short ones, of one message: a chain through both. */
static int crypt_by_turns(void *arg)
{
	static const size_t turns[] = { 1024, 64, 32, 2048, 16, 912 };
	struct work *work = arg;
	size_t i, at = 0;
	int n;

	for (i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		if (!EVP_CipherUpdate(work->ctx, work->out + at, &n,
				      work->in + at, (int)turns[i]))
			return 0;
		at += n;
	}
	return at == LEN;
}

Test(traps, device_and_software_take_turns)
{
	static struct work work;
	uint8_t text[LEN];

	close_provider();
	open_provider("threshold = 100");
	guest_load("");
	prepare(&work);
	memcpy(text, work.in, LEN);
	cr_expect_gt(harness_run(crypt_by_turns, &work), 0);
	cr_expect_arr_eq(work.out, expected, LEN);
	cr_expect_eq(offloaded(), 3);
	cr_expect_eq(harness_count(NULL, OUTCOME_SHORT), 3);
	cr_assert_eq(EVP_DecryptInit_ex2(work.ctx, NULL, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(work.ctx, 0);
	memcpy(work.in, expected, LEN);
	cr_expect_gt(harness_run(crypt_by_turns, &work), 0);
	cr_expect_arr_eq(work.out, text, LEN);
	cr_expect_eq(offloaded(), 6);
	EVP_CIPHER_CTX_free(work.ctx);
}
