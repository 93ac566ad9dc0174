// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include "engine.h"
#include "queue.h"
#include "request.h"
#include "ring.h"
#include "selftest/kunit.h"
#include "session.h"
#include "watch.h"

/**
 * csim_queue_pending() - how many SQEs can be taken now
 * @queue: a queue that is set up
 *
 * Context: any.
 * Return: 0 to sq_entries.
 */
u32 csim_queue_pending(const struct csim_queue *queue)
{
	u32 sq_tail, cq_head;

	/* Partner: the user's store-release after it wrote the SQEs */
	sq_tail = smp_load_acquire(&queue->said->sq_tail);
	/* Partner: the user's store-release after it read the CQEs */
	cq_head = smp_load_acquire(&queue->said->cq_head);
	/* Beyond what was posted: nonsense, and no room to spin on */
	if ((s32)(READ_ONCE(queue->cq_tail) - cq_head) < 0)
		return 0;
	return csim_ring_pending(READ_ONCE(queue->sq_head), sq_tail,
				 queue->sq_entries, cq_head,
				 queue->cq_entries);
}

/**
 * csim_queue_tail_valid() - whether sq_tail makes sense
 * @queue: a queue that is set up
 *
 * Context: any.
 * Return: true if so.
 */
bool csim_queue_tail_valid(const struct csim_queue *queue)
{
	u32 sq_head, sq_tail;

	/* Read before sq_tail and again after it; no data hangs on it */
	sq_head = smp_load_acquire(&queue->sq_head);
	/* Likewise */
	sq_tail = smp_load_acquire(&queue->said->sq_tail);
	/* An engine that takes SQEs meanwhile found sq_tail good */
	if (READ_ONCE(queue->sq_head) != sq_head)
		return true;
	return sq_tail - sq_head <= queue->sq_entries;
}

/**
 * csim_queue_need_wakeup() - tell the user whether to ring the doorbell
 * @queue: a queue that is set up
 * @need: whether
 *
 * Context: the engine, or a doorbell that wakes it afterwards.
 */
void csim_queue_need_wakeup(struct csim_queue *queue, bool need)
{
	WRITE_ONCE(queue->shown->sq_flags, need ? CRYPTOSIM_SQ_NEED_WAKEUP : 0);
}

/**
 * csim_queue_take() - take SQEs off the ring
 * @queue: a queue that is set up
 * @count: out: how many, 0 to CSIM_BATCH
 *
 * Each request has its copy of the SQE, its references and, if it is not good,
 * its error in @result.
 *
 * Context: the engine's mutex.
 * Return: the requests, the first one first; NULL: none.
 */
struct llist_node *csim_queue_take(struct csim_queue *queue,
				   unsigned int *count)
{
	u32 pending = min_t(u32, csim_queue_pending(queue), CSIM_BATCH);
	u32 head = queue->sq_head, end = head + pending;
	u32 mask = queue->sq_entries - 1;
	struct llist_node *first, **link = &queue->free;
	u64 now;

	*count = 0;
	if (!pending)
		return NULL;
	now = ktime_get_ns();
	spin_lock(&queue->lock);
	while (head != end) {
		const struct cryptosim_sqe *sqe = &queue->sqes[head & mask];
		struct csim_request *req;

		/* There are enough, see queue_requests() */
		if (!*link) {
			*link = llist_del_all(&queue->returned);
			if (WARN_ON_ONCE(!*link))
				break;
		}
		req = llist_entry(*link, struct csim_request, node);
		link = &req->node.next;
		head++;
		/* The user may write to it meanwhile; only the copy counts */
		data_race(req->sqe = *sqe);
		/* From here on nobody may go back to the shared one */
		barrier();
		req->taken_ns = now;
		csim_request_admit(req);
	}
	spin_unlock(&queue->lock);
	/* What was taken was linked already; the rest stays behind */
	first = queue->free;
	queue->free = *link;
	*link = NULL;
	*count = head - queue->sq_head;
	refcount_add(*count, &queue->ref);

	WRITE_ONCE(queue->sq_head, head);
	/* Partner: the user's load-acquire before it writes new SQEs */
	smp_store_release(&queue->shown->sq_head, head);
	return first;
}

/**
 * csim_queue_ready() - how many CQEs there are to reap
 * @queue: a queue that is set up
 *
 * Context: any.
 * Return: 0 to cq_entries; may be old already.
 */
u32 csim_queue_ready(const struct csim_queue *queue)
{
	u32 cq_head, ready;

	/* First: it only follows cq_tail. Partner: the user's store-release */
	cq_head = smp_load_acquire(&queue->said->cq_head);
	/*
	 * The one that the user sees, who looks there when told. Partner: the
	 * store-release of csim_queue_post()
	 */
	ready = smp_load_acquire(&queue->shown->cq_tail) - cq_head;
	/* One that is nonsense counts as a full CQ */
	return min(ready, queue->cq_entries);
}

/**
 * struct ring_waiter - somebody in csim_queue_wait()
 * @entry: in the queue's wait
 * @queue: the queue
 * @target: wake when cq_tail has come this far
 */
struct ring_waiter {
	struct wait_queue_entry entry;
	struct csim_queue *queue;
	u32 target;
};

static bool ring_waiter_done(const struct ring_waiter *waiter)
{
	/* As in csim_queue_ready() */
	u32 cq_tail = smp_load_acquire(&waiter->queue->shown->cq_tail);

	return (s32)(cq_tail - waiter->target) >= 0;
}

