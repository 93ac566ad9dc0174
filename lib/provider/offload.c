// SPDX-License-Identifier: MIT
#include <errno.h>
#include <libasync/room.h>

#include "binding.h"
#include "counters.h"
#include "libcrypto.h"
#include "offload.h"
#include "provider.h"

/*
 * Pauses of one request that brought nothing, after which each further one
 * waits a moment: either the application asks over and over, or pauses are
 * blocked (ASYNC_block_pause(3)) and it never gets to run.
 */
#define PATIENCE	10000
#define MOMENT_NS	100000
/*
 * Those after which an operation that waits for room is software's: where
 * pauses are blocked, the jobs that could make room may never get to run.
 */
#define ROOM_PATIENCE	(2 * PATIENCE)

static void count(const struct cipher_ctx *ctx, enum outcome outcome,
		  const struct binding *binding)
{
	counters_add(ctx->cipher - ciphers, outcome,
		     binding ? binding->counters : NULL);
}

bool offload_in_job(void)
{
	return libcrypto.ASYNC_get_current_job();
}

bool offload_likely(const struct cipher_ctx *ctx, size_t len)
{
	return len >= ctx->provider->config.threshold && offload_in_job();
}

void offload_forget(struct cipher_ctx *ctx)
{
	struct device_key *device = &ctx->device;

	if (!device->queue)
		return;
	if (device->key.id && queue_usable(device->queue))
		async_key_del(device->queue->queue, &device->key);
	queue_put(device->queue);
	*device = (struct device_key) { 0 };
}

/* The binding of the job's wait ctx; NULL: none, or no job. */
static struct binding *current_binding(ASYNC_WAIT_CTX **wait)
{
	ASYNC_JOB *job = libcrypto.ASYNC_get_current_job();

	*wait = job ? libcrypto.ASYNC_get_wait_ctx(job) : NULL;
	return *wait ? binding_find(*wait) : NULL;
}

void offload_decline(struct cipher_ctx *ctx, size_t len)
{
	enum outcome outcome = OUTCOME_UNSUITED;
	ASYNC_WAIT_CTX *wait;
	struct binding *binding = current_binding(&wait);

	if (!wait)
		outcome = OUTCOME_NO_JOB;
	else if (len < ctx->provider->config.threshold)
		outcome = OUTCOME_SHORT;
	count(ctx, outcome, binding);
}

/* Has the key on the queue. Returns 0 or as async_key_add(). */
static int key_ready(struct cipher_ctx *ctx, struct device_queue *queue,
		     const struct offload *what)
{
	struct device_key *device = &ctx->device;
	const struct async_key_params params = {
		.alg = ctx->cipher->alg,
		.key = ctx->key,
		.key_len = ctx->cipher->key_len,
		.tag_len = what->tag_len,
		.iv_len = what->iv_len,
	};
	int ret;

	if (device->queue == queue && device->tag_len == what->tag_len &&
	    device->iv_len == what->iv_len)
		return device->refused ? -EINVAL : 0;
	offload_forget(ctx);
	ret = async_key_add(queue->queue, &params, &device->key);
	if (ret && ret != -EINVAL && ret != -EOPNOTSUPP)
		return ret;
	queue_get(queue);
	device->queue = queue;
	device->tag_len = what->tag_len;
	device->iv_len = what->iv_len;
	device->refused = ret;
	return ret;
}

static int submit(struct cipher_ctx *ctx, struct device_queue *queue,
		  ASYNC_WAIT_CTX *wait, const struct offload *what,
		  struct async_request **request)
{
	struct async_op op = what->op;
	int ret;

	ret = key_ready(ctx, queue, what);
	if (ret)
		return ret;
	op.opcode = ctx->enc ? CRYPTOSIM_OP_ENCRYPT : CRYPTOSIM_OP_DECRYPT;
	op.key = &ctx->device.key;
	return binding_submit(queue, wait, &op, request);
}

/*
 * Pauses until there is room, and submits; as submit(), which found none. The
 * place in the line is the wait ctx's: the application may free that, and never
 * come back.
 */
static int submit_later(struct cipher_ctx *ctx, struct device_queue *queue,
			ASYNC_WAIT_CTX *wait, const struct offload *what,
			struct async_request **request)
{
	int status = libcrypto.ASYNC_WAIT_CTX_get_status(wait);
	struct binding *binding = binding_find(wait);
	unsigned int pauses = 0;
	int ret;

