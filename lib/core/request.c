// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slot.h"

int async_requests_init(struct async_queue *queue)
{
	uint32_t count = queue->ring.cq_entries;
	struct async_request *request;
	size_t size = count * sizeof(*request);
	uint32_t i;

	queue->requests = aligned_alloc(alignof(struct async_request), size);
	if (!queue->requests)
		return -ENOMEM;
	memset(queue->requests, 0, size);
	for (i = 0; i < count; i++) {
		request = &queue->requests[i];
		request->queue = queue;
		request->index = i;
		request->next = i + 1 < count ? request + 1 : NULL;
	}
	queue->free = queue->requests;
	return 0;
}

/*
 * Gives a request up: nobody is told when it comes back. Context: the queue's
 * lock.
 */
static void request_orphan(struct async_request *request, uint64_t word)
{
	atomic_fetch_add(&request->queue->orphans, 1);
	atomic_store_explicit(&request->word,
			      (word & GENERATION) | REQUEST_ORPHAN,
			      memory_order_relaxed);
}

/* One that is done is at its end at once. Context: the queue's lock. */
static void request_give_up(struct async_request *request, uint64_t word)
{
	if (request->buf)
		slot_free_buf(request);
	slot_put(request, word);
}

void async_requests_orphan(struct async_queue *queue,
			   const struct async_session *session)
{
	struct async_request *request;
	uint64_t word;
	uint32_t i;

	for (i = 0; i < queue->ring.cq_entries; i++) {
		request = &queue->requests[i];
		/* Partner: the store-release of request_show() */
		word = atomic_load_explicit(&request->word,
					    memory_order_acquire);
		if (word_state(word) == REQUEST_FREE ||
		    atomic_load_explicit(&request->session,
					 memory_order_relaxed) != session)
			continue;
		/* It is the session's, and nobody else's to change here */
		if (word_state(word) == REQUEST_DONE)
			request_give_up(request, word);
		else if (word_state(word) == REQUEST_SUBMITTED)
			request_orphan(request, word);
		/* There is nothing to count it in any more */
		if (word_state(word) != REQUEST_DONE)
			atomic_store_explicit(&request->session, NULL,
					      memory_order_relaxed);
	}
}

bool async_slots_clean(struct async_queue *queue)
{
	struct async_request *slot, *next;

	if (!atomic_load(&queue->lazy))
		return false;
	/* Partner: the push of slot_put() */
	for (slot = atomic_exchange(&queue->released, NULL); slot; slot = next) {
		next = slot->next;
		if (slot->buf)
			slot_free_buf(slot);
		slot_put(slot, request_word(slot));
	}
	/* Whoever served the line meanwhile found neither slots nor memory */
	if (room_line(&queue->room))
		async_room_made(queue);
	return true;
}

bool async_done(const struct async_request *request)
{
	return word_state(request_word(request)) == REQUEST_DONE;
}

/* Out of line, as what follows: calls in there would cost those without. */
static __attribute__((noinline)) int room_made(struct async_queue *queue,
					       int result)
{
	async_room_made(queue);
	return result;
}

/*
 * What is left to do with one that is done, @word says so, when the outputs are
 * where they belong.
 */
static inline int request_end(struct async_request *request, uint64_t word)
{
	struct async_queue *queue = request->queue;
	struct async_session *session;
	int result = request->result;

	session = atomic_load_explicit(&request->session, memory_order_relaxed);
	if (session)
		ring_consume(session->consumed);
	slot_push(request, word - REQUEST_DONE);
	if (room_line(&queue->room))
		return room_made(queue, result);
	return result;
}

static __attribute__((noinline)) int request_end_copied(struct async_request *request,
							uint64_t word)
{
	const struct request_copy *copy = &request->copy;
	uint32_t result = request->result;

	if (request->result >= 0 && copy->dst)
		memcpy(copy->dst, copy->out,
		       result < copy->len ? result : copy->len);
	if (request->result >= 0 && copy->tag)
		memcpy(copy->tag, copy->tag_out, copy->tag_len);
	slot_free_buf(request);
	return request_end(request, word);
}

int async_collect(struct async_request *request)
{
	uint64_t word = request_word(request);

	if (!fork_owner(request->queue->token))
		return -EPERM;
	if (word_state(word) != REQUEST_DONE)
		return -EINPROGRESS;
	if (request->buf)
		return request_end_copied(request, word);
	return request_end(request, word);
}

bool async_request_drop(struct async_request *request, uint64_t name)
{
	struct async_queue *queue = request->queue;
	uint64_t word = request_word(request);

	if (word_state(word) == REQUEST_SUBMITTED) {
		request_orphan(request, word);
		return false;
	}
	/* First the callback: the session may be closed in it */
	async_reap_drop(queue, name);
	word = request_word(request);
	if (word == (name & GENERATION) + REQUEST_DONE) {
		if (request->buf)
			slot_free_buf(request);
		request_end(request, word);
	}
	return true;
}

int async_cancel(struct async_request *request)
{
	struct async_queue *queue = request->queue;
	uint64_t name;
	bool done;

	if (!fork_owner(queue->token))
		return -EPERM;
	name = (request_word(request) & GENERATION) | request->index;
	lock_take(&queue->lock);
	done = async_request_drop(request, name);
	queue_unlock(queue);
	/* One that nobody is told of came into being, or room did */
	if (room_line(&queue->room))
		async_room_made(queue);
	return done ? 0 : 1;
}

void async_request_times(const struct async_request *request,
			 struct async_times *times)
{
	times->posted_ns = request->posted_ns;
	times->device_ns = request->device_ns;
}
