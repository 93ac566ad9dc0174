// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/errno.h>

#include "engine.h"
#include "queue.h"
#include "session.h"
#include "watch.h"

/* Has the line's handler announce what should have been by now */
static void watch_raise(struct csim_queue *queue)
{
	struct csim_line *line = &queue->engine->line;

	if (xchg(&queue->watch_due, 1))
		return;
	csim_queue_get(queue);
	llist_add(&queue->due, &line->due);
	csim_line_raise(line);
}

/**
 * csim_watch_set() - announce a session when there is a CQE
 * @queue: a queue that is set up
 * @id: the session's
 * @cq_head: one beyond this
 *
 * Context: process.
 * Return: 0; -EINVAL: @cq_head is beyond what was posted; -ENOENT: no such
 * session.
 */
int csim_watch_set(struct csim_queue *queue, u32 id, u32 cq_head)
{
	struct csim_session *session;

	if ((s32)(READ_ONCE(queue->cq_tail) - cq_head) < 0)
		return -EINVAL;
	spin_lock(&queue->lock);
	session = csim_session_get(queue, id);
	spin_unlock(&queue->lock);
	if (!session)
		return -ENOENT;
	mutex_lock(&queue->watch_lock);
	/* First: the handler clears what it finds of the one that it took */
	WRITE_ONCE(queue->shown->watch, id);
	/*
	 * Has a full barrier, before the look at cq_tail. Partner:
	 * wq_has_sleeper() in csim_queue_announce(), between cq_tail and a look
	 * at the watch
	 */
	session = xchg(&queue->watch, session);
	WRITE_ONCE(queue->shown->unwatched, session ? session->id : 0);
	mutex_unlock(&queue->watch_lock);
	if (session)
		csim_session_put(session);
	if (READ_ONCE(queue->cq_tail) != cq_head)
		watch_raise(queue);
	return 0;
}

/**
 * csim_watch_fire() - there are CQEs: announce the session that watches
 * @queue: their queue
 *
 * Context: the line's handler. Before a CQE is shown, for a watch that was set
 * before its request was submitted; and after a full barrier behind it, for one
 * that is set just now.
 */
void csim_watch_fire(struct csim_queue *queue)
{
	struct csim_session *session;

	if (likely(!READ_ONCE(queue->watch)))
		return;
	session = xchg(&queue->watch, NULL);
	if (!session)
		return;
	/* Unless another has taken its place since */
	cmpxchg(&queue->shown->watch, session->id, 0);
	csim_session_announce(session);
}

/**
 * csim_watch_due() - announce those that should have been when they were set
 * @line: the line
 *
 * Context: the line's handler.
 */
void csim_watch_due(struct csim_line *line)
{
	struct llist_node *due = llist_del_all(&line->due);
	struct csim_queue *queue, *next;

	llist_for_each_entry_safe(queue, next, due, due) {
		/* Has a full barrier: who sets one from here on raises again */
		xchg(&queue->watch_due, 0);
		csim_watch_fire(queue);
		csim_queue_put(queue);
	}
}
