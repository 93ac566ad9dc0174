/* SPDX-License-Identifier: MIT */
/* Queues, sessions and requests from the inside. */
#ifndef LIB_CORE_INTERNAL_H
#define LIB_CORE_INTERNAL_H

#include <pthread.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <linux/cryptosim.h>
#include <libasync/async.h>

#include "arena.h"
#include "fork.h"
#include "lock.h"
#include "ring.h"
#include "room.h"

/**
 * enum request_state - where a slot of the table of requests is
 * @REQUEST_FREE: in a list of free ones; 0, request_generation() counts on it
 * @REQUEST_SUBMITTED: prepared, on its way, or in the CQ
 * @REQUEST_DONE: reaped; it has its result
 * @REQUEST_ORPHAN: as submitted, but it was cancelled, or its session closed:
 *	free when reaped
 */
enum request_state {
	REQUEST_FREE,
	REQUEST_SUBMITTED,
	REQUEST_DONE,
	REQUEST_ORPHAN,
};

/**
 * struct request_copy - outputs to be copied by async_collect()
 * @dst: where the caller wants the result; NULL: it is in the arena
 * @out: where the device writes it
 * @len: its bytes
 * @tag: where the caller wants the tag; NULL: it is in the arena, or an input
 * @tag_out: where the device writes it
 * @tag_len: its bytes
 */
struct request_copy {
	void *dst;
	const void *out;
	void *tag;
	const void *tag_out;
	uint32_t len;
	uint32_t tag_len;
};

/**
 * struct async_request - a slot of the table of requests
 * @word: generation << 32 | enum request_state. To SUBMITTED by the submitting
 *	thread; to DONE by the reaper, store-release, partner: async_done();
 *	to ORPHAN by async_cancel() and async_session_close() under the
 *	queue's lock, which settles the race with the reaper; to FREE by
 *	whoever releases it
 * @result: written by the reaper before DONE
 * @index: its place in the table; only read
 * @posted_ns: written by the reaper before DONE
 * @device_ns: likewise
 * @queue: its queue; only read
 * @session: where it is announced; NULL: nowhere. Written by the submitting
 *	thread while FREE, and to NULL by async_session_close() under the
 *	queue's lock while ORPHAN
 * @next: the next free one; written by whoever releases it
 * @buf: what it has of the arena; NULL: nothing. Written by the submitting
 *	thread while FREE, as is @copy. A free slot may have one yet: a signal
 *	handler that released it could not take the arena's lock
 * @copy: outputs to be copied, if there is a @buf
 *
 * user_data of its SQE is generation << 32 | @index.
 */
struct async_request {
	alignas(64) _Atomic uint64_t word;
	int32_t result;
	uint32_t index;
	uint64_t posted_ns;
	uint64_t device_ns;
	struct async_queue *queue;
	struct async_session *_Atomic session;
	struct async_request *next;
	void *buf;
	struct request_copy copy;
};

/**
 * struct async_session - where completions are announced
 * @queue: its queue, with a reference; only read, as all up to @consumed
 * @id: the kernel's id for it
 * @fd: its fd
 * @consumed: its word in the user mapping; added to by whoever collects
 * @waiter: its place among those who wait for room; says itself who writes
 * @seq: even, or odd while the next two change: a sequence lock. Written under
 *	the queue's lock
 * @callback: likewise
 * @arg: likewise
 */
struct async_session {
	struct async_queue *queue;
	uint32_t id;
	int fd;
	_Atomic uint32_t *consumed;
	struct room_waiter waiter;
	_Atomic uint32_t seq;
	_Atomic async_callback_fn callback;
	void *_Atomic arg;
};

/* CQEs that are reaped at once, under the queue's lock */
#define REAP_BATCH 64

