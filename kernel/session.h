/* SPDX-License-Identifier: GPL-2.0-only */
/* A session: where completions are announced, a pollable fd. */
#ifndef CRYPTOSIM_SESSION_H
#define CRYPTOSIM_SESSION_H

#include <linux/llist.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>

struct csim_queue;

/**
 * struct csim_session - a slot of the queue's table of sessions
 * @queue: whose it is; the file holds a reference on it
 * @id: its id, or its last owner's; written under the queue's lock
 * @open: whether its file is; written under the queue's lock
 * @ref: the file's, and one for each request in flight; 0: the slot is free
 * @free: in the queue's list of free slots
 * @wait: who polls
 * @done: completions so far, of all its owners; written by the handler alone
 * @shown: where it publishes them, in the device mapping
 *
 * The memory lives as long as the queue: the handler and a late poll may look
 * at a slot whose file is gone.
 */
struct csim_session {
	struct csim_queue *queue;
	u32 id;
	bool open;
	refcount_t ref;
	struct llist_node free;
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
struct csim_session *csim_session_get(struct csim_queue *queue, u32 id);
void csim_session_put(struct csim_session *session);
void csim_session_announce(struct csim_session *session);

#endif /* CRYPTOSIM_SESSION_H */
