// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "id.h"
#include "queue.h"
#include "session.h"

static u32 session_slot(const struct csim_session *session)
{
	return session - session->queue->sessions;
}

/**
 * csim_sessions_init() - make a queue's table of sessions
 * @queue: a queue that is being set up; max_sessions is known
 * @done: in the device mapping, a counter for each session
 *
 * Context: process, sleeps.
 * Return: 0 or -ENOMEM.
 */
int csim_sessions_init(struct csim_queue *queue, u32 *done)
{
	u32 slot = queue->max_sessions;

	queue->sessions = kvcalloc(slot, sizeof(*queue->sessions),
				   GFP_KERNEL_ACCOUNT);
	if (!queue->sessions)
		return -ENOMEM;
	init_llist_head(&queue->free_sessions);
	/* The list is last in, first out: the first session gets slot 0 */
	while (slot--) {
		struct csim_session *session = &queue->sessions[slot];

		session->queue = queue;
		session->id = slot;
		session->shown = &done[slot];
		init_waitqueue_head(&session->wait);
		llist_add(&session->free, &queue->free_sessions);
	}
	return 0;
}

/**
 * csim_sessions_free() - end a queue's table of sessions
 * @queue: a queue to which nobody holds a reference
 *
 * Context: process.
 */
void csim_sessions_free(struct csim_queue *queue)
{
	kvfree(queue->sessions);
	queue->sessions = NULL;
}

/**
 * csim_sessions_hang_up() - tell all pollers that the queue was stopped
 * @queue: the queue
 *
 * Context: process, the queue's mutex, so that no session is added.
 */
void csim_sessions_hang_up(struct csim_queue *queue)
{
	u32 slot;

	for (slot = 0; slot < queue->max_sessions; slot++)
		if (READ_ONCE(queue->sessions[slot].open))
			wake_up_poll(&queue->sessions[slot].wait, EPOLLHUP);
}

static __poll_t session_poll(struct file *file, poll_table *table)
{
	struct csim_session *session = file->private_data;
	struct csim_queue *queue = session->queue;
	__poll_t mask = 0;
	u32 consumed, done;

	poll_wait(file, &session->wait, table);
	/* Partner: wq_has_sleeper() of the announcer (early 6.1 lacks this) */
	smp_mb();
	consumed = READ_ONCE(queue->consumed[session_slot(session)]);
	/*
	 * What the user sees, who looks there when told. Partner: the
	 * store-release of csim_session_announce()
	 */
	done = smp_load_acquire(session->shown);
	if ((s32)(done - consumed) > 0)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (csim_queue_state(queue) != CSIM_QUEUE_READY)
		mask |= EPOLLHUP;
	return mask;
}

static int session_release(struct inode *inode, struct file *file)
{
	struct csim_session *session = file->private_data;
	struct csim_queue *queue = session->queue;

	spin_lock(&queue->lock);
	WRITE_ONCE(session->open, false);
	spin_unlock(&queue->lock);
	csim_session_put(session);
	csim_queue_put(queue);
	return 0;
}

static const struct file_operations session_fops = {
	.owner = THIS_MODULE,
	.poll = session_poll,
	.release = session_release,
	.llseek = noop_llseek,
};

/* Takes a free slot; it is open, and the reference is its file's */
static struct csim_session *session_take(struct csim_queue *queue)
{
	struct llist_node *node = llist_del_first(&queue->free_sessions);
	struct csim_session *session;

	if (!node)
		return NULL;
	session = llist_entry(node, struct csim_session, free);
	refcount_set(&session->ref, 1);
	spin_lock(&queue->lock);
	session->id = csim_id_next(session->id);
	session->open = true;
	spin_unlock(&queue->lock);
	return session;
}

/**
 * csim_session_add() - CRYPTOSIM_IOC_SESSION_ADD
 * @queue: a queue that is ready
 * @add: the ioctl's argument; filled
 * @user: where the caller wants it
 *
 * Context: process, sleeps, the queue's mutex.
 * Return: 0 or an error as the UAPI header lists them.
 */
int csim_session_add(struct csim_queue *queue,
		     struct cryptosim_session_add *add, void __user *user)
{
	struct csim_session *session;
	struct file *file;
	int fd, ret;

	if (add->flags)
		return -EINVAL;
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	session = session_take(queue);
	if (!session) {
		ret = -ENOSPC;
		goto put_fd;
	}
	csim_queue_get(queue);
	file = anon_inode_getfile("[cryptosim]", &session_fops, session,
				  O_RDONLY);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto put_session;
	}
	add->id = session->id;
	add->slot = session_slot(session);
	add->fd = fd;
	if (copy_to_user(user, add, sizeof(*add))) {
		/* Ends the session too */
		fput(file);
		ret = -EFAULT;
		goto put_fd;
	}
	fd_install(fd, file);
	return 0;

put_session:
	WRITE_ONCE(session->open, false);
	csim_session_put(session);
	csim_queue_put(queue);
put_fd:
	put_unused_fd(fd);
	return ret;
}

/**
 * csim_session_get() - the session of an id
 * @queue: its queue
 * @id: its id
 *
 * Context: the queue's lock.
 * Return: the session with a reference, or NULL.
 */
struct csim_session *csim_session_get(struct csim_queue *queue, u32 id)
{
	u32 slot = csim_id_slot(id);
	struct csim_session *session;

	if (slot >= queue->max_sessions)
		return NULL;
	session = &queue->sessions[array_index_nospec(slot, queue->max_sessions)];
	/* An ADD that fails late closes it without the lock */
	if (!READ_ONCE(session->open) || session->id != id)
		return NULL;
	refcount_inc(&session->ref);
	return session;
}

/**
 * csim_session_put() - drop a reference on a session
 * @session: the session; its slot is free after the last
 *
 * Context: any.
 */
void csim_session_put(struct csim_session *session)
{
	if (refcount_dec_and_test(&session->ref))
		llist_add(&session->free, &session->queue->free_sessions);
}

/**
 * csim_session_announce() - count a completion, wake who polls
 * @session: the session; a reference on it is dropped
 *
 * Context: the line's handler, after the CQE was posted.
 */
void csim_session_announce(struct csim_session *session)
{
	if (READ_ONCE(session->open)) {
		u32 done = session->done + 1;

		WRITE_ONCE(session->done, done);
		/* After cq_tail; partner: the user's load-acquire */
		smp_store_release(session->shown, done);
		/* Has a full barrier; partner: smp_mb() in session_poll() */
		if (wq_has_sleeper(&session->wait))
			wake_up_poll(&session->wait, EPOLLIN);
	}
	csim_session_put(session);
}
