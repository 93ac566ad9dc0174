// SPDX-License-Identifier: MIT
#include <errno.h>

#include "slot.h"
#include "sys.h"

static void room_append(struct async_room *room, struct async_session *session)
{
	session->waiter.next = NULL;
	*room->last = session;
	room->last = &session->waiter.next;
}

static void room_prepend(struct async_room *room, struct async_session *session)
{
	session->waiter.next = room->first;
	room->first = session;
	if (!session->waiter.next)
		room->last = &session->waiter.next;
}

static void room_unlink(struct async_room *room, struct async_session *session)
{
	struct async_session **link = &room->first;

	while (*link != session)
		link = &(*link)->waiter.next;
	*link = session->waiter.next;
	if (room->last == &session->waiter.next)
		room->last = link;
}

/* What was done to the SQ and the free slots is seen by who finds no line. */
static void room_count(struct async_room *room, int more)
{
	/* Partner: room_line() */
	atomic_fetch_add(&room->waiting, more);
}

/* Whether there is room for the first in the line, who then has a slot. */
static bool room_for(struct async_queue *queue, struct room_waiter *waiter)
{
	if (waiter->dry && arena_frees(&queue->arena) == waiter->frees)
		return false;
	if (!waiter->slot)
		waiter->slot = slot_get(queue);
	return waiter->slot && ring_sq_room(&queue->ring, 1);
}

/* The first in the line gets its NOP; false: there is no room. */
static bool room_tell_first(struct async_queue *queue)
{
	struct async_room *room = &queue->room;
	struct async_session *session = room->first;
	struct room_waiter *waiter = &session->waiter;

	if (!room_for(queue, waiter))
		return false;
	async_prepare_nop(queue, waiter->slot, session);
	waiter->state = ROOM_TOLD;
	waiter->dry = false;
	room_unlink(room, session);
	return true;
}

/* There is no watch, or one that is not announced or has come already. */
static void room_unwatch(struct async_room *room)
{
	room->watch = NULL;
	atomic_store(&room->stale, 0);
}

/* A session that was announced as the watch has come: it consumes that. */
static void room_come(struct async_session *session)
{
	struct async_queue *queue = session->queue;

	if (queue->room.watch != session ||
	    ring_watch(&queue->ring) == session->id)
		return;
	room_unwatch(&queue->room);
	ring_consume(session->consumed);
}

/*
 * Who is to be the watch: the first in the line, where requests are in flight
 * that tell nobody of their end. One with a callback has a reaper.
 */
static struct async_session *room_watch(struct async_queue *queue)
{
	struct async_session *first = queue->room.first;

	if (!first || first == queue->room.watch ||
	    !atomic_load(&queue->orphans) || atomic_load(&first->callback))
		return NULL;
	return first;
}

/* Makes a session the watch, in place of another that may have been announced. */
static void room_watched(struct async_queue *queue, struct async_session *watch)
{
	struct async_session *former = queue->room.watch;

	if (former && ring_unwatched(&queue->ring) != former->id)
		ring_consume(former->consumed);
	room_unwatch(&queue->room);
	queue->room.watch = watch;
}

/* Tells the device of @fresh SQEs, and of who watches, as far as needed. */
static void room_ring(struct async_queue *queue, uint32_t fresh)
{
	struct async_session *watch = room_watch(queue);
	struct cryptosim_doorbell bell = {
		.submit = fresh,
		.cq_head = ring_cq_head(&queue->ring),
		.watch = watch ? watch->id : 0,
	};

	if (!watch && (!fresh || !ring_sq_need_wakeup(&queue->ring)))
		return;
	/* It fails where the queue is stopped, and so is the line */
	if (async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell) >= 0 &&
	    watch)
		room_watched(queue, watch);
}

/* Context: the lock. */
static void room_serve(struct async_queue *queue)
{
	struct async_room *room = &queue->room;
	struct async_ring *ring = &queue->ring;
	uint32_t fresh = 0;
	int told = 0;
	bool whole;

	if (room->watch && atomic_load(&room->stale))
		room_come(room->watch);
	if (!room->first)
		return;
	/* What the submitting thread keeps back stays so, and so do we with it */
	whole = ring_sq_published(ring);
	while (room->first && room_tell_first(queue))
		told++;
	if (told && whole)
		fresh = ring_sq_publish(ring);
	room_ring(queue, fresh);
	if (told)
		room_count(room, -told);
}

