/* SPDX-License-Identifier: MIT */
/* A thread of the library's that reaps, and so runs the callbacks. */
#ifndef LIBASYNC_POLLER_H
#define LIBASYNC_POLLER_H

#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/**
 * async_poller_start() - reap from a thread of the library's from now on
 * @queue: the queue
 *
 * The thread sleeps until the device announces completions, reaps them and
 * runs their callbacks. All signals are blocked in it. async_reap() and
 * async_wait() still work in other threads beside it.
 *
 * Return: 0; -EALREADY: it has one; -EAGAIN, -EMFILE, -ENFILE, -ENOMEM: no
 * thread or no fd for it; -EPERM: in a child of fork().
 */
ASYNC_EXPORT int async_poller_start(struct async_queue *queue);

/**
 * async_poller_stop() - end that thread
 * @queue: the queue; without a poller it is a no-op
 *
 * Returns when the thread has ended: no callback runs in it any more. Must not
 * be called from a callback.
 */
ASYNC_EXPORT void async_poller_stop(struct async_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_POLLER_H */
