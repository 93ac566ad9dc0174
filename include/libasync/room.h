/* SPDX-License-Identifier: MIT */
/* Room: a full ring says when to come back. */
#ifndef LIBASYNC_ROOM_H
#define LIBASYNC_ROOM_H

#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_session;

/**
 * async_room_wait() - ask to be told when there is room
 * @session: a session of which async_prepare() took fewer requests than asked
 *
 * As soon as there is room for one request, the session is told as it is of a
 * completion: its fd turns readable, or its callback runs, once. A slot is then
 * kept for it, which its next async_prepare() gets, after an async_reap() where
 * it waits by fd. Who asks first is told first; from the first who asks until
 * the last is told, others find no room. A session that is told and comes back
 * to find its text too long for what is free of the arena keeps its slot, and
 * its turn, when it asks again. It may then be told only when others that were
 * told come for their room: an application polls all of its sessions that wait,
 * not just one.
 *
 * Hands over what was prepared, as async_submit() does: else there might never
 * be room. To ask again without a change does nothing. Requests that name no
 * session find room like others, but nobody tells of it.
 *
 * Context: the submitting thread.
 * Return: 0; -EPERM: in a child of fork(); -ESHUTDOWN: the queue is stopped.
 */
ASYNC_EXPORT int async_room_wait(struct async_session *session);

/**
 * async_room_forget() - not to be told any more
 * @session: the session; one that did not ask is left alone
 *
 * Its place, or the slot that is kept for it, goes to the next one. Closing the
 * session does so too. After this has returned no callback comes that would
 * have told of room. Any thread.
 */
ASYNC_EXPORT void async_room_forget(struct async_session *session);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_ROOM_H */
