// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <libasync/bind.h>
#include <libasync/room.h>

#include "binding.h"
#include "counters.h"
#include "libcrypto.h"

/* Its address is the key of our entry in each wait ctx */
static const char binding_key;

/* The queue that the calling thread is submitting to, in binding_submit() */
static __thread struct device_queue *submitting;

struct binding *binding_find(ASYNC_WAIT_CTX *ctx)
{
	OSSL_ASYNC_FD fd;
	void *found;

	if (!libcrypto.ASYNC_WAIT_CTX_get_fd(ctx, &binding_key, &fd, &found))
		return NULL;
	return found;
}

/* The end of a binding, at its wait ctx's end or before. */
static void binding_end(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd,
			void *custom_data)
{
	struct binding *binding = custom_data;

	/* A child has its parent's row before it, in shared memory */
	if (fork_owner(binding->queue->process->token))
		counters_session_close(binding->counters);
	binding->cleanup(ctx, key, fd, binding->session);
	queue_put(binding->queue);
	free(binding);
}

int binding_get_fd(ASYNC_WAIT_CTX *ctx, const void *queue, OSSL_ASYNC_FD *fd,
		   void **session)
{
	struct binding *binding = binding_find(ctx);

	if (!binding || !queue_usable(binding->queue) ||
	    binding->queue->queue != queue)
		return 0;
	*fd = async_session_fd(binding->session);
	*session = binding->session;
	return 1;
}

/* Ends a binding that is of no use any more. */
static int binding_replace(ASYNC_WAIT_CTX *ctx, struct binding *old)
{
	/* A request that a job waits for is not to become another's */
	if (old->waiting)
		return 0;
	libcrypto.ASYNC_WAIT_CTX_clear_fd(ctx, &binding_key);
	binding_end(ctx, &binding_key, async_session_fd(old->session), old);
	return 1;
}

int binding_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *queue,
			OSSL_ASYNC_FD fd, void *session,
			void (*cleanup)(ASYNC_WAIT_CTX *ctx, const void *key,
					OSSL_ASYNC_FD fd, void *session))
{
	struct binding *old = binding_find(ctx);
	struct binding *binding;

	(void)queue;
	if (old && !binding_replace(ctx, old))
		return 0;
	binding = calloc(1, sizeof(*binding));
	if (!binding)
		return 0;
	binding->queue = submitting;
	binding->session = session;
	binding->cleanup = cleanup;
	if (!libcrypto.ASYNC_WAIT_CTX_set_wait_fd(ctx, &binding_key, fd,
						  binding, binding_end)) {
		free(binding);
		return 0;
	}
	queue_get(submitting);
	binding->counters = counters_session_open(fd);
	return 1;
}

int binding_get_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn *callback,
			 void **arg)
{
	if (submitting->fd_only)
		return 0;
	return libcrypto.ASYNC_WAIT_CTX_get_callback(ctx, callback, arg);
}

int binding_set_status(ASYNC_WAIT_CTX *ctx, int status)
{
	return libcrypto.ASYNC_WAIT_CTX_set_status(ctx, status);
}

/* Somebody has to reap for those who wait for a callback. */
static int binding_reaper(struct device_queue *queue, ASYNC_WAIT_CTX *ctx)
{
	ASYNC_callback_fn callback;
	void *arg;
	int ret;

	if (queue->poller || !binding_get_callback(ctx, &callback, &arg))
		return 0;
	ret = async_poller_start(queue->queue);
	if (!ret)
		queue->poller = true;
	return ret;
}

int binding_submit(struct device_queue *queue, ASYNC_WAIT_CTX *ctx,
		   const struct async_op *op, struct async_request **request)
{
	int status = libcrypto.ASYNC_WAIT_CTX_get_status(ctx);
	int ret = -ESHUTDOWN;

	pthread_mutex_lock(&queue->lock);
	submitting = queue;
	if (queue->queue)
		ret = binding_reaper(queue, ctx);
	if (!ret)
		ret = async_bind_try(queue->queue, ctx, op, request);
	pthread_mutex_unlock(&queue->lock);
	/* The operation goes on in software: nobody is to try again */
	if (ret)
		libcrypto.ASYNC_WAIT_CTX_set_status(ctx, status);
	return ret;
}

void binding_hide(ASYNC_WAIT_CTX *ctx)
{
	struct binding *binding = binding_find(ctx);

	if (binding && !binding->shown)
		binding_replace(ctx, binding);
}

int binding_wait_room(struct binding *binding, ASYNC_WAIT_CTX *ctx)
{
	struct device_queue *queue = binding->queue;
	int ret = -ESHUTDOWN;

	/* Its callback may look as soon as it is known that it waits */
	libcrypto.ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_EAGAIN);
	pthread_mutex_lock(&queue->lock);
	if (queue->queue)
		ret = async_room_wait(binding->session);
	pthread_mutex_unlock(&queue->lock);
	return ret;
}