/**
 * struct reap_batch - the callbacks of CQEs that were reaped at once
 * @next: in the queue's list, newer ones behind; under the queue's lock
 * @seq: which of the queue's batches it is; written once, under the lock
 * @count: how many callbacks; likewise
 * @current: index of the one that is running, or was the last to; REAP_BATCH
 *	before the first. Written by the reaper
 * @sessions: whose they are. Set to NULL under the queue's lock by who closes
 *	a session or cancels a request
 * @names: user_data of the requests; written before the batch is shown
 *
 * Lies on the reaper's stack. A reaper and who closes a session meet at
 * @current and @sessions, without a lock of the former's:
 *
 *	reaper: sets current; loads sessions[current]; runs it if not NULL
 *	closer: sets sessions[n] to NULL; loads current; waits if it is n
 *
 * All four are sequentially consistent, so that one sees the other's store.
 */
struct reap_batch {
	struct reap_batch *next;
	uint64_t seq;
	unsigned int count;
	_Atomic uint32_t current;
	struct async_session *_Atomic sessions[REAP_BATCH];
	uint64_t names[REAP_BATCH];
};

/**
 * struct async_poller - the thread that reaps
 * @thread: the thread
 * @stop_fd: eventfd that ends it
 * @running: whether it exists
 *
 * The submitting thread's own.
 */
struct async_poller {
	pthread_t thread;
	int stop_fd;
	bool running;
};

/**
 * struct async_interrupt - the signal whose handler reaps
 * @signo: its number; 0: none
 * @thread: which thread gets it, by gettid(2)
 * @next: the thread's next queue that has one
 *
 * That thread's own, written with the signal blocked; the first two are read by
 * others while it is on.
 */
struct async_interrupt {
	_Atomic int signo;
	int thread;
	struct async_queue *next;
};

/**
 * struct async_map - a mapping of the device's
 * @mem: its address
 * @len: its bytes
 */
struct async_map {
	void *mem;
	size_t len;
};

/**
 * struct async_queue - a queue
 * @token: whether this process owns it; only read, as all up to @requests
 * @fd: the device
 * @device: the mapping that the device writes
 * @user: the mapping that we write
 * @data: the mapping of the arena
 * @requests: table of requests, cq_entries of them
 * @ring: the rings; says itself who writes
 * @arena: the arena; has a lock of its own
 * @free: free requests; the submitting thread's own, or under @room's lock
 *	while somebody waits for room
 * @poller: the submitting thread's own
 * @interrupt: says itself who writes
 * @room: who waits for room; says itself who writes
 * @released: free requests that came back from any thread. Pushed one by one
 *	by slot_put(); taken by who owns @free, all with one exchange, so that
 *	no element can come back in between (ABA)
 * @lazy: there may be free slots that still have something of the arena
 * @orphans: requests that are ORPHAN
 * @missed: an interrupt could not reap: who is in its way sends it again
 * @refs: one until async_queue_close(), and one for each session
 * @waiters: threads that wait for @moved; written under @lock. Loaded by
 *	reapers after each callback, sequentially consistent as in struct
 *	reap_batch
 * @moved: a callback returned, or a batch has ended
 * @lock: makes its holder the reaper, and guards what follows
 * @batches: whose callbacks are running, the oldest first
 * @newest: where the next one is linked in
 * @seq: of the latest batch
 * @strays: CQEs that belong to no request
 * @closed: no rings, arena and requests any more
 */
struct async_queue {
	const _Atomic uint32_t *token;
	int fd;
	struct async_map device;
	struct async_map user;
	struct async_map data;
	struct async_request *requests;
	struct async_ring ring;
	struct async_arena arena;
	struct async_request *free;
	struct async_poller poller;
	struct async_interrupt interrupt;
	struct async_room room;
	alignas(64) struct async_request *_Atomic released;
	_Atomic uint32_t lazy;
	_Atomic uint32_t orphans;
	_Atomic uint32_t missed;
	_Atomic uint32_t refs;
	alignas(64) _Atomic uint32_t waiters;
	struct async_event moved;
	struct async_lock lock;
	struct reap_batch *batches;
	struct reap_batch **newest;
	uint64_t seq;
	uint64_t strays;
	bool closed;
};

/* queue.c */

/**
 * async_queue_put() - drop a reference on what is left of a queue
 * @queue: the queue; its memory is freed with the last
 */
void async_queue_put(struct async_queue *queue);

/* prepare.c */

/**
 * async_prepare_nop() - a NOP on the ring
 * @queue: the queue, whose SQ has room
 * @request: a free slot
 * @session: where it is announced
 *
 * Context: the submitting thread, or the lock of the queue's room.
 */
