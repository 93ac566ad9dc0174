/* SPDX-License-Identifier: MIT */
/* The binding of sessions to ASYNC_WAIT_CTX, ASYNC_WAIT_CTX_new(3). */
#ifndef LIBASYNC_BIND_H
#define LIBASYNC_BIND_H

#include <openssl/async.h>
#include <libasync/export.h>
#include <libasync/request.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;
struct async_session;

/**
 * async_bind_session() - the session of a wait ctx
 * @queue: the queue
 * @ctx: the wait ctx
 * @session: out: its session on @queue
 *
 * The first call makes the session and enters its fd into @ctx with
 * ASYNC_WAIT_CTX_set_wait_fd(), with @queue as the key: one fd, the same for
 * the ctx's life. ASYNC_WAIT_CTX_free() closes the session by way of the
 * cleanup function. The fd is entered where @ctx has a callback too, since
 * nothing else tells of the ctx's end; such an application need not look at it.
 *
 * Return: 0, or as async_session_open(); -ENOMEM: no room in @ctx.
 */
ASYNC_EXPORT int async_bind_session(struct async_queue *queue,
				    ASYNC_WAIT_CTX *ctx,
				    struct async_session **session);

/**
 * async_bind_submit() - submit one operation for a wait ctx
 * @queue: the queue
 * @ctx: the wait ctx
 * @op: the operation; its session is not looked at, the ctx's is taken
 * @request: out: the request, to be collected
 *
 * Sets the status of @ctx: ASYNC_STATUS_OK: submitted, expect the callback
 * (the one @ctx has now) or the fd; ASYNC_STATUS_EAGAIN: no room now, and the
 * same callback or fd tells when to come again, once; ASYNC_STATUS_ERR: any
 * other failure. A slot is kept for who comes again; who does not says
 * async_room_forget(), or ends @ctx.
 *
 * It submits as async_submit_lazy() does: who has a wait ctx is going to wait.
 *
 * Without a callback it reaps where it finds no room, since who waits by fd
 * comes here to do so.
 *
 * Return: 0; -EAGAIN: no room; else as async_bind_session(), async_prepare()
 * and async_submit().
 */
ASYNC_EXPORT int async_bind_submit(struct async_queue *queue,
				   ASYNC_WAIT_CTX *ctx,
				   const struct async_op *op,
				   struct async_request **request);

/**
 * async_bind_try() - the same for who does not wait for room
 * @queue: the queue
 * @ctx: the wait ctx
 * @op: as for async_bind_submit()
 * @request: likewise
 *
 * Where there is no room it neither reaps nor asks to be told: the operation is
 * done otherwise, by a software implementation say. The status is
 * ASYNC_STATUS_EAGAIN all the same.
 *
 * Return: as async_bind_submit().
 */
ASYNC_EXPORT int async_bind_try(struct async_queue *queue, ASYNC_WAIT_CTX *ctx,
				const struct async_op *op,
				struct async_request **request);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_BIND_H */
