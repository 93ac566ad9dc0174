// SPDX-License-Identifier: MIT
/*
 * Sessions and wait ctxs. Uses nothing of a wait ctx but the documented
 * functions, so that it works with OpenSSL's own, given that library's header.
 */
#include <errno.h>
#include <stdbool.h>

#include <libasync/bind.h>
#include <libasync/queue.h>
#include <libasync/room.h>
#include <libasync/session.h>

/* The entry's cleanup function: its wait ctx is at its end. */
static void bind_cleanup(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd,
			 void *custom_data)
{
	(void)ctx;
	(void)key;
	(void)fd;
	async_session_close(custom_data);
}

int async_bind_session(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		       struct async_session **session)
{
	struct async_session *new;
	OSSL_ASYNC_FD fd;
	void *found;
	int ret;

	if (ASYNC_WAIT_CTX_get_fd(ctx, queue, &fd, &found)) {
		*session = found;
		return 0;
	}
	ret = async_session_open(queue, &new);
	if (ret)
		return ret;
	if (!ASYNC_WAIT_CTX_set_wait_fd(ctx, queue, async_session_fd(new), new,
					bind_cleanup)) {
		async_session_close(new);
		return -ENOMEM;
	}
	*session = new;
	return 0;
}

/*
 * One request on the ring, announced by the callback that the ctx has now.
 * @patient: whether the ctx waits where there is no room.
 */
static int bind_prepare(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
			const struct async_op *op, bool patient,
			struct async_request **request)
{
	ASYNC_callback_fn callback = NULL;
	struct async_op bound = *op;
	void *arg = NULL;
	int ret;

	ret = async_bind_session(queue, ctx, &bound.session);
	if (ret)
		return ret;
	ASYNC_WAIT_CTX_get_callback(ctx, &callback, &arg);
	/* Returns at once where it is what the session has already */
	async_session_set_callback(bound.session, callback, arg);
	ret = async_prepare(queue, &bound, 1, request);
	/* Who has a callback is told by who reaps; who has an fd reaps here */
	if (!ret && patient && !callback && async_reap(queue) > 0)
		ret = async_prepare(queue, &bound, 1, request);
	if (ret)
		return ret < 0 ? ret : 0;
	/* As in bind_submit(): the callback may look at once */
	ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_EAGAIN);
	return (patient ? async_room_wait(bound.session) : 0) ?: -EAGAIN;
}

static int bind_submit(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		       const struct async_op *op, bool patient,
		       struct async_request **request)
{
	int ret;

	ret = bind_prepare(queue, ctx, op, patient, request);
	if (ret) {
		if (ret != -EAGAIN)
			ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_ERR);
		return ret;
	}
	/*
	 * Said before it is true: as soon as the device sees the request, its
	 * callback may run in another thread and look. A submission that fails
	 * has no callback, so that the correction comes in time.
	 */
	ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_OK);
	ret = async_submit_lazy(queue);
	if (ret < 0) {
		ASYNC_WAIT_CTX_set_status(ctx, ASYNC_STATUS_ERR);
		return ret;
	}
	return 0;
}

int async_bind_submit(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		      const struct async_op *op, struct async_request **request)
{
	return bind_submit(queue, ctx, op, true, request);
}

int async_bind_try(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
		   const struct async_op *op, struct async_request **request)
{
	return bind_submit(queue, ctx, op, false, request);
}
