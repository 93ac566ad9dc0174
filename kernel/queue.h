/* SPDX-License-Identifier: GPL-2.0-only */
/* A queue: what one open() of a device gives. */
#ifndef CRYPTOSIM_QUEUE_H
#define CRYPTOSIM_QUEUE_H

#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include <linux/cryptosim.h>

#include "region.h"

struct csim_device;
struct csim_engine;
struct csim_key_slot;
struct csim_request;
struct csim_session;
struct fasync_struct;
struct mm_struct;
struct user_struct;

/**
 * enum csim_queue_state - where a queue is in its life
 * @CSIM_QUEUE_NEW: opened; has no memory yet
 * @CSIM_QUEUE_READY: set up, and bound to its engine
 * @CSIM_QUEUE_STOPPED: bound to none; what is in flight completes
 */
enum csim_queue_state {
	CSIM_QUEUE_NEW,
	CSIM_QUEUE_READY,
	CSIM_QUEUE_STOPPED,
};

/**
 * struct csim_queue_device - head of the mapping that the device writes
 * @sq_head: SQEs taken; store-release by the engine, for the user's reuse of
 *	the entries
 * @sq_flags: CRYPTOSIM_SQ_NEED_WAKEUP; written by the engine
 * @pad: the handler writes to a cache line of its own
 * @cq_tail: CQEs posted; store-release by the handler, partner: the user's
 *	load-acquire before it reads them
 * @watch: id of the session that watches; written by doorbells, and to 0 by the
 *	handler
 * @unwatched: id of the one whose place it took; written by doorbells
 * @pad2: likewise
 *
 * Behind it are the CQEs and done[]. The kernel reads it to tell the user what
 * it will find there, and for nothing else.
 */
struct csim_queue_device {
	u32 sq_head;
	u32 sq_flags;
	u32 pad[14];
	u32 cq_tail;
	u32 watch;
	u32 unwatched;
	u32 pad2[13];
};

/**
 * struct csim_queue_user - head of the mapping that the user writes
 * @sq_tail: SQEs published; our load-acquire is the partner of the user's
 *	store-release
 * @pad: a cache line for each
 * @cq_head: CQEs reaped; likewise
 * @pad2: likewise
 *
 * Behind it are the SQEs and consumed[]. Never to be trusted.
 */
struct csim_queue_user {
	u32 sq_tail;
	u32 pad[15];
	u32 cq_head;
	u32 pad2[15];
};

/**
 * struct csim_queue - a pair of rings, an arena, keys and sessions
 * @ref: the file's, one for each session's file, the engine's while it serves
 *	it, and one for each request in flight
 * @csdev: its device
 * @engine: the engine it is bound to
 * @inlined: it is served by its doorbells, and in no list
 * @node: in the engine's list, under the engine's lock
 * @mutex: serialises the ioctls that change @state or the tables
 * @state: enum csim_queue_state; written under @mutex, store-release when it
 *	becomes ready, partner: csim_queue_state()
 * @owner: the mm of the process that set it up; only compared, never used
 * @user: whose locked memory it counts as
 * @charged: pages of it
 * @sq_entries: power of two
 * @cq_entries: power of two
 * @max_keys: slots in @keys
 * @max_sessions: slots in @sessions
 * @arena_size: bytes
 * @device: the mapping that the device writes
 * @usr: the mapping that the user writes
 * @arena: the data
 * @shown: head of @device
 * @cqes: in @device
 * @said: head of @usr
 * @sqes: in @usr
 * @consumed: in @usr, one for each session
 * @sq_head: SQEs taken; written by the engine alone, read by anyone
 * @cq_tail: CQEs posted; written by the handler alone, read by anyone
 * @submit_cpu: where the last doorbell was rung
 * @requests: cq_entries of them, and some that are on their way back
 * @free: those not in flight; the engine's own
 * @returned: those that came back since it last looked; added to by the
 *	handler, taken whole by the engine
 * @lock: guards @keys, the sessions' ids and what is taken of them
 * @keys: table of keys
 * @used_keys: bitmap of slots in @keys; under @mutex
 * @sessions: table of sessions
 * @free_sessions: those that have ended, or never began; under @lock
 * @wait: who waits for completions: doorbells, pollers of the queue's fd
 * @fasync: who gets a signal for them; has a lock of its own
 * @watch: the session to be announced with the next CQE, which is taken;
 *	exchanged by doorbells, which have @watch_lock, and the handler
 * @watch_lock: no two doorbells at once
 * @watch_due: whether @due is in its line's list; exchanged like @watch
 * @due: there, with a reference on the queue
 * @free_work: frees it in process context after the last reference
 */
struct csim_queue {
	refcount_t ref;
	struct csim_device *csdev;
	struct csim_engine *engine;
	bool inlined;
	struct list_head node;
	struct mutex mutex;	/* state, and changes to the tables */
	int state;
	struct mm_struct *owner;
	struct user_struct *user;
	unsigned long charged;

	u32 sq_entries;
	u32 cq_entries;
	u32 max_keys;
	u32 max_sessions;
	u64 arena_size;
	struct csim_region device;
	struct csim_region usr;
	struct csim_region arena;
	struct csim_queue_device *shown;
	struct cryptosim_cqe *cqes;
	struct csim_queue_user *said;
	struct cryptosim_sqe *sqes;
	u32 *consumed;

	u32 sq_head ____cacheline_aligned;
	u32 cq_tail ____cacheline_aligned;
	int submit_cpu;

	struct csim_request *requests;
	struct llist_node *free;
	struct llist_head returned;
	spinlock_t lock;	/* ids in the tables, sessions */
	struct csim_key_slot *keys;
	unsigned long *used_keys;
	struct csim_session *sessions;
	struct list_head free_sessions;
	wait_queue_head_t wait;
	struct fasync_struct *fasync;
	struct csim_session *watch;
	struct mutex watch_lock;	/* who watches */
	u32 watch_due;
	struct llist_node due;
	struct work_struct free_work;
};

int csim_queues_init(void);
void csim_queues_exit(void);

struct csim_queue *csim_queue_open(struct csim_device *csdev);
int csim_queue_setup(struct csim_queue *queue, struct cryptosim_setup *setup);
void csim_queue_stop(struct csim_queue *queue);
void csim_queue_put_many(struct csim_queue *queue, unsigned int count);

static inline void csim_queue_get(struct csim_queue *queue)
{
	refcount_inc(&queue->ref);
}

static inline void csim_queue_put(struct csim_queue *queue)
{
	csim_queue_put_many(queue, 1);
}

static inline int csim_queue_state(const struct csim_queue *queue)
{
	/* Partner: the store-release that ends csim_queue_setup() */
	return smp_load_acquire(&queue->state);
}

#endif /* CRYPTOSIM_QUEUE_H */
