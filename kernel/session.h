/* SPDX-License-Identifier: GPL-2.0-only */
/* A session: where completions are announced, a pollable fd. */
#ifndef CRYPTOSIM_SESSION_H
#define CRYPTOSIM_SESSION_H

#include <linux/list.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "id.h"
#include "queue.h"

/**
 * struct csim_session - a slot of the queue's table of sessions
 * @queue: whose it is; the file holds a reference on it
 * @id: its id, or its last owner's; written under the queue's lock
 * @open: whether its file is; under the queue's lock, as is @taken
 * @free: in the queue's list of ended ones, under its lock
 * @taken: how often csim_session_get() found it, for any of its owners
 * @wait: who polls
 * @done: how much of @taken has come to its end; written by the handler alone
 * @shown: where it publishes that, in the device mapping
 *
 * An ended one may have requests in flight. It gets a new owner when @done has
 * come up to @taken: then neither counter moves, and the two know of no others.
 * The memory lives as long as the queue: the handler and a late poll may look
 * at a slot whose file is gone.
 */
struct csim_session {
	struct csim_queue *queue;
	u32 id;
	bool open;
	struct list_head free;
	u32 taken;
	wait_queue_head_t wait;
	u32 done;
	u32 *shown;
};

struct cryptosim_session_add;

int csim_sessions_init(struct csim_queue *queue, u32 *done);
void csim_sessions_free(struct csim_queue *queue);
void csim_sessions_hang_up(struct csim_queue *queue);

int csim_session_add(struct csim_queue *queue,
		     struct cryptosim_session_add *add,
		     void __user *user);
void csim_session_put(struct csim_session *session);
void csim_session_announce(struct csim_session *session);
void csim_sessions_announce(struct llist_node *node,
			    const struct llist_node *last);

/**
 * csim_session_get() - the session of an id
 * @queue: its queue
 * @id: its id
 *
 * Context: the queue's lock.
 * Return: the session, which stays until csim_session_announce() or
 * csim_session_put(); or NULL.
 */
static inline struct csim_session *csim_session_get(struct csim_queue *queue,
						    u32 id)
{
	u32 slot = csim_id_slot(id);
	struct csim_session *session;

	if (slot >= queue->max_sessions)
		return NULL;
	session = &queue->sessions[array_index_nospec(slot, queue->max_sessions)];
	if (!session->open || session->id != id)
		return NULL;
	session->taken++;
	return session;
}

#endif /* CRYPTOSIM_SESSION_H */
