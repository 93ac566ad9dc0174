/* SPDX-License-Identifier: MIT */
/*
 * Room: who finds a full ring is told when to come back.
 *
 * A session that asked stands in a line, first come, first served. As soon as
 * a slot of the table of requests is free, the first in the line gets it. Word
 * of that is a NOP of the session's in that very slot: its completion makes the
 * fd readable or runs the callback, at interrupt time and in the context of all
 * others, and the slot is the session's until it comes back for it. While there
 * is a line, nobody else gets a slot.
 *
 * Room comes with what is collected or cancelled, with buffers given back, and
 * with what is reaped. Whoever does that serves the line, in any thread, so the
 * submitting thread shares its side of the SQ: while anybody waits, that is
 * under the lock. Only the submitting thread begins a line, and it sees that
 * one is there or not by @waiting.
 *
 * Where all that is in flight was given up (orphans), nobody may reap, for no
 * fd tells of it. Then the first in the line is the queue's watch, see struct
 * cryptosim_doorbell.
 */
#ifndef LIB_CORE_ROOM_H
#define LIB_CORE_ROOM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lock.h"

struct async_op;
struct async_queue;
struct async_request;
struct async_session;

/**
 * enum room_state - what a session has to do with room
 * @ROOM_NONE: nothing
 * @ROOM_WAITS: it stands in the line
 * @ROOM_TOLD: its NOP is on its way, or has arrived
 * @ROOM_HELD: it has come, and lacked something else: it has its slot and is
 *	first in the line when it asks again
 */
enum room_state {
	ROOM_NONE,
	ROOM_WAITS,
	ROOM_TOLD,
	ROOM_HELD,
};

/**
 * struct room_waiter - a session's place
 * @state: enum room_state
 * @slot: the slot that it has got; NULL: none
 * @next: behind it in the line
 * @dry: it lacks room in the arena, not a slot
 * @frees: how often something of the arena had been freed when it found that
 *
 * Under the lock of struct async_room; @state and @slot also by the submitting
 * thread while nobody waits.
 */
struct room_waiter {
	enum room_state state;
	struct async_request *slot;
	struct async_session *next;
	bool dry;
	uint32_t frees;
};

/**
 * struct async_room - the line
 * @waiting: how many stand in it; written under @lock, partner: room_line()
 * @again: somebody made room while another served the line: once more
 * @lock: guards what follows and, while @waiting is not 0, the submitting
 *	thread's side of the SQ and its list of free slots
 * @first: the line
 * @last: where the next one is linked in
 * @stale: @watch does not wait for room any more: whoever reaps settles it
 * @watch: the session that is the queue's watch, or was and has not come since
 *	it was announced; NULL: none
 * @closed: there is no ring any more
 */
struct async_room {
	_Atomic uint32_t waiting;
	_Atomic uint32_t again;
	struct async_lock lock;
	struct async_session *first;
	struct async_session **last;
	_Atomic uint32_t stale;
	struct async_session *watch;
	bool closed;
};

/**
 * room_line() - whether anybody waits for room
 * @room: the queue's
 *
 * Return: true if so; false: the submitting thread needs no lock.
 */
static inline bool room_line(const struct async_room *room)
{
	/*
	 * Partners: the store of who served the last one; and, after a slot was
	 * given back, the store of who joins the line and then looks for one.
	 * Sequentially consistent, all four of the latter
	 */
	return atomic_load(&room->waiting);
}

/**
 * async_room_claim() - the slot that a session was told of
 * @session: the session
 *
 * Context: the submitting thread, with the lock if anybody waits.
 * Return: a free slot, or NULL: it has none, or its NOP was not reaped yet.
 */
struct async_request *async_room_claim(struct async_session *session);

/**
 * async_room_unclaim() - the session could not use its slot
 * @session: the session
 * @slot: what async_room_claim() returned
 * @frees: arena_frees() from before it tried
 *
 * Context: as async_room_claim().
 */
void async_room_unclaim(struct async_session *session,
			struct async_request *slot, uint32_t frees);

/**
 * async_room_made() - there may be room: serve the line
 * @queue: the queue
 *
 * Async-signal-safe: it waits for no lock. Callers look at room_line() first.
 */
void async_room_made(struct async_queue *queue);

/**
 * async_room_end() - as async_room_forget(), of a session that is closed
 * @session: the session
 *
 * Context: the owner of the queue.
 */
void async_room_end(struct async_session *session);

/**
 * async_room_enter() - take the lock, for the submitting thread's side of the SQ
 * @queue: the queue
 *
 * Context: the submitting thread.
 */
void async_room_enter(struct async_queue *queue);

/**
 * async_room_leave() - give it back
 * @queue: the queue
 *
 * Serves the line if somebody else wanted to in between.
 */
void async_room_leave(struct async_queue *queue);

#endif /* LIB_CORE_ROOM_H */
