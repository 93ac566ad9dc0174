// SPDX-License-Identifier: MIT
/*
 * A program of somebody who knows OpenSSL alone: it uses what
 * <openssl/async.h> had in 3.0, and prints what it sees. The first line says
 * where it has the functions from.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <openssl/async.h>
#include <stdio.h>
#include <string.h>

static const char key;
static int called;

static int on_done(void *arg)
{
	return called += *(int *)arg;
}

static void cleanup(ASYNC_WAIT_CTX *ctx, const void *k, OSSL_ASYNC_FD fd,
		    void *data)
{
	printf("cleaned up %d %d %d %s\n", !!ctx, k == &key, fd, (char *)data);
}

static int work(void *arg)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_get_wait_ctx(ASYNC_get_current_job());
	ASYNC_callback_fn callback;
	void *callback_arg;

	printf("job %s\n", (const char *)arg);
	ASYNC_WAIT_CTX_set_wait_fd(ctx, &key, 42, "data", cleanup);
	ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_OK);
	ASYNC_block_pause();
	printf("blocked %d\n", ASYNC_pause_job());
	ASYNC_unblock_pause();
	if (ASYNC_WAIT_CTX_get_callback(ctx, &callback, &callback_arg))
		callback(callback_arg);
	printf("pause %d\n", ASYNC_pause_job());
	return 5;
}

static void print_fds(ASYNC_WAIT_CTX *ctx)
{
	size_t n_all, n_added, n_removed;
	OSSL_ASYNC_FD fd = OSSL_BAD_ASYNC_FD;
	void *data = NULL;

	ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &n_all);
	ASYNC_WAIT_CTX_get_changed_fds(ctx, NULL, &n_added, NULL, &n_removed);
	printf("fds %zu +%zu -%zu\n", n_all, n_added, n_removed);
	if (ASYNC_WAIT_CTX_get_fd(ctx, &key, &fd, &data))
		printf("fd %d %s\n", fd, (char *)data);
}

int main(void)
{
	ASYNC_WAIT_CTX *ctx = ASYNC_WAIT_CTX_new();
	int ret = -1, one = 1, status;
	char args[] = "args";
	ASYNC_JOB *job = NULL;
	Dl_info info;

	dladdr(dlsym(RTLD_DEFAULT, "ASYNC_start_job"), &info);
	printf("%s\n", strrchr(info.dli_fname, '/') + 1);
	printf("%d %d\n", ASYNC_is_capable(), ASYNC_init_thread(2, 1));
	ASYNC_WAIT_CTX_set_callback(ctx, on_done, &one);
	do {
		status = ASYNC_start_job(&job, ctx, &ret, work, args,
					 sizeof(args));
		printf("start %d %d, status %d, called %d\n", status, ret,
		       ASYNC_WAIT_CTX_get_status(ctx), called);
		memset(args, 'x', 4);
		print_fds(ctx);
	} while (status == ASYNC_PAUSE);
	ASYNC_WAIT_CTX_set_wait_fd(ctx, args, 43, NULL, cleanup);
	printf("clear %d\n", ASYNC_WAIT_CTX_clear_fd(ctx, args));
	printf("clear %d\n", ASYNC_WAIT_CTX_clear_fd(ctx, args));
	ASYNC_WAIT_CTX_free(ctx);
	ASYNC_cleanup_thread();
	return 0;
}