void async_prepare_nop(struct async_queue *queue, struct async_request *request,
		       struct async_session *session);

/* request.c */

/**
 * async_requests_init() - make the table of requests
 * @queue: a queue with its ring
 *
 * Return: 0 or -ENOMEM.
 */
int async_requests_init(struct async_queue *queue);

/**
 * async_slots_clean() - take back what free slots still have of the arena
 * @queue: the queue
 *
 * Of those that nobody took since they came back. Any thread, but not a signal
 * handler.
 *
 * Return: false: there was nothing of the kind.
 */
bool async_slots_clean(struct async_queue *queue);

/**
 * async_request_drop() - end a request that nobody wants any more
 * @request: one that is SUBMITTED or DONE
 * @name: its user_data
 *
 * Its callback is dropped, or waited for if it is running in another thread.
 *
 * Context: the queue's lock, which is dropped while waiting.
 * Return: true if the device is done with it.
 */
bool async_request_drop(struct async_request *request, uint64_t name);

/**
 * async_requests_orphan() - part a session's requests from it
 * @queue: its queue
 * @session: the session, which nobody uses any more
 *
 * Context: the queue's lock.
 */
void async_requests_orphan(struct async_queue *queue,
			   const struct async_session *session);

/* reap.c */

/**
 * async_reaping() - whether the calling thread runs a callback
 *
 * Return: true if so, whichever queue's.
 */
bool async_reaping(void);

/**
 * async_reap_interrupt() - reap in a signal handler
 * @queue: the queue
 *
 * Where what it interrupts, or another thread, is in its way, it leaves that to
 * a signal that these send when they are not any more.
 *
 * Context: a signal handler; async-signal-safe but for the callbacks.
 */
void async_reap_interrupt(struct async_queue *queue);

/**
 * async_reap_drop() - no callback of a request
 * @queue: its queue
 * @name: its user_data
 *
 * Context: the queue's lock, which is dropped while waiting for one that is
 * running in another thread.
 */
void async_reap_drop(struct async_queue *queue, uint64_t name);

/**
 * async_reap_cancel() - no further callback of a session
 * @queue: its queue
 * @session: a session without a callback
 *
 * Those that were to run are dropped; one that is running in another thread is
 * waited for.
 *
 * Context: the queue's lock, which is dropped while waiting.
 */
void async_reap_cancel(struct async_queue *queue,
		       const struct async_session *session);

/**
 * async_reap_settle() - wait for a session's callbacks that are running now
 * @queue: its queue
 * @session: the session
 *
 * Those of the calling thread are not waited for.
 *
 * Context: the queue's lock, which is dropped while waiting.
 */
void async_reap_settle(struct async_queue *queue,
		       const struct async_session *session);

/* session.c */

/**
 * async_session_callback() - the callback that a session has now
 * @session: the session
 * @arg: out: its argument
 *
 * Any thread.
 *
 * Return: the callback, or NULL.
 */
static inline async_callback_fn
async_session_callback(struct async_session *session, void **arg)
{
	async_callback_fn callback;
	unsigned int seq;

again:
	seq = atomic_load(&session->seq);
	callback = atomic_load(&session->callback);
	*arg = atomic_load(&session->arg);
	if ((seq & 1) || atomic_load(&session->seq) != seq)
		goto again;
	return callback;
}

/* interrupt.c */

/**
 * async_interrupt_again() - send the signal again for which nobody could reap
 * @queue: the queue
 *
 * Async-signal-safe.
 */
void async_interrupt_again(struct async_queue *queue);

/**
 * async_interrupt_settle() - the same for all queues whose signal the thread gets
 *
 * Async-signal-safe.
 */
void async_interrupt_settle(void);

/**
 * queue_unlock() - give back the queue's lock
 * @queue: the queue
 */
static inline void queue_unlock(struct async_queue *queue)
{
	lock_drop(&queue->lock);
	/* Partner: async_reap_interrupt(), which marks it, then tries the lock */
	if (atomic_load(&queue->missed))
		async_interrupt_again(queue);
}

#endif /* LIB_CORE_INTERNAL_H */
