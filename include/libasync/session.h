/* SPDX-License-Identifier: MIT */
/* Sessions: where completions are announced, by fd or by callback. */
#ifndef LIBASYNC_SESSION_H
#define LIBASYNC_SESSION_H

#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;
struct async_session;

/**
 * typedef async_callback_fn - told that a request of a session is done
 * @arg: what async_session_set_callback() was given
 *
 * The same shape as ASYNC_callback_fn of ASYNC_WAIT_CTX_set_callback(3). Runs
 * in whichever thread reaps, without a lock of the library's held; it may
 * prepare, submit and collect if that thread is the queue's submitting one,
 * and close its own session.
 *
 * Return: not looked at.
 */
typedef int (*async_callback_fn)(void *arg);

/**
 * async_session_open() - make a session
 * @queue: its queue
 * @session: out: the session
 *
 * Return: 0; -ENOSPC: max_sessions are there; -EMFILE, -ENFILE, -ENOMEM;
 * -EPERM: in a child of fork(); -ESHUTDOWN. Any thread.
 */
ASYNC_EXPORT int async_session_open(struct async_queue *queue,
				    struct async_session **session);

/**
 * async_session_close() - end a session
 * @session: the session; NULL is a no-op
 *
 * Its requests that were not collected are given up: handles to them are no
 * longer good, their copies and slots come back to the queue when the device
 * is done with them. After this has returned no callback of the session runs,
 * in no thread: if one is running in another thread, this waits for it. Any
 * thread, and from the session's own callback. Also after async_queue_close().
 */
ASYNC_EXPORT void async_session_close(struct async_session *session);

/**
 * async_session_fd() - the session's fd
 * @session: the session
 *
 * Readable (POLLIN) while completions were announced that the owner has not
 * collected; collecting clears it, nothing is ever read from it. It may be
 * readable once too often. POLLHUP: the queue is closed. It stays the same for
 * the session's life and is closed with it, not by the caller. Any thread.
 *
 * The fd says that the device is done. The library learns it by reaping: an
 * event loop calls async_reap() when the fd is readable, then
 * async_collect(); with a poller it may find it reaped already.
 *
 * Return: the fd.
 */
ASYNC_EXPORT int async_session_fd(const struct async_session *session);

/**
 * async_session_set_callback() - be told by callback
 * @session: the session
 * @callback: called once for each of the session's requests that completes;
 *	NULL: none
 * @arg: what it is called with
 *
 * Takes effect for callbacks that begin from now on. If one of the session is
 * running in another thread, this waits for it: the former is not called after
 * this has returned. To set what is set already costs nothing. Any thread, and
 * from the session's own callback.
 */
ASYNC_EXPORT void async_session_set_callback(struct async_session *session,
					     async_callback_fn callback,
					     void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_SESSION_H */
