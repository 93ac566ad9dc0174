/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rings of a queue: SQEs down, CQEs up.
 *
 * Both sides are counters that run freely. The kernel keeps its own two,
 * sq_head and cq_tail, to itself and only shows them; the user's two, sq_tail
 * and cq_head, may say anything at any time. What orders them:
 *
 *	user: writes SQEs; store-release sq_tail
 *	engine: load-acquire sq_tail; copies SQEs; store-release sq_head
 *
 *	user: store-release sq_tail; full fence; loads sq_flags
 *	engine: sets NEED_WAKEUP; full fence; loads sq_tail; sleeps
 *
 *	handler: writes CQEs; store-release cq_tail; done[session]; wakes
 *	user: load-acquire cq_tail; reads CQEs; store-release cq_head
 *	engine: load-acquire cq_head; takes more
 */
#ifndef CRYPTOSIM_RING_H
#define CRYPTOSIM_RING_H

#include <linux/types.h>

struct csim_queue;
struct csim_request;
struct llist_node;

/**
 * csim_ring_pending() - how many SQEs can be taken
 * @sq_head: SQEs taken so far
 * @sq_tail: the user's word on how many there are
 * @sq_entries: size of the SQ
 * @cq_head: the user's word on how many CQEs it reaped
 * @cq_entries: size of the CQ
 *
 * Each SQE taken makes one CQE, so the CQ has room for what @sq_head is short
 * of @cq_head + @cq_entries. A @cq_head that is nonsense counts as a full CQ,
 * an @sq_tail that is nonsense as an empty SQ.
 *
 * Return: 0 to @sq_entries.
 */
static inline u32 csim_ring_pending(u32 sq_head, u32 sq_tail, u32 sq_entries,
				    u32 cq_head, u32 cq_entries)
{
	u32 waiting = sq_tail - sq_head;
	u32 used = sq_head - cq_head;

	if (waiting > sq_entries || used >= cq_entries)
		return 0;
	return min(waiting, cq_entries - used);
}

u32 csim_queue_pending(const struct csim_queue *queue);
bool csim_queue_tail_valid(const struct csim_queue *queue);
void csim_queue_need_wakeup(struct csim_queue *queue, bool need);
struct llist_node *csim_queue_take(struct csim_queue *queue,
				   unsigned int *count);

u32 csim_queue_ready(const struct csim_queue *queue);
int csim_queue_wait(struct csim_queue *queue, u32 cq_head, u32 count,
		    u64 timeout_ns);
unsigned int csim_queue_post(struct csim_queue *queue, struct llist_node **list,
			     unsigned int budget, u64 *completions, u64 now);
void csim_queue_announce(struct csim_queue *queue);

#endif /* CRYPTOSIM_RING_H */
