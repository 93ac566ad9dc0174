// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "queue.h"
#include "request.h"
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
	INIT_LIST_HEAD(&queue->free_sessions);
	/* The last to end is the first to be used again: begin with slot 0 */
	while (slot--) {
		struct csim_session *session = &queue->sessions[slot];

		session->queue = queue;
		session->id = slot;
		session->shown = &done[slot];
		init_waitqueue_head(&session->wait);
		list_add(&session->free, &queue->free_sessions);
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
	 * store-release of session_count()
	 */
	done = smp_load_acquire(session->shown);
	if ((s32)(done - consumed) > 0)
		mask |= EPOLLIN | EPOLLRDNORM;
	if (csim_queue_state(queue) != CSIM_QUEUE_READY)
		mask |= EPOLLHUP;
	return mask;
}

static void session_end(struct csim_session *session)
{
	struct csim_queue *queue = session->queue;

	spin_lock(&queue->lock);
	WRITE_ONCE(session->open, false);
	list_add(&session->free, &queue->free_sessions);
	spin_unlock(&queue->lock);
	csim_queue_put(queue);
}

static int session_release(struct inode *inode, struct file *file)
{
	session_end(file->private_data);
	return 0;
}

static const struct file_operations session_fops = {
	.owner = THIS_MODULE,
	.poll = session_poll,
	.release = session_release,
	.llseek = noop_llseek,
};

/* Opens an ended one of which nothing is in flight; it refers to the queue */
static struct csim_session *session_begin(struct csim_queue *queue)
{
	struct csim_session *session, *found = NULL;

	spin_lock(&queue->lock);
	list_for_each_entry(session, &queue->free_sessions, free) {
		/* Partner: the store-release of session_count() */
		if (smp_load_acquire(&session->done) != session->taken)
			continue;
		found = session;
		list_del(&found->free);
		found->id = csim_id_next(found->id);
		WRITE_ONCE(found->open, true);
		csim_queue_get(queue);
		break;
	}
	spin_unlock(&queue->lock);
	return found;
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
	session = session_begin(queue);
	if (!session) {
		ret = -ENOSPC;
		goto put_fd;
	}
	file = anon_inode_getfile("[cryptosim]", &session_fops, session,
				  O_RDONLY);
	if (IS_ERR(file)) {
		ret = PTR_ERR(file);
		goto end_session;
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

end_session:
	session_end(session);
put_fd:
	put_unused_fd(fd);
	return ret;
}

/**
 * csim_session_put() - give a session back that has nothing to announce
 * @session: what csim_session_get() returned
 *
 * Context: any but interrupts.
 */
void csim_session_put(struct csim_session *session)
{
	struct csim_queue *queue = session->queue;

	spin_lock(&queue->lock);
	session->taken--;
	spin_unlock(&queue->lock);
}

/*
 * Once @done is stored the slot may have a new owner, who is woken for nothing
 * then and looks at his counters.
 */
static inline void session_count(struct csim_session *session)
{
	u32 done = session->done + 1;

	/* After cq_tail; partner: the user's load-acquire */
	smp_store_release(session->shown, done);
	/* Who takes the slot finds all shown. Partner: session_begin() */
	smp_store_release(&session->done, done);
	/* Has a full barrier; partner: smp_mb() in session_poll() */
	if (wq_has_sleeper(&session->wait))
		wake_up_poll(&session->wait, EPOLLIN);
}

/**
 * csim_session_announce() - count a completion, wake who polls
 * @session: what csim_session_get() returned, who has no more of it
 *
 * Context: the line's handler, after the CQE was posted.
 */
void csim_session_announce(struct csim_session *session)
{
	session_count(session);
}

/**
 * csim_sessions_announce() - the same for the sessions of some requests
 * @node: the first request of a list
 * @last: the last one
 *
 * Context: the line's handler, after their CQEs were posted.
 */
void csim_sessions_announce(struct llist_node *node,
			    const struct llist_node *last)
{
	struct csim_request *req;

	for (;; node = node->next) {
		req = llist_entry(node, struct csim_request, node);
		if (req->session)
			session_count(req->session);
		if (node == last)
			break;
	}
}
