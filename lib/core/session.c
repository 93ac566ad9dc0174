// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"
#include "sys.h"

/*
 * The writer's side of async_session_callback(). All of it is sequentially
 * consistent: the reader's loads come after the reaper's store of what it is
 * about to run, and the writer's stores before its look at that, so that one of
 * the two sees the other (struct reap_batch). Context: the queue's lock.
 */
static void session_set(struct async_session *session,
			async_callback_fn callback, void *arg)
{
	atomic_fetch_add(&session->seq, 1);
	atomic_store(&session->callback, callback);
	atomic_store(&session->arg, arg);
	atomic_fetch_add(&session->seq, 1);
}

int async_session_open(struct async_queue *queue,
		       struct async_session **session)
{
	struct cryptosim_session_add add = { 0 };
	struct async_ring *ring = &queue->ring;
	struct async_session *new;
	uint32_t done;
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	ret = async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_SESSION_ADD, &add);
	if (ret) {
		free(new);
		return ret;
	}
	new->queue = queue;
	new->id = add.id;
	new->fd = add.fd;
	new->consumed = &ring->consumed[add.slot];
	/* The counters go on from where the slot's last owner left them */
	done = atomic_load_explicit(&ring->done[add.slot],
				    memory_order_relaxed);
	atomic_store_explicit(new->consumed, done, memory_order_relaxed);
	atomic_fetch_add(&queue->refs, 1);
	*session = new;
	return 0;
}

void async_session_close(struct async_session *session)
{
	struct async_queue *queue;

	if (!session)
		return;
	queue = session->queue;
	/* A child has a copy, whose lock may be held by nobody */
	if (fork_owner(queue->token)) {
		async_room_end(session);
		lock_take(&queue->lock);
		session_set(session, NULL, NULL);
		/* First the callbacks: they may still collect */
		async_reap_cancel(queue, session);
		if (!queue->closed)
			async_requests_orphan(queue, session);
		queue_unlock(queue);
		if (room_line(&queue->room))
			async_room_made(queue);
	}
	close(session->fd);
	free(session);
	async_queue_put(queue);
}

int async_session_fd(const struct async_session *session)
{
	return session->fd;
}

void async_session_set_callback(struct async_session *session,
				async_callback_fn callback, void *arg)
{
	struct async_queue *queue = session->queue;
	void *now_arg;

	if (!fork_owner(queue->token))
		return;
	/* It costs nothing to say the same again for each request */
	if (async_session_callback(session, &now_arg) == callback &&
	    now_arg == arg)
		return;
	lock_take(&queue->lock);
	session_set(session, callback, arg);
	async_reap_settle(queue, session);
	queue_unlock(queue);
}
