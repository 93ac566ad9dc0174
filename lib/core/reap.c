// SPDX-License-Identifier: MIT
#include <errno.h>

#include "slot.h"

/*
 * The batch whose callbacks the calling thread is running, or NULL. Of the model
 * that needs no memory at its first use, which may be in a signal handler.
 */
static __thread struct reap_batch *own_batch
	__attribute__((tls_model("initial-exec")));

bool async_reaping(void)
{
	return own_batch;
}

/*
 * A request that was given up has come back. An interrupt can't wait for the
 * arena's lock: what it has of that goes with it. Context: the queue's lock.
 */
static void reap_orphan(struct async_request *request, bool interrupt)
{
	struct async_session *session;

	if (request->buf && !interrupt)
		slot_free_buf(request);
	/* One that was cancelled: its session counted it */
	session = atomic_load_explicit(&request->session, memory_order_relaxed);
	if (session)
		ring_consume(session->consumed);
	atomic_fetch_sub(&request->queue->orphans, 1);
	slot_put(request, atomic_load_explicit(&request->word,
					       memory_order_relaxed));
}

/* A CQE that is no request's end: an orphan's, or nobody's. */
static void reap_odd(struct async_queue *queue, uint64_t user_data,
		     bool interrupt)
{
	uint32_t index = (uint32_t)user_data;
	struct async_request *request = &queue->requests[index];

	if (index < queue->ring.cq_entries &&
	    atomic_load_explicit(&request->word, memory_order_relaxed) ==
	    (user_data - index + REQUEST_ORPHAN))
		reap_orphan(request, interrupt);
	else
		queue->strays++;
}

/*
 * One CQE: the end of the way of its request, which is in @requests at an index
 * up to @mask. Returns whom to call back, or NULL.
 */
static inline struct async_session *
reap_one(struct async_queue *queue, struct async_request *requests,
	 uint32_t mask, const struct cryptosim_cqe *cqe, bool interrupt)
{
	uint64_t user_data = cqe->user_data;
	uint32_t index = (uint32_t)user_data;
	struct async_request *request = &requests[index];
	struct async_session *session;
	uint64_t word;

	if (index > mask)
		goto odd;
	/* Partner: the store-release of request_show() */
	word = atomic_load_explicit(&request->word, memory_order_acquire);
	if (word + index != user_data + REQUEST_SUBMITTED)
		goto odd;
	request->result = cqe->result;
	request->posted_ns = cqe->time_ns;
	request->device_ns = cqe->device_ns;
	/* Before DONE: its owner may collect, and it be another's then */
	session = atomic_load_explicit(&request->session, memory_order_relaxed);
	/* Partner: async_done() */
	atomic_store_explicit(&request->word,
			      word - REQUEST_SUBMITTED + REQUEST_DONE,
			      memory_order_release);
	/* The session can't be closed as yet: that takes the lock */
	if (session && !atomic_load_explicit(&session->callback,
					     memory_order_relaxed))
		return NULL;
	return session;

odd:
	reap_odd(queue, user_data, interrupt);
	return NULL;
}

/* Takes as many CQEs as a batch has room for. Context: the queue's lock. */
static unsigned int reap_take(struct async_queue *queue,
			      struct reap_batch *batch, bool interrupt)
{
	struct async_ring *ring = &queue->ring;
	uint32_t head = ring_cq_head(ring);
	uint32_t count = ring_cq_posted(ring, head);
	/* The atomics below would have them loaded again for each */
	const struct cryptosim_cqe *cqes = ring->cqes;
	struct async_request *requests = queue->requests;
	uint32_t mask = ring->cq_entries - 1;
	struct async_session *session;
	unsigned int callbacks = 0;
	uint32_t i;

	if (count > REAP_BATCH)
		count = REAP_BATCH;
	for (i = 0; i < count; i++) {
		const struct cryptosim_cqe *cqe = &cqes[(head + i) & mask];

		session = reap_one(queue, requests, mask, cqe, interrupt);
		if (!session)
			continue;
		batch->names[callbacks] = cqe->user_data;
		atomic_init(&batch->sessions[callbacks++], session);
	}
	batch->count = callbacks;
	if (count)
		ring_cq_release(ring, head + count);
	return count;
}

/* Shows a batch to those who close sessions. Context: the queue's lock. */
static void batch_begin(struct async_queue *queue, struct reap_batch *batch)
{
	batch->next = NULL;
	batch->seq = ++queue->seq;
	atomic_init(&batch->current, REAP_BATCH);
	*queue->newest = batch;
	queue->newest = &batch->next;
}

static void batch_end(struct async_queue *queue, struct reap_batch *batch)
{
	struct reap_batch **link = &queue->batches;

	lock_take(&queue->lock);
	while (*link != batch)
		link = &(*link)->next;
	*link = batch->next;
	if (queue->newest == &batch->next)
		queue->newest = link;
	if (atomic_load(&queue->waiters))
		async_event_happen(&queue->moved);
	queue_unlock(queue);
}

/* Moves on to callback @n: the one before has returned. */
static void batch_step(struct async_queue *queue, struct reap_batch *batch,
		       unsigned int n)
{
	atomic_exchange(&batch->current, n);
	/* Partner: reap_wait(), which counts itself before it looks */
	if (atomic_load(&queue->waiters))
		async_event_happen(&queue->moved);
}

static void batch_run(struct async_queue *queue, struct reap_batch *batch)
{
	unsigned int count = batch->count;
	struct async_session *session;
	async_callback_fn callback;
	unsigned int i;
	void *arg;

	own_batch = batch;
	for (i = 0; i < count; i++) {
		batch_step(queue, batch, i);
		session = atomic_load(&batch->sessions[i]);
		if (!session)
			continue;
		/* From here on who closes the session waits for us */
		callback = async_session_callback(session, &arg);
		if (callback)
			callback(arg);
		/* A child that the callback made has nothing to do with these */
		if (!fork_owner(queue->token))
			break;
	}
	own_batch = NULL;
}

