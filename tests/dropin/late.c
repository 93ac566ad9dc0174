// SPDX-License-Identifier: MIT
/*
 * A plugin brings libcrypto when there is a job in the pool already: a job that
 * sets a default library context keeps it to itself all the same.
 */
#include <dlfcn.h>
#include <openssl/async.h>
#include <stdio.h>

static void *(*set0_default)(void *ctx);
static void *own;

static int pass(void *arg)
{
	(void)arg;
	return 1;
}

static int set_and_pause(void *arg)
{
	(void)arg;
	set0_default(own);
	ASYNC_pause_job();
	return set0_default(NULL) == own;
}

static int start(ASYNC_JOB **job, int (*func)(void *), int *ret)
{
	static ASYNC_WAIT_CTX *ctx;

	if (!*job)
		ctx = ASYNC_WAIT_CTX_new();
	return ASYNC_start_job(job, ctx, ret, func, NULL, 0);
}

int main(void)
{
	ASYNC_JOB *job = NULL;
	void *(*new)(void);
	void *libcrypto, *before;
	int ret = 0;

	if (start(&job, pass, &ret) != ASYNC_FINISH)
		return 1;
	libcrypto = dlopen("libcrypto.so.3", RTLD_NOW | RTLD_LOCAL);
	if (!libcrypto)
		return 2;
	/* As dlsym(3) has it for who is pedantic */
	*(void **)&new = dlsym(libcrypto, "OSSL_LIB_CTX_new");
	*(void **)&set0_default = dlsym(libcrypto, "OSSL_LIB_CTX_set0_default");
	own = new();
	before = set0_default(NULL);
	if (start(&job, set_and_pause, &ret) != ASYNC_PAUSE)
		return 3;
	if (set0_default(NULL) != before)
		return 4;
	if (start(&job, NULL, &ret) != ASYNC_FINISH || !ret)
		return 5;
	puts(set0_default(NULL) == before ? "kept apart" : "mixed up");
	return 0;
}
