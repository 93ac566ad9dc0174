// SPDX-License-Identifier: MIT
/*
 * From which size on it is cheaper for the calling thread to have the device do
 * it: what it spends itself on an operation, in a job and without one. The
 * preset threshold comes from here. For make test-icount: elsewhere a thread is
 * said to have spent what a busy host took from it.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"
#include "harness.h"

#define JOBS	32
#define ROUNDS	8
#define MAX	16384

/**
 * struct work - encryptions of one size
 * @ctx: the cipher context
 * @len: bytes of text
 * @mem: the text
 */
struct work {
	EVP_CIPHER_CTX *ctx;
	size_t len;
	uint8_t mem[MAX];
};

static OSSL_LIB_CTX *libctx;
static struct work works[JOBS];
static struct harness_job jobs[JOBS];

static void setup(void)
{
	if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
		cr_skip_test("times of more than one CPU are the host's");
	guest_load("");
	libctx = harness_open("threshold = 0");
}

static void teardown(void)
{
	if (!libctx)
		return;
	OSSL_LIB_CTX_free(libctx);
	guest_unload();
}

TestSuite(threshold, .init = setup, .fini = teardown, .timeout = 600);

static uint64_t spent(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int encrypt(void *arg)
{
	static const uint8_t iv[16];
	struct work *work = arg;
	int n;

	return EVP_EncryptInit_ex2(work->ctx, NULL, NULL, iv, NULL) &&
	       EVP_EncryptUpdate(work->ctx, work->mem, &n, work->mem,
				 (int)work->len);
}

static void round_of_jobs(void)
{
	int i;

	for (i = 0; i < JOBS; i++)
		harness_start(&jobs[i], encrypt, &works[i]);
	for (i = 0; i < JOBS; i++) {
		while (jobs[i].job) {
			harness_wait(&jobs[i]);
			harness_start(&jobs[i], encrypt, &works[i]);
		}
	}
}

static void round_without(void)
{
	int i;

	for (i = 0; i < JOBS; i++)
		cr_assert_eq(encrypt(&works[i]), 1);
}

/* ns for each operation, after a first round that makes keys and sessions. */
static uint64_t cost(void (*round)(void), size_t len)
{
	uint64_t start;
	int i;

	for (i = 0; i < JOBS; i++)
		works[i].len = len;
	round();
	start = spent();
	for (i = 0; i < ROUNDS; i++)
		round();
	return (spent() - start) / (ROUNDS * JOBS);
}

static void measure(const char *name)
{
	static const uint8_t key[64] = "two keys that are not the same", iv[16];
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, name, NULL);
	double few = 0, many = 0;
	size_t len;
	int i;

	for (i = 0; i < JOBS; i++) {
		works[i].ctx = EVP_CIPHER_CTX_new();
		EVP_EncryptInit_ex2(works[i].ctx, cipher, key, iv, NULL);
		jobs[i] = (struct harness_job) { .ctx = ASYNC_WAIT_CTX_new() };
	}
	for (len = 64; len <= MAX; len *= 2) {
		many = (double)cost(round_of_jobs, len) /
		       (double)cost(round_without, len);
		if (!few)
			few = many;
		cr_log_info("%-18s %6zu B: an offload costs %.2f", name, len,
			    many);
	}
	cr_expect_gt(few, many, "%s: %f, %f", name, few, many);
	for (i = 0; i < JOBS; i++) {
		EVP_CIPHER_CTX_free(works[i].ctx);
		ASYNC_WAIT_CTX_free(jobs[i].ctx);
	}
	EVP_CIPHER_free(cipher);
}

/* The more bytes, the more an offload is worth. */
Test(threshold, worth_more_for_more)
{
	measure("AES-128-CBC");
	measure("AES-128-GCM");
	measure("ChaCha20-Poly1305");
}
