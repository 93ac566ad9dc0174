/* SPDX-License-Identifier: MIT */
/* A signal handler of the library's that reaps: the interrupt, in userspace. */
#ifndef LIBASYNC_INTERRUPT_H
#define LIBASYNC_INTERRUPT_H

#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/**
 * async_interrupt_start() - reap in a signal handler from now on
 * @queue: the queue
 * @signo: the signal that the device sends when it has posted completions:
 *	SIGIO, SIGUSR1 or another of which one at most is pending. Of a realtime
 *	signal there would be one for each interrupt while it is blocked
 *
 * The calling thread gets the signal. The handler reaps and runs the callbacks,
 * so these interrupt whatever the thread is doing: they must be
 * async-signal-safe, signal-safety(7), and may call nothing of the library but
 * async_done(). The other ways to reap still work beside it. System calls of
 * the thread are restarted, but for those that never are, signal(7): poll(2)
 * and epoll_wait(2) return EINTR.
 *
 * The handler is the process's and stays when all queues are gone, since a
 * signal may come late. Several queues can have the same signal.
 *
 * Context: the submitting thread.
 * Return: 0; -EALREADY: it has one; -EINVAL: no such signal, one that can't be
 * caught, or a realtime one; -EBUSY: the process has a handler of its own for it; -EPERM: in a
 * child of fork().
 */
ASYNC_EXPORT int async_interrupt_start(struct async_queue *queue, int signo);

/**
 * async_interrupt_stop() - no more of that
 * @queue: the queue; one that was not started is left alone
 *
 * No callback runs in the handler once this has returned. async_queue_close()
 * does it too.
 *
 * Context: the thread that called async_interrupt_start().
 */
ASYNC_EXPORT void async_interrupt_stop(struct async_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_INTERRUPT_H */
