// SPDX-License-Identifier: MIT
/*
 * Operations that know about jobs. Uses nothing of jobs and wait ctxs but the
 * documented functions, so that it works with OpenSSL's own, given that
 * library's header.
 */
#include <errno.h>
#include <time.h>

#include <libasync/bind.h>
#include <libasync/job.h>
#include <libasync/queue.h>

/*
 * ASYNC_pause_job() does not say whether it paused. One that returns so often
 * with nothing changed was blocked, or the application polls without a break:
 * in either case the job waits from then on, for SLICE at a time, and does not
 * use up a CPU.
 */
#define PATIENCE	16
#define SLICE_NS	1000000

/* Waits a moment for something to complete. Returns 0 or a negative errno. */
static int wait_slice(struct async_queue *queue)
{
	const struct timespec slice = { .tv_nsec = SLICE_NS };
	int ret = async_wait(queue, 1, SLICE_NS);

	/* Nothing is outstanding: what is waited for is another's to do */
	if (!ret)
		nanosleep(&slice, NULL);
	return ret == -ETIME || ret == -EINTR || ret > 0 ? 0 : ret;
}

/*
 * Lets time go by, in a job. @fruitless: how often so far, without success. An
 * error, which says that the queue is at its end, is the status as well.
 */
static int let_go(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		  unsigned int fruitless)
{
	int ret;

	ASYNC_pause_job();
	ret = fruitless < PATIENCE ? async_reap(queue) : wait_slice(queue);
	if (ret >= 0)
		return 0;
	ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_ERR);
	return ret;
}

/* In a job: the status says how to wait, and its application does. */
static int run_paused(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		      const struct async_op *op)
{
	struct async_request *request;
	unsigned int n = 0;
	int ret;

	while ((ret = async_bind_submit(queue, ctx, op, &request)) == -EAGAIN) {
		ret = let_go(queue, ctx, n++);
		if (ret)
			return ret;
	}
	if (ret)
		return ret;
	/* Where it completed already, its callback has run: no pause */
	for (n = 0; !async_done(request); n++) {
		ret = let_go(queue, ctx, n);
		if (ret)
			return ret;
	}
	return async_collect(request);
}

/* Waits for one completion. Returns 0 or a negative errno. */
static int wait_one(struct async_queue *queue)
{
	int ret = async_submit_wait(queue, 1, ASYNC_FOREVER);

	return ret == -EINTR || ret > 0 ? 0 : ret;
}

static int run_waiting(struct async_queue *queue, const struct async_op *op)
{
	struct async_op quiet = *op;
	struct async_request *request;
	int ret;

	quiet.session = NULL;
	while (!(ret = async_prepare(queue, &quiet, 1, &request))) {
		ret = async_submit_wait(queue, 1, ASYNC_FOREVER);
		if (!ret)
			return -EAGAIN;
		if (ret < 0 && ret != -EINTR)
			return ret;
	}
	if (ret < 0)
		return ret;
	while (!async_done(request)) {
		ret = wait_one(queue);
		if (ret)
			return ret;
	}
	return async_collect(request);
}

int async_job_run(struct async_queue *queue, const struct async_op *op)
{
	ASYNC_JOB *job = ASYNC_get_current_job();
	ASYNC_WAIT_CTX *ctx = job ? ASYNC_get_wait_ctx(job) : NULL;

	/* Without a wait ctx nobody could be told when to resume the job */
	return ctx ? run_paused(queue, ctx, op) : run_waiting(queue, op);
}

int async_job_cipher(struct async_queue *queue, const struct async_key *key,
		     enum cryptosim_op opcode, const void *iv, const void *src,
		     void *dst, size_t len)
{
	return async_job_aead(queue, key, opcode, iv, NULL, 0, src, dst, len,
			      NULL);
}

int async_job_aead(struct async_queue *queue, const struct async_key *key,
		   enum cryptosim_op opcode, const void *iv, const void *aad,
		   size_t aad_len, const void *src, void *dst, size_t len,
		   void *tag)
{
	const struct async_op op = {
		.opcode = opcode,
		.key = key,
		.iv = iv,
		.src = src,
		.dst = dst,
		.len = len,
		.aad = aad,
		.aad_len = aad_len,
		.tag = tag,
	};

	return async_job_run(queue, &op);
}

int async_job_hash(struct async_queue *queue, const struct async_key *key,
		   const void *src, size_t len, void *digest)
{
	const struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST,
		.key = key,
		.src = src,
		.dst = digest,
		.len = len,
	};

	return async_job_run(queue, &op);
}

int async_job_mac(struct async_queue *queue, const struct async_key *key,
		  const void *src, size_t len, void *mac)
{
	return async_job_hash(queue, key, src, len, mac);
}
