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

/* The watch that has been announced: its session has one more to consume. */
static void room_settle(struct async_queue *queue)
{
	struct async_session *watch = queue->room.watch;

	if (!watch || ring_watch(&queue->ring) == watch->id)
		return;
	watch->waiter.watched = true;
	queue->room.watch = NULL;
}

/*
 * Who is to be the watch: the first in the line, where requests are in flight
 * that tell nobody of their end. There is one at a time; one that was announced
 * is on its way to us; and one with a callback has a reaper.
 */
static struct async_session *room_watch(struct async_queue *queue)
{
	struct async_session *first = queue->room.first;

	if (!first || queue->room.watch || first->waiter.watched ||
	    !atomic_load(&queue->orphans) || atomic_load(&first->callback))
		return NULL;
	return first;
}

/* Tells the device of @fresh SQEs, and of who watches, as far as needed. */
static void room_ring(struct async_queue *queue, uint32_t fresh)
{
	struct async_session *watch = room_watch(queue);
	struct cryptosim_doorbell bell = {
		.submit = fresh,
		.cq_head = ring_cq_head(&queue->ring),
	};

	if (watch) {
		bell.watch = watch->id;
		queue->room.watch = watch;
	}
	if (!watch && (!fresh || !ring_sq_need_wakeup(&queue->ring)))
		return;
	/* A stopped queue's line is of no more use than the queue */
	if (async_sys_ioctl(queue->fd, CRYPTOSIM_IOC_DOORBELL, &bell) < 0)
		queue->room.watch = NULL;
}

/* Context: the lock. */
static void room_serve(struct async_queue *queue)
{
	struct async_room *room = &queue->room;
	struct async_ring *ring = &queue->ring;
	/* What the submitting thread keeps back stays so, and so do we with it */
	bool whole = ring_sq_published(ring);
	uint32_t fresh = 0;
	int told = 0;

	room_settle(queue);
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

/* The announcement of a watch, if there was one, has reached its session. */
static void room_come(struct async_session *session)
{
	struct async_queue *queue = session->queue;

	room_settle(queue);
	if (!session->waiter.watched)
		return;
	session->waiter.watched = false;
	ring_consume(session->consumed);
}

struct async_request *async_room_claim(struct async_session *session)
{
	struct room_waiter *waiter = &session->waiter;
	struct async_request *slot = waiter->slot;

	if (waiter->state == ROOM_TOLD) {
		if (!async_done(slot))
			return NULL;
		ring_consume(session->consumed);
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

/* Parts a session from the line; returns what it had of a slot. */
static struct async_request *room_part(struct async_session *session)
{
	struct async_room *room = &session->queue->room;
	struct room_waiter *waiter = &session->waiter;
	struct async_request *slot = waiter->slot;

	room_come(session);
	if (room->watch == session)
		room->watch = NULL;
	if (waiter->state == ROOM_WAITS) {
		room_unlink(room, session);
		room_count(room, -1);
	}
	if (slot && waiter->state != ROOM_TOLD) {
		slot_put(slot, request_word(slot));
		slot = NULL;
	}
	waiter->state = ROOM_NONE;
	waiter->slot = NULL;
	waiter->dry = false;
	return slot;
}

void async_room_forget(struct async_session *session)
{
	struct async_queue *queue = session->queue;
	struct async_request *told = NULL;
	uint64_t name;

	if (!fork_owner(queue->token))
		return;
	async_room_enter(queue);
	if (!queue->room.closed)
		told = room_part(session);
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
