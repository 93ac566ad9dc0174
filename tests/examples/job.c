// SPDX-License-Identifier: MIT
/* A job that pauses while the device works: cc job.c -lasync-ossl */
#include <errno.h>
#include <libasync/async.h>
#include <libasync/job.h>
#include <openssl/async.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

/* What the job works on; it lives until the job has finished. */
struct message {
	struct async_queue *queue;
	struct async_key key;
	unsigned char iv[12], text[32], tag[16];
};

static int fail(const char *what, int err)
{
	fprintf(stderr, "job: %s: %s\n", what, strerror(err));
	return 1;
}

/* Runs in the job, and reads as if nothing were asynchronous. */
static int encrypt(void *arg)
{
	struct message *msg = *(struct message **)arg;

	return async_job_aead(msg->queue, &msg->key, CRYPTOSIM_OP_ENCRYPT,
			      msg->iv, NULL, 0, msg->text, msg->text,
			      sizeof(msg->text), msg->tag);
}

/* Waits until the job is to be resumed: its wait ctx has the one fd for that. */
static int wait_for_device(ASYNC_WAIT_CTX *ctx)
{
	struct pollfd pfd = { .events = POLLIN };
	size_t count;

	if (!ASYNC_WAIT_CTX_get_all_fds(ctx, NULL, &count) || count != 1)
		return fail("ASYNC_WAIT_CTX_get_all_fds", ENOENT);
	ASYNC_WAIT_CTX_get_all_fds(ctx, &pfd.fd, &count);
	printf("paused; waiting for fd %d\n", pfd.fd);
	if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
		return fail("poll", errno);
	return 0;
}

int main(void)
{
	struct message message = { .text = "Hello, device!" }, *msg = &message;
	struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.key = "thirty-two bytes make one key...", .key_len = 32,
	};
	ASYNC_JOB *job = NULL;	/* NULL: start one; else resume it */
	ASYNC_WAIT_CTX *ctx;
	int ret, state;

	ret = async_queue_open(&msg->queue, 0, NULL);	/* /dev/cryptosim0 */
	if (ret)
		return fail("async_queue_open", -ret);
	ret = async_key_add(msg->queue, &params, &msg->key);
	if (ret)
		return fail("async_key_add", -ret);
	ctx = ASYNC_WAIT_CTX_new();
	if (!ctx)
		return fail("ASYNC_WAIT_CTX_new", ENOMEM);
	for (;;) {
		state = ASYNC_start_job(&job, ctx, &ret, encrypt, &msg,
					sizeof(msg));
		if (state != ASYNC_PAUSE)
			break;
		if (wait_for_device(ctx))
			return 1;
	}
	if (state != ASYNC_FINISH)	/* ASYNC_NO_JOBS or ASYNC_ERR */
		return fail("ASYNC_start_job", ENOMEM);
	if (ret < 0)
		return fail("encrypt", -ret);
	printf("%d bytes encrypted, tag %02x%02x...\n", ret, msg->tag[0],
	       msg->tag[1]);
	ASYNC_WAIT_CTX_free(ctx);	/* and with it the fd */
	async_queue_close(msg->queue);
	return 0;
}
