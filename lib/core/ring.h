/* SPDX-License-Identifier: MIT */
/*
 * The rings, seen from their user: SQEs down, CQEs up.
 *
 * Indices run freely and wrap at 2^32. Each SQE makes one CQE, so one count of
 * requests serves both rings: cq_head <= cq_tail <= sq_head <= sq_tail, as
 * distances that are never more than the CQ has entries. What orders them:
 *
 *	user: writes SQEs; store-release sq_tail; full fence; loads sq_flags
 *	engine: load-acquire sq_tail; copies SQEs; store-release sq_head
 *	engine: sets NEED_WAKEUP; full fence; loads sq_tail; sleeps
 *
 *	handler: writes CQEs; store-release cq_tail
 *	user: load-acquire cq_tail; reads CQEs; store-release cq_head
 */
#ifndef LIB_CORE_RING_H
#define LIB_CORE_RING_H

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/cryptosim.h>

/**
 * struct async_ring - where the shared words are, and our own of them
 * @sq_head: SQEs taken; written by the engine
 * @sq_flags: CRYPTOSIM_SQ_NEED_WAKEUP; written by the engine
 * @cq_tail: CQEs posted; written by the interrupt handler
 * @cqes: written by the interrupt handler
 * @done: completions of each session; written by the interrupt handler
 * @watch: id of the session that watches, to 0 by the interrupt handler; and
 *	of the one whose place it took
 * @sq_tail: SQEs published; written by the submitting thread
 * @cq_head: CQEs reaped; written by the reaper, that is, under its lock
 * @sqes: written by the submitting thread
 * @consumed: completions collected of each session; written by its owner
 * @sq_entries: power of two
 * @cq_entries: power of two
 * @tail: SQEs written; the submitting thread's own
 * @taken: @sq_head when last looked at; the submitting thread's own
 *
 * All but the last two is only read after ring_init().
 */
struct async_ring {
	const _Atomic uint32_t *sq_head;
	const _Atomic uint32_t *sq_flags;
	const _Atomic uint32_t *cq_tail;
	const struct cryptosim_cqe *cqes;
	const _Atomic uint32_t *done;
	const _Atomic uint32_t *watch;
	_Atomic uint32_t *sq_tail;
	_Atomic uint32_t *cq_head;
	struct cryptosim_sqe *sqes;
	_Atomic uint32_t *consumed;
	uint32_t sq_entries;
	uint32_t cq_entries;
	alignas(64) uint32_t tail;
	uint32_t taken;
};

/**
 * ring_init() - find the parts in the two mappings
 * @ring: the ring
 * @setup: what the device said of them
 * @device: the mapping that the device writes
 * @user: the mapping that we write
 */
static inline void ring_init(struct async_ring *ring,
			     const struct cryptosim_setup *setup,
			     const void *device, void *user)
{
	const char *d = device;
	char *u = user;

	ring->sq_head = (const void *)(d + setup->sq_head);
	ring->sq_flags = (const void *)(d + setup->sq_flags);
	ring->cq_tail = (const void *)(d + setup->cq_tail);
	ring->cqes = (const void *)(d + setup->cqes);
	ring->done = (const void *)(d + setup->done);
	ring->watch = (const void *)(d + setup->watch);
	ring->sq_tail = (void *)(u + setup->sq_tail);
	ring->cq_head = (void *)(u + setup->cq_head);
	ring->sqes = (void *)(u + setup->sqes);
	ring->consumed = (void *)(u + setup->consumed);
	ring->sq_entries = setup->sq_entries;
	ring->cq_entries = setup->cq_entries;
	ring->tail = atomic_load_explicit(ring->sq_tail, memory_order_relaxed);
	ring->taken = ring->tail;
}

/**
 * ring_sq_room() - how many SQEs can be written
 * @ring: the ring
 * @want: how many are wanted; the shared index is only looked at where what we
 *	know is less
 *
 * Context: the submitting thread.
 * Return: 0 to sq_entries.
 */
static inline uint32_t ring_sq_room(struct async_ring *ring, uint32_t want)
{
	uint32_t room = ring->sq_entries - (ring->tail - ring->taken);

	if (room >= want)
		return room;
	/* Partner: the engine's store-release, after it copied the SQEs */
	ring->taken = atomic_load_explicit(ring->sq_head, memory_order_acquire);
	return ring->sq_entries - (ring->tail - ring->taken);
}

/**
 * ring_sqe() - an SQE to be written
 * @ring: the ring
 * @n: 0 for the next one, less than ring_sq_room()
 *
 * Context: the submitting thread.
 * Return: the SQE; the device does not look at it before ring_sq_publish().
 */
static inline struct cryptosim_sqe *ring_sqe(const struct async_ring *ring,
					     uint32_t n)
{
	return &ring->sqes[(ring->tail + n) & (ring->sq_entries - 1)];
}