	binding->waiting++;
	binding->shown = true;
	do {
		ret = binding_wait_room(binding, wait);
		if (ret)
			break;
		libcrypto.ASYNC_pause_job();
		async_reap(queue->queue);
		if (pauses >= PATIENCE &&
		    async_wait(queue->queue, 1, MOMENT_NS) == -ESHUTDOWN)
			ret = -ESHUTDOWN;
		else
			ret = submit(ctx, queue, wait, what, request);
	} while (ret == -EAGAIN && ++pauses < ROOM_PATIENCE);
	if (ret) {
		async_room_forget(binding->session);
		libcrypto.ASYNC_WAIT_CTX_set_status(wait, status);
	}
	binding->waiting--;
	return ret;
}

/* Why an operation that could not be submitted is done in software. */
static enum outcome submit_outcome(struct device_queue *queue, int error)
{
	switch (error) {
	case -EINVAL:
	case -EOPNOTSUPP:
	case -EMSGSIZE:
		return OUTCOME_UNSUITED;
	case -ESHUTDOWN:
		atomic_store(&queue->dead, true);
		return OUTCOME_NO_DEVICE;
	default:
		return OUTCOME_FULL;
	}
}

/*
 * Pauses until the request is done; its result is async_collect()'s. A return
 * from a pause says nothing: it may not even have been one.
 */
static int await(struct device_queue *queue, struct async_request *request)
{
	unsigned int pauses = 0;

	while (!async_done(request)) {
		libcrypto.ASYNC_pause_job();
		if (async_done(request))
			break;
		async_reap(queue->queue);
		if (pauses++ >= PATIENCE && !async_done(request) &&
		    async_wait(queue->queue, 1, MOMENT_NS) == -ESHUTDOWN &&
		    !async_done(request)) {
			/* What the device had not taken yet never comes */
			atomic_store(&queue->dead, true);
			return -ESHUTDOWN;
		}
	}
	return async_collect(request);
}

static int judge(struct cipher_ctx *ctx, const struct binding *binding,
		 int result)
{
	if (result >= 0 || result == -EBADMSG) {
		count(ctx, OUTCOME_OFFLOADED, binding);
		return result < 0 ? result : 0;
	}
	count(ctx, OUTCOME_FAILED, binding);
	if (ctx->provider->config.fallback == FALLBACK_SOFTWARE)
		return OFFLOAD_SOFTWARE;
	provider_error(ctx->provider, REASON_DEVICE,
		       "%s: the request failed with %d (errno)",
		       ctx->cipher->name, -result);
	return -EIO;
}

static int decline(const struct cipher_ctx *ctx, enum outcome outcome,
		   const struct binding *binding)
{
	count(ctx, outcome, binding);
	return OFFLOAD_SOFTWARE;
}

int offload(struct cipher_ctx *ctx, const struct offload *what)
{
	struct async_request *request;
	struct device_queue *queue;
	struct binding *binding;
	ASYNC_WAIT_CTX *wait;
	int ret;

	binding = current_binding(&wait);
	if (!wait)
		return decline(ctx, OUTCOME_NO_JOB, NULL);
	if (what->op.len < ctx->provider->config.threshold)
		return decline(ctx, OUTCOME_SHORT, binding);
	if (binding && queue_usable(binding->queue))
		queue = binding->queue;
	else
		queue = queue_mine(ctx->provider);
	if (!queue)
		return decline(ctx, OUTCOME_NO_DEVICE, binding);
	ret = submit(ctx, queue, wait, what, &request);
	if (ret == -EAGAIN && ctx->provider->config.full == FULL_WAIT)
		ret = submit_later(ctx, queue, wait, what, &request);
	if (ret) {
		binding_hide(wait);
		/* Where it was ended just now it is counted for no session */
		return decline(ctx, submit_outcome(queue, ret),
			       binding_find(wait));
	}
	/* There is one now, with a reference on the queue */
	binding = binding_find(wait);
	binding->waiting++;
	binding->shown = true;
	ret = await(queue, request);
	binding->waiting--;
	return judge(ctx, binding, ret);
}
