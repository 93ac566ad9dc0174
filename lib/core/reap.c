// SPDX-License-Identifier: MIT
#include <errno.h>

#include "internal.h"

/* The batch whose callbacks the calling thread is running, or NULL. */
static __thread struct reap_batch *own_batch;

bool async_reaping(void)
{
	return own_batch;
}

/* A CQE that is no request's end: an orphan's, or nobody's. */
static void reap_odd(struct async_queue *queue, uint64_t user_data)
{
	uint32_t index = (uint32_t)user_data;
	struct async_request *request = &queue->requests[index];

	if (index < queue->ring.cq_entries &&
	    atomic_load_explicit(&request->word, memory_order_relaxed) ==
	    (user_data - index + REQUEST_ORPHAN))
		async_request_release(request);
	else
		queue->strays++;
}

/* One CQE: the end of its request's way. Returns whom to call back, or NULL. */
static inline struct async_session *
reap_one(struct async_queue *queue, const struct cryptosim_cqe *cqe)
{
	uint64_t user_data = cqe->user_data;
	uint32_t index = (uint32_t)user_data;
	struct async_request *request = &queue->requests[index];
	struct async_session *session;

	/* Partner of the load-acquire: the store-release of request_start() */
	if (index >= queue->ring.cq_entries ||
	    atomic_load_explicit(&request->word, memory_order_acquire) !=
	    user_data - index + REQUEST_SUBMITTED) {
		reap_odd(queue, user_data);
		return NULL;
	}
	request->result = cqe->result;
	request->device_ns = cqe->device_ns;
	request->posted_ns = cqe->time_ns;
	/* Before DONE: its owner may collect, and it be another's then */
	session = atomic_load_explicit(&request->session, memory_order_relaxed);
	/* Partner: async_done() */
	atomic_store_explicit(&request->word, user_data - index + REQUEST_DONE,
			      memory_order_release);
	/* The session can't be closed as yet: that takes the lock */
	if (session && !atomic_load_explicit(&session->callback,
					     memory_order_relaxed))
		return NULL;
	return session;
}

/* Takes as many CQEs as a batch has room for. Context: the queue's lock. */
static unsigned int reap_take(struct async_queue *queue,
			      struct reap_batch *batch)
{
	struct async_ring *ring = &queue->ring;
	uint32_t head = ring_cq_head(ring);
	uint32_t count = ring_cq_posted(ring, head);
	struct async_session *session;
	uint32_t i;

	if (count > REAP_BATCH)
		count = REAP_BATCH;
	batch->count = 0;
	for (i = 0; i < count; i++) {
		session = reap_one(queue, ring_cqe(ring, head + i));
		if (session)
			atomic_init(&batch->sessions[batch->count++], session);
	}
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

	pthread_mutex_lock(&queue->lock);
	while (*link != batch)
		link = &(*link)->next;
	*link = batch->next;
	if (queue->newest == &batch->next)
		queue->newest = link;
	if (atomic_load(&queue->waiters))
		pthread_cond_broadcast(&queue->moved);
	pthread_mutex_unlock(&queue->lock);
}

/* Moves on to callback @n: the one before has returned. */
static void batch_step(struct async_queue *queue, struct reap_batch *batch,
		       unsigned int n)
{
	atomic_exchange(&batch->current, n);
	/* Partner: reap_wait(), which counts itself before it looks */
	if (!atomic_load(&queue->waiters))
		return;
	pthread_mutex_lock(&queue->lock);
	pthread_cond_broadcast(&queue->moved);
	pthread_mutex_unlock(&queue->lock);
}

static void batch_run(struct async_queue *queue, struct reap_batch *batch)
{
	struct async_session *session;
	async_callback_fn callback;
	unsigned int i;
	void *arg;

	own_batch = batch;
	for (i = 0; i < batch->count; i++) {
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

int async_reap(struct async_queue *queue)
{
	struct async_ring *ring = &queue->ring;
	struct reap_batch batch;
	uint32_t ready, taken;
	uint32_t total = 0;

	if (!fork_owner(queue->token))
		return -EPERM;
	ready = ring_cq_posted(ring, ring_cq_head(ring));
	if (!ready || async_reaping())
		return 0;
	/* What is posted meanwhile is for the next call, or this had no end */
	do {
		pthread_mutex_lock(&queue->lock);
		taken = reap_take(queue, &batch);
		if (batch.count)
			batch_begin(queue, &batch);
		pthread_mutex_unlock(&queue->lock);
		total += taken;
		if (!batch.count)
			continue;
		batch_run(queue, &batch);
		/* Nor with the lock, which may be held by nobody there */
		if (!fork_owner(queue->token))
			return -EPERM;
		batch_end(queue, &batch);
	} while (taken == REAP_BATCH && total < ready);
	return total;
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

	/* Before the look at current; partner: batch_step() */
	atomic_fetch_add(&queue->waiters, 1);
	for (;;) {
		batch = batch_after(queue, seq - 1);
		if (!batch || batch->seq != seq ||
		    atomic_load(&batch->current) != n)
			break;
		pthread_cond_wait(&queue->moved, &queue->lock);
	}
	atomic_fetch_sub(&queue->waiters, 1);
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