/* The waker's side: does not wake for less than was asked for */
static int ring_waiter_wake(struct wait_queue_entry *entry, unsigned int mode,
			    int flags, void *key)
{
	struct ring_waiter *waiter =
		container_of(entry, struct ring_waiter, entry);

	if (!ring_waiter_done(waiter) &&
	    READ_ONCE(waiter->queue->state) == CSIM_QUEUE_READY)
		return 0;
	return autoremove_wake_function(entry, mode, flags, key);
}

/* Returns false when the time was up */
static bool ring_sleep(u64 timeout_ns, ktime_t end)
{
	if (timeout_ns == U64_MAX) {
		schedule();
		return true;
	}
	return schedule_hrtimeout(&end, HRTIMER_MODE_ABS) != 0;
}

/**
 * csim_queue_wait() - wait for completions
 * @queue: a queue that is set up
 * @cq_head: the user's word on where it begins to count
 * @count: how many beyond that. Another thread may reap them meanwhile; they
 *	count all the same, or two reapers could wait for each other's
 * @timeout_ns: for how long at most; U64_MAX: for ever
 *
 * Context: process, sleeps.
 * Return: 0, -EINVAL: @cq_head is beyond what was posted, -ETIME, -EINTR or
 * -ESHUTDOWN.
 */
int csim_queue_wait(struct csim_queue *queue, u32 cq_head, u32 count,
		    u64 timeout_ns)
{
	struct ring_waiter waiter = {
		.entry.func = ring_waiter_wake,
		.entry.private = current,
		.queue = queue,
		.target = cq_head + count,
	};
	ktime_t end = 0;
	bool in_time = true;
	int ret = 0;

	if ((s32)(READ_ONCE(queue->cq_tail) - cq_head) < 0)
		return -EINVAL;
	if (ring_waiter_done(&waiter))
		return 0;
	INIT_LIST_HEAD(&waiter.entry.entry);
	if (timeout_ns != U64_MAX)
		end = ktime_add_safe(ktime_get(), min_t(u64, timeout_ns, S64_MAX));
	for (;;) {
		/* Its barrier's partner: wq_has_sleeper() of the announcer */
		prepare_to_wait(&queue->wait, &waiter.entry, TASK_INTERRUPTIBLE);
		if (ring_waiter_done(&waiter))
			break;
		if (csim_queue_state(queue) != CSIM_QUEUE_READY)
			ret = -ESHUTDOWN;
		else if (!in_time)
			ret = -ETIME;
		else if (signal_pending(current))
			ret = -EINTR;
		if (ret)
			break;
		in_time = ring_sleep(timeout_ns, end);
	}
	finish_wait(&queue->wait, &waiter.entry);
	return ret;
}

/* Fills in the CQE of a request */
static inline void ring_fill(struct cryptosim_cqe *cqe,
			     const struct csim_request *req, u64 now)
{
	*cqe = (struct cryptosim_cqe) {
		.user_data = req->sqe.user_data,
		.result = req->result,
		.session = req->sqe.session,
		.time_ns = now,
		.device_ns = now - req->taken_ns,
	};
}

/**
 * csim_queue_post() - make completions visible
 * @queue: the queue
 * @list: finished requests, the first one is the queue's; those that are posted
 *	go back to the queue and are taken off. Ends before another queue's
 * @budget: how many at most, not 0
 * @completions: counts them
 * @now: CLOCK_MONOTONIC, ns
 *
 * There is room: csim_ring_pending() took care of that, unless the user lied
 * about cq_head; then it loses a CQE that it said it had reaped.
 *
 * The caller owns the queue's references that the requests had.
 *
 * Context: the line's handler.
 * Return: how many it were.
 */
unsigned int csim_queue_post(struct csim_queue *queue, struct llist_node **list,
			     unsigned int budget, u64 *completions, u64 now)
{
	struct llist_node *first = *list, *node = first, *last;
	struct csim_request *req = llist_entry(node, struct csim_request, node);
	struct cryptosim_cqe *cqes = queue->cqes;
	u32 mask = queue->cq_entries - 1;
	u32 tail = queue->cq_tail, end = tail + budget;
	unsigned int count;
	uintptr_t tell = 0;

	csim_watch_fire(queue);
	do {
		ring_fill(&cqes[tail++ & mask], req, now);
		tell |= (uintptr_t)req->session;
		last = node;
		node = node->next;
		req = llist_entry(node, struct csim_request, node);
	} while (tail != end && node && req->queue == queue);
	count = tail - queue->cq_tail;
	/* First: who reaps them may look at the counter next */
	WRITE_ONCE(*completions, *completions + count);
	WRITE_ONCE(queue->cq_tail, tail);
	/* Partner: the user's load-acquire before it reads the CQEs */
	smp_store_release(&queue->shown->cq_tail, tail);
	if (tell)
		csim_sessions_announce(first, last);
	llist_add_batch(first, last, &queue->returned);
	*list = node;
	return count;
}

/**
 * csim_queue_announce() - wake who waits for the queue's completions
 * @queue: a queue that had CQEs posted
 *
 * Context: the line's handler.
 */
void csim_queue_announce(struct csim_queue *queue)
{
	/*
	 * Has a full barrier, which serves all three. Partners:
	 * prepare_to_wait(), file_poll(), and the exchange of csim_watch_set()
	 */
	if (wq_has_sleeper(&queue->wait))
		wake_up_poll(&queue->wait, EPOLLIN);
	csim_watch_fire(queue);
	kill_fasync(&queue->fasync, SIGIO, POLL_IN);
}

#include "selftest/ring.c"
