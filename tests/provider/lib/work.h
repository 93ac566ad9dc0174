/* SPDX-License-Identifier: MIT */
/* An encryption, and the context that it is done in: for one test program. */
#ifndef PROVIDER_WORK_H
#define PROVIDER_WORK_H

#include <criterion/criterion.h>
#include <linux/cryptosim.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
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

static inline EVP_CIPHER_CTX *new_ctx(const EVP_CIPHER *which)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	cr_assert_eq(EVP_EncryptInit_ex2(ctx, which, key, iv, NULL), 1);
	EVP_CIPHER_CTX_set_padding(ctx, 0);
	return ctx;
}

static inline void open_provider(const char *section)
{
	libctx = harness_open(section);
	cipher = EVP_CIPHER_fetch(libctx, "AES-256-CBC", NULL);
	cr_assert_not_null(cipher);
	cr_assert_str_eq(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)),
			 "cryptosim");
}

static inline void close_provider(void)
{
	EVP_CIPHER_free(cipher);
	OSSL_LIB_CTX_free(libctx);
	cipher = NULL;
	libctx = NULL;
}

static inline void compute_expected(void)
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

static inline void setup(void)
{
	compute_expected();
	open_provider(NULL);
}

static inline void teardown(void)
{
	close_provider();
	control_unload();
}

static inline void prepare(struct work *work)
{
	work->ctx = new_ctx(cipher);
	harness_random(work->in, LEN, 5);
	memset(work->out, 0, LEN);
}

static inline int encrypt(void *arg)
{
	struct work *work = arg;
	int n;

	return EVP_EncryptUpdate(work->ctx, work->out, &n, work->in, LEN) &&
	       n == LEN;
}

/* The same where no pause is one. */
static inline int encrypt_blocked(void *arg)
{
	int ret;

	ASYNC_block_pause();
	ret = encrypt(arg);
	ASYNC_unblock_pause();
	return ret;
}

static inline void finish(struct work *work)
{
	cr_expect_arr_eq(work->out, expected, LEN);
	EVP_CIPHER_CTX_free(work->ctx);
}

static inline uint64_t offloaded(void)
{
	return harness_count("AES-256-CBC", OUTCOME_OFFLOADED);
}

/* Ends this process's queue behind the provider's back. */
static inline void stop_queue(void)
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

/* What a callback leaves: a count, and a byte in a pipe for whoever waits. */
static atomic_int calls;
static int call_pipe[2];

static inline int on_done(void *arg)
{
	atomic_fetch_add(&calls, 1);
	return write(call_pipe[1], arg, 1) == 1;
}

#endif /* PROVIDER_WORK_H */
