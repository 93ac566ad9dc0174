/* SPDX-License-Identifier: MIT */
/* Queues: open, submit, wait, reap. */
#ifndef LIBASYNC_QUEUE_H
#define LIBASYNC_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/cryptosim.h>
#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/* A timeout that never comes, for every timeout_ns here */
#define ASYNC_FOREVER	UINT64_MAX

/**
 * struct async_queue_params - size of a queue; 0 stands for the default
 * @sq_entries: requests that can be prepared and not yet taken by the device;
 *	rounded up to a power of two; default 256, at most CRYPTOSIM_MAX_ENTRIES
 * @cq_entries: requests that can exist at once, from prepared to collected;
 *	rounded up to a power of two; default twice @sq_entries, and never less
 *	than @sq_entries
 * @max_keys: default 1024, at most CRYPTOSIM_MAX_KEYS
 * @max_sessions: default 1024, at most CRYPTOSIM_MAX_SESSIONS
 * @arena_size: bytes, rounded up to a power of two; default 4 MiB, at most
 *	CRYPTOSIM_MAX_ARENA
 * @flags: CRYPTOSIM_SETUP_*; default none
 *
 * All of it counts against RLIMIT_MEMLOCK; the defaults fit the 8 MiB that an
 * unprivileged process has.
 */
struct async_queue_params {
	unsigned int sq_entries;
	unsigned int cq_entries;
	unsigned int max_keys;
	unsigned int max_sessions;
	size_t arena_size;
	uint32_t flags;
};

/**
 * async_queue_open() - open a queue of a device
 * @queue: out: the queue
 * @device: N of /dev/cryptosimN
 * @params: its size; NULL: all defaults
 *
 * Return: 0; -ENOENT or -ENXIO: no such device (is the module loaded?);
 * -EACCES: no permission for the node; -EINVAL: a size out of range; -ENOMEM:
 * more than RLIMIT_MEMLOCK or the machine has; -EMFILE, -ENFILE.
 */
ASYNC_EXPORT int async_queue_open(struct async_queue **queue,
				  unsigned int device,
				  const struct async_queue_params *params);

/**
 * async_queue_close() - end a queue
 * @queue: the queue; NULL is a no-op
 *
 * Stops a poller. Requests in flight are given up: no callback of theirs runs
 * once this has returned. Its keys, buffers and requests are gone; sessions
 * stay until their async_session_close(), with an fd that says POLLHUP. Must
 * not be called from a callback of this queue. In a child of fork() it frees
 * the child's copy and leaves the parent's queue alone.
 */
ASYNC_EXPORT void async_queue_close(struct async_queue *queue);

/**
 * async_queue_fd() - the queue's own fd, for an event loop
 * @queue: the queue
 *
 * It is readable (POLLIN) while there is something to reap: an application
 * that wants its callbacks from its own loop polls this one fd and calls
 * async_reap(). Never read from, written to or closed by the caller. Any
 * thread.
 *
 * Return: the fd.
 */
ASYNC_EXPORT int async_queue_fd(const struct async_queue *queue);

/**
 * async_queue_info() - what the queue's device has
 * @queue: the queue
 * @info: out; the UAPI header says what the fields are. Any thread.
 *
 * Return: 0 or a negative errno.
 */
ASYNC_EXPORT int async_queue_info(const struct async_queue *queue,
				  struct cryptosim_info *info);

/**
 * async_queue_alg() - what the queue's device can do of one algorithm
 * @queue: the queue
 * @alg: the algorithm
 * @info: out; the UAPI header says what the fields are. Any thread.
 *
 * Return: 0; -EINVAL: no such algorithm; -EOPNOTSUPP: the running kernel
 * lacks it.
 */
ASYNC_EXPORT int async_queue_alg(const struct async_queue *queue,
				 enum cryptosim_alg alg,
				 struct cryptosim_alg_info *info);

/**
 * async_submit() - hand all prepared requests to the device
 * @queue: the queue
 *
 * One system call at most, and none while an engine is looking at the ring.
 *
 * Return: how many were handed over; -EPERM: in a child of fork();
 * -ESHUTDOWN: the queue is stopped.
 */
ASYNC_EXPORT int async_submit(struct async_queue *queue);

/**
 * async_submit_lazy() - the same, for who submits one by one and then waits
 * @queue: the queue
 *
 * An engine that would have to take the CPU from the caller begins when the
 * caller sleeps, in poll(2) say, or has used its share of the CPU. Until then
 * further calls need no system call: a thread with many jobs starts them all and
 * rings once. Who looks at the ring again and again and never sleeps wants
 * async_submit().
 *
 * Return: as async_submit().
 */
ASYNC_EXPORT int async_submit_lazy(struct async_queue *queue);

/**
 * async_submit_wait() - hand all prepared requests over, wait, and reap
 * @queue: the queue
 * @count: return when this many completions could be reaped, or all that are
 *	outstanding if those are fewer
 * @timeout_ns: or when this many nanoseconds have gone by
 *
 * One system call for submission and waiting together. Callbacks of what is
 * reaped run in here. From a callback it neither waits nor reaps.
 *
 * Return: how many were reaped, 0 if nothing was outstanding; -ETIME: fewer
 * than @count when the time was up, -EINTR: likewise at a signal (what was
 * there has been reaped all the same); -EPERM: in a child of fork();
 * -ESHUTDOWN: the queue is stopped.
 */
ASYNC_EXPORT int async_submit_wait(struct async_queue *queue,
				   unsigned int count, uint64_t timeout_ns);

/**
 * async_wait() - wait for completions, and reap them
 * @queue: the queue
 * @count: as in async_submit_wait()
 * @timeout_ns: likewise
 *
 * Like async_submit_wait(), but prepared requests stay where they are. Any
 * thread.
 *
 * Return: as async_submit_wait().
 */
ASYNC_EXPORT int async_wait(struct async_queue *queue, unsigned int count,
			    uint64_t timeout_ns);

/**
 * async_reap() - take completions off the ring, whoever they are for
 * @queue: the queue
 *
 * Marks their requests as done, then runs the callbacks of their sessions,
 * once for each request, in the calling thread and with no lock of the
 * library's held. Never blocks, no system call. Any thread; also from a
 * callback, where it returns 0.
 *
 * Return: how many were taken; -EPERM: in a child of fork().
 */
ASYNC_EXPORT int async_reap(struct async_queue *queue);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_QUEUE_H */
