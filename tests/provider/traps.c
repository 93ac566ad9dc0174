// SPDX-License-Identifier: MIT
/*
 * What an asynchronous provider can get wrong, each one met: pauses that are
 * none, applications that free everything and never come back, children,
 * threads, devices that come and go.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/cryptosim.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "harness.h"

#define LEN		4096
#define SLOW		"latency_ns=20000000"	/* 20 ms */

/**
 * struct work - an encryption and what comes out of it
 * @ctx: the cipher context, initialised
 * @in: the text
 * @out: the result
 */
struct work {
	EVP_CIPHER_CTX *ctx;
	uint8_t in[LEN];
	uint8_t out[LEN];
};

static const uint8_t key[32] = "thirty-two bytes are one AES key", iv[16];
static uint8_t expected[LEN];
static OSSL_LIB_CTX *libctx;
static EVP_CIPHER *cipher;

static EVP_CIPHER_CTX *new_ctx(const EVP_CIPHER *which)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	cr_assert_eq(EVP_EncryptInit_ex2(ctx, which, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	return ctx;
}

static void open_provider(const char *section)
{
	libctx = harness_open(section);
	cipher = EVP_CIPHER_fetch(libctx, "AES-256-CBC", NULL);
	cr_assert_not_null(cipher);
	cr_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)),
			 "cryptosim");
}

static void close_provider(void)
{
	EVP_CIPHER_free(cipher);
	OSSL_LIB_CTX_free(libctx);
	cipher = NULL;
	libctx = NULL;
}

static void compute_expected(void)
{
	EVP_CIPHER *plain = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
	EVP_CIPHER_CTX *ctx = new_ctx(plain);
	uint8_t in[LEN];
	int n;

	harness_random(in, LEN, 5);
	cr_assert_eq(EVP_EncryptUpdate(ctx, expected, &n, in, LEN), 1);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(plain);
}

static void setup(void)
{
	compute_expected();
	open_provider(NULL);
}

static void teardown(void)
{
	close_provider();
	control_unload();
}

TestSuite(traps, .init = setup, .fini = teardown, .timeout = 120);

static void prepare(struct work *work)
{
	work->ctx = new_ctx(cipher);
	harness_random(work->in, LEN, 5);
	memset(work->out, 0, LEN);
}

static int encrypt(void *arg)
{
	struct work *work = arg;
	int n;

	return EVP_EncryptUpdate(work->ctx, work->out, &n, work->in, LEN) &&
	       n == LEN;
}

static void finish(struct work *work)
{
	cr_expect_arr_eq(work->out, expected, LEN);
	EVP_CIPHER_CTX_free(work->ctx);
}

static uint64_t offloaded(void)
{
	return harness_count("AES-256-CBC", OUTCOME_OFFLOADED);
}

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
static int encrypt_blocked(void *arg)
{
	int ret;

	ASYNC_block_pause();
	ret = encrypt(arg);
	ASYNC_unblock_pause();
	return ret;
}

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

static atomic_int calls;
static int call_pipe[2];

static int on_done(void *arg)
{
	atomic_fetch_add(&calls, 1);
	return write(call_pipe[1], arg, 1) == 1;
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
Test(traps, children)
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
Test(traps, child_with_the_parents_wait_ctx)
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
Test(traps, wait_ctx_moves_between_threads)
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
Test(traps, threads_end)
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
Test(traps, provider_ends_before_the_wait_ctx)
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
Test(traps, device_appears)
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
Test(traps, no_permission)
{
	static struct work work;

	guest_load("");
	prepare(&work);
	guest_child(as_nobody, &work);
	EVP_CIPHER_CTX_free(work.ctx);
}

/* More jobs than the ring has room for: the rest is software's, and counted. */
Test(traps, ring_full)
{
	static struct harness_job jobs[16];
	static struct work works[16];
	int i, paused = 0;

	close_provider();
	open_provider("depth = 4");
	guest_load(SLOW);
	for (i = 0; i < 16; i++) {
		jobs[i].ctx = ASYNC_WAIT_CTX_new();
		prepare(&works[i]);
		if (harness_start(&jobs[i], encrypt, &works[i]))
			paused++;
		else
			cr_expect_eq(ASYNC_WAIT_CTX_get_status(jobs[i].ctx),
				     ASYNC_STATUS_UNSUPPORTED);
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

/* Ends this process's queue behind the provider's back. */
static void stop_queue(void)
{
	char path[64], target[64];
	ssize_t len;
	int fd;

	for (fd = 3; fd < 64; fd++) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = '\0';
		if (!strcmp(target, "/dev/cryptosim0"))
			cr_assert_eq(ioctl(fd, CRYPTOSIM_IOC_STOP), 0);
	}
}

/* The device ends the queue: software, then another queue. One fd, still. */
Test(traps, queue_is_stopped)
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

Test(traps, bad_values_are_named)
{
	expect_refused("threshold = many", "threshold = many");
	expect_refused("threshold = -1", "threshold = -1");
	expect_refused("threshold = 1048577", "0 to 1048576");
	expect_refused("depth = 0", "depth = 0: say a number from 1 to 4096");
	expect_refused("device = 64", "device = 64");
	expect_refused("notification = sms", "say auto or fd");
	expect_refused("fallback = hope", "say software or error");
	expect_refused("summary = maybe", "say no or yes");
}

/* With notification = fd a callback is not looked at. */
Test(traps, notification_by_fd_alone)
{
	struct harness_job job = { .ctx = ASYNC_WAIT_CTX_new() };
	char byte = 0;

	guest_load("");
	close_provider();
	open_provider("notification = fd");
	cr_assert_eq(pipe(call_pipe), 0);
	ASYNC_WAIT_CTX_set_callback(job.ctx, on_done, &byte);
	run_in_thread(&job);
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
