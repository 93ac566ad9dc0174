/* SPDX-License-Identifier: MIT */
/* Slots of the table of requests: taken, and given back. */
#ifndef LIB_CORE_SLOT_H
#define LIB_CORE_SLOT_H

#include "internal.h"

/* Bits of a word's generation */
#define GENERATION	0xffffffff00000000ull

static inline enum request_state word_state(uint64_t word)
{
	return (uint32_t)word;
}

/**
 * request_word() - what a request's word says
 * @request: the request
 *
 * Context: any thread.
 * Return: the word.
 */
static inline uint64_t request_word(const struct async_request *request)
{
	/* Partner: the reaper's store-release, after it wrote the result */
	return atomic_load_explicit(&request->word, memory_order_acquire);
}

/**
 * slot_get() - a free slot
 * @queue: the queue
 *
 * Context: the submitting thread, or the lock of the queue's room.
 * Return: the slot, or NULL.
 */
static inline struct async_request *slot_get(struct async_queue *queue)
{
	struct async_request *slot = queue->free;

	if (!slot) {
		/* Partner: the push of slot_put() */
		slot = atomic_exchange(&queue->released, NULL);
		if (!slot)
			return NULL;
	}
	queue->free = slot->next;
	return slot;
}

/**
 * slot_unget() - back to where slot_get() found it
 * @queue: the queue
 * @slot: the slot
 *
 * Context: as slot_get().
 */
static inline void slot_unget(struct async_queue *queue,
			      struct async_request *slot)
{
	slot->next = queue->free;
	queue->free = slot;
}

/**
 * slot_push() - to the free ones
 * @request: a request that has come to its end, and has nothing of the arena
 * @generation: its word without the state
 *
 * Async-signal-safe. Any thread.
 */
static inline void slot_push(struct async_request *request, uint64_t generation)
{
	struct async_queue *queue = request->queue;
	struct async_request *top;

	atomic_store_explicit(&request->word, generation | REQUEST_FREE,
			      memory_order_relaxed);
	top = atomic_load_explicit(&queue->released, memory_order_relaxed);
	do {
		request->next = top;
		/*
		 * Partner: the exchange of slot_get(). Sequentially consistent
		 * for the look at room_line() that follows
		 */
	} while (!atomic_compare_exchange_weak(&queue->released, &top,
					       request));
}

/**
 * slot_put() - the same for one that may have some
 * @request: a request that has come to its end
 * @word: its word
 *
 * What it has of the arena stays with it until the slot is used again, or the
 * arena runs out. Async-signal-safe. Any thread.
 */
static inline void slot_put(struct async_request *request, uint64_t word)
{
	struct async_queue *queue = request->queue;

	if (request->buf) {
		atomic_store(&queue->lazy, 1);
		atomic_fetch_add(&queue->arena.frees, 1);
	}
	slot_push(request, word & GENERATION);
}

/**
 * slot_free_buf() - give the arena back what a slot has of it
 * @slot: a slot that nobody else looks at
 */
static inline void slot_free_buf(struct async_request *slot)
{
	async_arena_free(&slot->queue->arena, slot->buf);
	slot->buf = NULL;
}

#endif /* LIB_CORE_SLOT_H */
