/* SPDX-License-Identifier: MIT */
/* Memory that the device reaches without a copy. */
#ifndef LIBASYNC_ARENA_H
#define LIBASYNC_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/**
 * async_buf_alloc() - take a buffer from the queue's arena
 * @queue: the queue
 * @len: bytes, 1 to the arena's size; rounded up to a power of two, 64 at
 *	least, and aligned to that (to a page at most)
 *
 * The contents are whatever the former owner left. Any thread.
 *
 * Return: its address, or NULL when no piece of that size is free.
 */
ASYNC_EXPORT void *async_buf_alloc(struct async_queue *queue, size_t len);

/**
 * async_buf_free() - give a buffer back
 * @queue: the queue it came from
 * @buf: what async_buf_alloc() returned; NULL is a no-op
 *
 * Not while a request that uses it is in flight: the device would write into
 * what may be another's by then. Any thread.
 */
ASYNC_EXPORT void async_buf_free(struct async_queue *queue, void *buf);

/**
 * async_buf_is() - whether the device reaches this memory without a copy
 * @queue: the queue
 * @mem: address of the memory
 * @len: its bytes
 *
 * Return: true if all of it lies in the queue's arena. Any thread.
 */
ASYNC_EXPORT bool async_buf_is(const struct async_queue *queue,
			       const void *mem, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_ARENA_H */