/*
 * Becomes the reaper. An interrupt does not wait for that: who is in its way
 * looks at the mark when he gives the lock back.
 */
static bool reap_lock(struct async_queue *queue, bool interrupt)
{
	if (!interrupt) {
		lock_take(&queue->lock);
		return true;
	}
	/* Partner: queue_unlock() */
	atomic_store(&queue->missed, 1);
	if (!lock_try(&queue->lock))
		return false;
	atomic_store(&queue->missed, 0);
	return true;
}

/* Takes what is there and runs the callbacks; @ready: how many there are. */
static int reap(struct async_queue *queue, uint32_t ready, bool interrupt)
{
	struct reap_batch batch;
	uint32_t total = 0;
	uint32_t taken;

	/* What is posted meanwhile is for the next call, or this had no end */
	do {
		if (!reap_lock(queue, interrupt))
			break;
		taken = reap_take(queue, &batch, interrupt);
		if (batch.count)
			batch_begin(queue, &batch);
		queue_unlock(queue);
		total += taken;
		if (!batch.count)
			continue;
		batch_run(queue, &batch);
		/* Nor with the lock, which may be held by nobody there */
		if (!fork_owner(queue->token))
			return -EPERM;
		batch_end(queue, &batch);
		/* Interrupts of other queues met our callbacks */
		async_interrupt_settle();
	} while (taken == REAP_BATCH && total < ready);
	/* Orphans that came back made some, and the engine that took SQEs */
	if (room_line(&queue->room))
		async_room_made(queue);
	return total;
}

static uint32_t reap_ready(const struct async_queue *queue)
{
	return ring_cq_posted(&queue->ring, ring_cq_head(&queue->ring));
}

int async_reap(struct async_queue *queue)
{
	uint32_t ready;

	if (!fork_owner(queue->token))
		return -EPERM;
	/* Who was told of that comes here, whether there is anything or not */
	if (atomic_load(&queue->room.stale))
		async_room_made(queue);
	ready = reap_ready(queue);
	if (!ready || async_reaping())
		return 0;
	return reap(queue, ready, false);
}

void async_reap_interrupt(struct async_queue *queue)
{
	if (!fork_owner(queue->token))
		return;
	/* Partner: queue_unlock() at the end of what it interrupts */
	if (async_reaping())
		atomic_store(&queue->missed, 1);
	else
		reap(queue, reap_ready(queue), true);
}

/* The oldest batch that is younger than @seq. Context: the queue's lock. */
static struct reap_batch *batch_after(const struct async_queue *queue,
				      uint64_t seq)
{
	struct reap_batch *batch = queue->batches;

	while (batch && batch->seq <= seq)
		batch = batch->next;
	return batch;
}

/*
 * Waits until callback @n of batch @seq has returned. Context: the queue's
 * lock, which is dropped while waiting.
 */
static void reap_wait(struct async_queue *queue, uint64_t seq, unsigned int n)
{
	const struct reap_batch *batch;
	uint32_t count;

	/* Before the look at current; partner: batch_step() */
	atomic_fetch_add(&queue->waiters, 1);
	for (;;) {
		count = event_count(&queue->moved);
		batch = batch_after(queue, seq - 1);
		if (!batch || batch->seq != seq ||
		    atomic_load(&batch->current) != n)
			break;
		queue_unlock(queue);
		async_event_sleep(&queue->moved, count);
		lock_take(&queue->lock);
	}
	atomic_fetch_sub(&queue->waiters, 1);
}

void async_reap_drop(struct async_queue *queue, uint64_t name)
{
	struct reap_batch *batch;
	unsigned int i;

	for (batch = queue->batches; batch; batch = batch->next) {
		for (i = 0; i < batch->count; i++) {
			if (batch->names[i] != name)
				continue;
			atomic_store(&batch->sessions[i], NULL);
			if (batch != own_batch &&
			    atomic_load(&batch->current) == i)
				reap_wait(queue, batch->seq, i);
			return;
		}
	}
}

/* Drops a session's callbacks; returns the running one's index or REAP_BATCH. */
static unsigned int batch_cancel(struct reap_batch *batch,
				 const struct async_session *session)
{
	unsigned int running = REAP_BATCH;
	unsigned int i;

	for (i = 0; i < batch->count; i++) {
		if (atomic_load(&batch->sessions[i]) != session)
			continue;
		atomic_store(&batch->sessions[i], NULL);
		if (atomic_load(&batch->current) == i)
			running = i;
	}
	return running;
}

void async_reap_cancel(struct async_queue *queue,
		       const struct async_session *session)
{
	struct reap_batch *batch;
	unsigned int running;
	uint64_t seq;

	for (batch = queue->batches; batch; batch = batch_after(queue, seq)) {
		seq = batch->seq;
		running = batch_cancel(batch, session);
		if (batch != own_batch && running < REAP_BATCH)
			reap_wait(queue, seq, running);
	}
}

void async_reap_settle(struct async_queue *queue,
		       const struct async_session *session)
{
	uint64_t last = queue->seq;
	struct reap_batch *batch;
	unsigned int current;
	uint64_t seq;

	/* Batches that begin later run what the session has now */
	for (batch = queue->batches; batch && batch->seq <= last;
	     batch = batch_after(queue, seq)) {
		seq = batch->seq;
		current = atomic_load(&batch->current);
		if (batch != own_batch && current < batch->count &&
		    atomic_load(&batch->sessions[current]) == session)
			reap_wait(queue, seq, current);
	}
}
