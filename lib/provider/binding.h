/* SPDX-License-Identifier: MIT */
/*
 * The binding of wait ctxs to queues. lib/ossl/bind.c binds a ctx to a session
 * of one queue; here that is carried on to a ctx that moves between threads, is
 * inherited by a child, or outlives its queue: whatever happens, it has one fd.
 */
#ifndef LIB_PROVIDER_BINDING_H
#define LIB_PROVIDER_BINDING_H

#include <openssl/async.h>
#include <libasync/request.h>

#include "queue.h"

struct counters_session;

/**
 * struct binding - what a wait ctx has of ours
 * @queue: the queue, with a reference; only read
 * @session: the session on it; only read, as @cleanup
 * @cleanup: ends the session
 * @counters: where its operations are counted; NULL: nowhere
 * @waiting: jobs that are paused for a request of it, some of them for ever.
 *	The ctx's user
 * @shown: one was, so that the application has been told of its fd. Likewise
 */
struct binding {
	struct device_queue *queue;
	struct async_session *session;
	void (*cleanup)(ASYNC_WAIT_CTX *ctx, const void *key, OSSL_ASYNC_FD fd,
			void *session);
	struct counters_session *counters;
	unsigned int waiting;
	bool shown;
};

/**
 * binding_find() - the binding of a wait ctx
 * @ctx: the wait ctx
 *
 * Return: the binding, perhaps to a queue that is not usable; NULL: none.
 */
struct binding *binding_find(ASYNC_WAIT_CTX *ctx);

/**
 * binding_submit() - submit an operation for a wait ctx
 * @queue: the ctx's queue if it has one, else the thread's
 * @ctx: the wait ctx
 * @op: the operation
 * @request: out: the request
 *
 * Where it has no room, the status of @ctx is what it was before.
 *
 * Return: as async_bind_submit(); -ESHUTDOWN: the queue has been closed.
 */
int binding_submit(struct device_queue *queue, ASYNC_WAIT_CTX *ctx,
		   const struct async_op *op, struct async_request **request);

/**
 * binding_hide() - end a binding that the application was not told of
 * @ctx: the wait ctx of an operation that goes on without a pause
 *
 * Else it would find an fd when the ctx ends that it has never heard of:
 * HAProxy aborts then. One that was told of stays.
 */
void binding_hide(ASYNC_WAIT_CTX *ctx);

/**
 * binding_wait_room() - have a wait ctx told when there is room
 * @binding: its binding, whose queue had no room for it
 * @ctx: the wait ctx
 *
 * By its fd or its callback, as async_room_wait() says; its status is
 * ASYNC_STATUS_EAGAIN from before that.
 *
 * Return: as async_room_wait(); -ESHUTDOWN: the queue has been closed.
 */
int binding_wait_room(struct binding *binding, ASYNC_WAIT_CTX *ctx);

/*
 * What lib/ossl/bind.c, built for the provider, has for the functions of the
 * same names: they find and enter a struct binding. Arguments and return values
 * are those of ASYNC_WAIT_CTX_get_fd(3) and its kin.
 */
int binding_get_fd(ASYNC_WAIT_CTX *ctx, const void *queue, OSSL_ASYNC_FD *fd,
		   void **session);
int binding_set_wait_fd(ASYNC_WAIT_CTX *ctx, const void *queue,
			OSSL_ASYNC_FD fd, void *session,
			void (*cleanup)(ASYNC_WAIT_CTX *ctx, const void *key,
					OSSL_ASYNC_FD fd, void *session));
int binding_get_callback(ASYNC_WAIT_CTX *ctx, ASYNC_callback_fn *callback,
			 void **arg);
int binding_set_status(ASYNC_WAIT_CTX *ctx, int status);

#endif /* LIB_PROVIDER_BINDING_H */