/**
 * ring_sq_add() - keep SQEs that were written
 * @ring: the ring
 * @count: how many
 *
 * Context: the submitting thread.
 */
static inline void ring_sq_add(struct async_ring *ring, uint32_t count)
{
	ring->tail += count;
}

/**
 * ring_sq_publish() - show the device what was written
 * @ring: the ring
 *
 * Context: the submitting thread.
 * Return: how many SQEs it had not seen before.
 */
static inline uint32_t ring_sq_publish(struct async_ring *ring)
{
	uint32_t fresh = ring->tail - atomic_load_explicit(ring->sq_tail,
							   memory_order_relaxed);

	/* Partner: the engine's load-acquire, before it copies the SQEs */
	if (fresh)
		atomic_store_explicit(ring->sq_tail, ring->tail,
				      memory_order_release);
	return fresh;
}

/**
 * ring_sq_published() - whether the device was shown all that was written
 * @ring: the ring
 *
 * Context: the submitting thread.
 * Return: true if so.
 */
static inline bool ring_sq_published(const struct async_ring *ring)
{
	return ring->tail == atomic_load_explicit(ring->sq_tail,
						  memory_order_relaxed);
}

/**
 * ring_sq_need_wakeup() - whether the doorbell has to be rung
 * @ring: the ring, after ring_sq_publish()
 *
 * Context: the submitting thread.
 * Return: false if an engine is certain to look at what was published.
 */
static inline bool ring_sq_need_wakeup(const struct async_ring *ring)
{
	/*
	 * sq_tail before sq_flags; partner: the engine's full fence between
	 * NEED_WAKEUP and its last look at sq_tail. Without the two, each may
	 * miss the other's store, and nobody ever looks at the ring again.
	 */
	atomic_thread_fence(memory_order_seq_cst);
	return atomic_load_explicit(ring->sq_flags, memory_order_relaxed) &
	       CRYPTOSIM_SQ_NEED_WAKEUP;
}

/**
 * ring_cq_head() - how many CQEs were reaped
 * @ring: the ring
 *
 * Context: any thread.
 * Return: the index; the requests of all before it are marked as done.
 */
static inline uint32_t ring_cq_head(const struct async_ring *ring)
{
	/* Partner: ring_cq_release() in the thread that reaped them */
	return atomic_load_explicit(ring->cq_head, memory_order_acquire);
}

/**
 * ring_cq_posted() - how many CQEs there are beyond an index
 * @ring: the ring
 * @head: what ring_cq_head() returned
 *
 * Context: any thread.
 * Return: the count; for the reaper, at most cq_entries.
 */
static inline uint32_t ring_cq_posted(const struct async_ring *ring,
				      uint32_t head)
{
	/* Partner: the handler's store-release, after it wrote the CQEs */
	return atomic_load_explicit(ring->cq_tail, memory_order_acquire) - head;
}

/**
 * ring_outstanding() - how many CQEs are still to come or to be reaped
 * @ring: the ring
 * @head: what ring_cq_head() returned, before this call
 *
 * Context: any thread.
 * Return: published requests beyond @head.
 */
static inline uint32_t ring_outstanding(const struct async_ring *ring,
					uint32_t head)
{
	return atomic_load_explicit(ring->sq_tail, memory_order_relaxed) - head;
}

/**
 * ring_cq_release() - give CQEs back
 * @ring: the ring
 * @head: index behind the last one that was read
 *
 * Context: the reaper.
 */
static inline void ring_cq_release(struct async_ring *ring, uint32_t head)
{
	/*
	 * Partners: the engine's load-acquire, before CQEs are written over
	 * these, and ring_cq_head()
	 */
	atomic_store_explicit(ring->cq_head, head, memory_order_release);
}

/**
 * ring_watch() - which session watches
 * @ring: the ring
 *
 * Context: any thread.
 * Return: its id; 0: it was announced.
 */
static inline uint32_t ring_watch(const struct async_ring *ring)
{
	return atomic_load_explicit(ring->watch, memory_order_relaxed);
}

/**
 * ring_unwatched() - whose place the latest watch took
 * @ring: the ring
 *
 * Context: who made it the watch, with the lock that keeps others from it.
 * Return: its id; 0: there was none, or it had been announced.
 */
static inline uint32_t ring_unwatched(const struct async_ring *ring)
{
	return atomic_load_explicit(&ring->watch[1], memory_order_relaxed);
}

/**
 * ring_consume() - a completion of a session was collected
 * @consumed: the session's word of @consumed
 *
 * Atomic, since a thread may collect while another is told of room.
 *
 * Context: any thread.
 */
static inline void ring_consume(_Atomic uint32_t *consumed)
{
	/*
	 * No order is needed: the kernel compares it with done in a poll(2)
	 * that comes later, and a poll in another thread may see an fd
	 * readable once too often.
	 */
	atomic_fetch_add_explicit(consumed, 1, memory_order_relaxed);
}

#endif /* LIB_CORE_RING_H */