void async_room_enter(struct async_queue *queue)
{
	lock_take(&queue->room.lock);
}

void async_room_leave(struct async_queue *queue)
{
	struct async_room *room = &queue->room;

	lock_drop(&room->lock);
	/* Partner: the store of async_room_made(), before it tries the lock */
	while (atomic_load(&room->again) && lock_try(&room->lock)) {
		atomic_store(&room->again, 0);
		room_serve(queue);
		lock_drop(&room->lock);
	}
}

void async_room_made(struct async_queue *queue)
{
	struct async_room *room = &queue->room;

	/* Partner: the load of async_room_leave(), after the lock was dropped */
	atomic_store(&room->again, 1);
	if (!lock_try(&room->lock))
		return;
	atomic_store(&room->again, 0);
	room_serve(queue);
	async_room_leave(queue);
}

struct async_request *async_room_claim(struct async_session *session)
{
	struct room_waiter *waiter = &session->waiter;
	struct async_request *slot = waiter->slot;

	if (waiter->state == ROOM_TOLD) {
		if (!async_done(slot))
			return NULL;
		ring_consume(session->consumed);
		/* Its NOP is over: as any other that is free */
		atomic_store_explicit(&slot->word,
				      request_word(slot) & GENERATION,
				      memory_order_relaxed);
	} else if (waiter->state != ROOM_HELD) {
		return NULL;
	}
	room_come(session);
	waiter->state = ROOM_NONE;
	waiter->slot = NULL;
	waiter->dry = false;
	return slot;
}

void async_room_unclaim(struct async_session *session,
			struct async_request *slot, uint32_t frees)
{
	struct room_waiter *waiter = &session->waiter;

	waiter->state = ROOM_HELD;
	waiter->slot = slot;
	waiter->dry = true;
	waiter->frees = frees;
}

/* Context: the lock. */
static void room_join(struct async_session *session)
{
	struct async_room *room = &session->queue->room;
	struct room_waiter *waiter = &session->waiter;
	struct async_request *slot = waiter->slot;

	room_come(session);
	/* It was told, and the SQ had no room for it */
	if (waiter->state == ROOM_TOLD && async_room_claim(session)) {
		waiter->slot = slot;
		waiter->state = ROOM_HELD;
	}
	if (waiter->state == ROOM_HELD)
		room_prepend(room, session);
	else if (waiter->state == ROOM_NONE)
		room_append(room, session);
	else
		return;
	waiter->state = ROOM_WAITS;
	room_count(room, 1);
}

int async_room_wait(struct async_session *session)
{
	struct async_queue *queue = session->queue;
	int ret;

	ret = async_submit(queue);
	if (ret < 0)
		return ret;
	async_room_enter(queue);
	room_join(session);
	room_serve(queue);
	async_room_leave(queue);
	return 0;
}

/* Parts a session from the line; returns its NOP, if that is on its way. */
static struct async_request *room_part(struct async_session *session)
{
	struct async_room *room = &session->queue->room;
	struct room_waiter *waiter = &session->waiter;
	struct async_request *slot = waiter->slot;

	if (waiter->state == ROOM_WAITS) {
		room_unlink(room, session);
		room_count(room, -1);
	}
	if (slot && waiter->state != ROOM_TOLD) {
		slot_put(slot, request_word(slot));
		slot = NULL;
	}
	*waiter = (struct room_waiter) { ROOM_NONE };
	room_come(session);
	if (room->watch == session)
		atomic_store(&room->stale, 1);
	return slot;
}

/* @end: the session is at its own end, too */
static void room_forget(struct async_session *session, bool end)
{
	struct async_queue *queue = session->queue;
	struct async_request *told = NULL;
	uint64_t name;

	async_room_enter(queue);
	if (!queue->room.closed)
		told = room_part(session);
	if (end && queue->room.watch == session)
		room_unwatch(&queue->room);
	async_room_leave(queue);
	if (told) {
		name = (request_word(told) & GENERATION) | told->index;
		lock_take(&queue->lock);
		async_request_drop(told, name);
		queue_unlock(queue);
	}
	if (room_line(&queue->room))
		async_room_made(queue);
}

void async_room_forget(struct async_session *session)
{
	if (fork_owner(session->queue->token))
		room_forget(session, false);
}

void async_room_end(struct async_session *session)
{
	room_forget(session, true);
}
