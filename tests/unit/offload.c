// SPDX-License-Identifier: MIT
/*
 * Requests that the device fails: the provider, built in, on a device that is
 * none.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fakedev.h"
#include "harness.h"

#define LEN	256

/**
 * struct work - an encryption
 * @ctx: the cipher context
 * @mem: text and result, in place
 */
struct work {
	EVP_CIPHER_CTX *ctx;
	uint8_t mem[LEN];
};

/* The provider's only entry, which is built in */
OSSL_provider_init_fn OSSL_provider_init;

static const uint8_t key[16], iv[16];
static OSSL_LIB_CTX *libctx;
static EVP_CIPHER *cipher;

static void open_provider(const char *fallback)
{
	char path[] = "/tmp/offload.XXXXXX";
	FILE *file = fdopen(mkstemp(path), "w");

	cr_assert_not_null(file);
	fprintf(file,
		"openssl_conf = main\n[main]\nproviders = all\n"
		"[all]\ndefault = d\ncryptosim = c\n[d]\nactivate = 1\n"
		"[c]\nactivate = 1\ndepth = 16\nthreshold = 0\n"
		"fallback = %s\n", fallback);
	fclose(file);
	libctx = OSSL_LIB_CTX_new();
	cr_assert_eq(OSSL_PROVIDER_add_builtin(libctx, "cryptosim",
					       OSSL_provider_init), 1);
	cr_assert_eq(OSSL_LIB_CTX_load_config(libctx, path), 1);
	unlink(path);
	cipher = EVP_CIPHER_fetch(libctx, "AES-128-CBC", "provider=cryptosim");
	cr_assert_not_null(cipher);
}

static void teardown(void)
{
	EVP_CIPHER_free(cipher);
	OSSL_LIB_CTX_free(libctx);
}

TestSuite(offload, .fini = teardown, .timeout = 60);

static struct fakedev *device(void)
{
	struct fakedev *dev = NULL;
	int fd;

	for (fd = 3; fd < 256 && !dev; fd++)
		dev = fakedev_of(fd);
	cr_assert_not_null(dev);
	return dev;
}

static void prepare(struct work *work)
{
	work->ctx = EVP_CIPHER_CTX_new();
	cr_assert_eq(EVP_EncryptInit_ex2(work->ctx, cipher, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(work->ctx, 0);
	harness_random(work->mem, LEN, 9);
}

static int encrypt(void *arg)
{
	struct work *work = arg;
	int n;

	return EVP_EncryptUpdate(work->ctx, work->mem, &n, work->mem, LEN) &&
	       n == LEN;
}

/* What the default provider makes of it. */
static void expect_right(const struct work *work)
{
	EVP_CIPHER *plain = EVP_CIPHER_fetch(NULL, "AES-128-CBC", NULL);
	static struct work other;

	other.ctx = EVP_CIPHER_CTX_new();
	cr_assert_eq(EVP_EncryptInit_ex2(other.ctx, plain, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(other.ctx, 0);
	harness_random(other.mem, LEN, 9);
	cr_assert_eq(encrypt(&other), 1);
	cr_expect_arr_eq(work->mem, other.mem, LEN);
	EVP_CIPHER_CTX_free(other.ctx);
	EVP_CIPHER_free(plain);
}

/* A job whose request ends with @error. */
static int run_failing(struct harness_job *job, struct work *work, int error)
{
	struct fakedev *dev;

	job->ctx = ASYNC_WAIT_CTX_new();
	prepare(work);
	cr_assert(harness_start(job, encrypt, work));
	dev = device();
	fakedev_post(dev, dev->sqes[0].user_data, error);
	cr_assert_not(harness_start(job, encrypt, work));
	ASYNC_WAIT_CTX_free(job->ctx);
	return job->ret;
}

Test(offload, failure_is_done_again)
{
	struct harness_job job = { 0 };
	static struct work work;

	open_provider("software");
	ERR_clear_error();
	cr_expect_eq(run_failing(&job, &work, -ENOMEM), 1);
	cr_expect_eq(ERR_peek_error(), 0);
	expect_right(&work);
	EVP_CIPHER_CTX_free(work.ctx);
	cr_expect_eq(harness_count("AES-128-CBC", OUTCOME_FAILED), 1);
	cr_expect_eq(harness_count("AES-128-CBC", OUTCOME_OFFLOADED), 0);
}

Test(offload, failure_is_an_error)
{
	struct harness_job job = { 0 };
	static struct work work;
	const char *data = "";
	int flags;

	open_provider("error");
	ERR_clear_error();
	cr_expect_eq(run_failing(&job, &work, -ENOMEM), 0);
	ERR_get_error_all(NULL, NULL, NULL, &data, &flags);
	cr_expect(strstr(data, "AES-128-CBC: the request failed with 12"),
		  "\"%s\"", data);
	EVP_CIPHER_CTX_free(work.ctx);
	cr_expect_eq(harness_count("AES-128-CBC", OUTCOME_FAILED), 1);
}

/* The device has the right of the last word where it does its work. */
Test(offload, what_the_device_says_is_taken)
{
	struct harness_job job = { .ctx = NULL };
	static struct work work;
	uint8_t text[LEN];
	size_t i;

	open_provider("error");
	job.ctx = ASYNC_WAIT_CTX_new();
	prepare(&work);
	cr_assert(harness_start(&job, encrypt, &work));
	cr_assert_eq(fakedev_run(device(), 1), 1);
	cr_assert_not(harness_start(&job, encrypt, &work));
	cr_expect_eq(job.ret, 1);
	ASYNC_WAIT_CTX_free(job.ctx);
	EVP_CIPHER_CTX_free(work.ctx);
	/* Its cipher is not AES, so that one sees that it was it */
	harness_random(text, LEN, 9);
	for (i = 0; i < LEN; i++)
		cr_assert_eq(work.mem[i], text[i] ^ 0x5a);
	cr_expect_eq(harness_count("AES-128-CBC", OUTCOME_OFFLOADED), 1);
}
