/* SPDX-License-Identifier: MIT */
/* Memory that notices every byte that was changed without leave. */
#ifndef COMMON_GUARDED_H
#define COMMON_GUARDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct async_queue;

/**
 * struct guarded - a buffer between two guards
 * @mem: the buffer
 * @len: its bytes
 * @queue: the queue whose arena it is in; NULL: ordinary memory
 * @base: the front guard
 * @image: what all of it should look like
 */
struct guarded {
	uint8_t *mem;
	size_t len;
	struct async_queue *queue;
	uint8_t *base;
	uint8_t *image;
};

/**
 * guarded_make() - make a buffer; it and its guards hold a pattern
 * @g: out: the buffer
 * @queue: NULL: ordinary memory, else in this queue's arena
 * @len: its bytes
 * @skew: how far from an aligned address it starts, less than GUARDED_SKEW
 *
 * Return: 0; -ENOMEM.
 */
int guarded_make(struct guarded *g, struct async_queue *queue, size_t len,
		 size_t skew);

#define GUARDED_SKEW	64

/* Puts the first @len bytes of @data in; they are expected to stay */
void guarded_set(struct guarded *g, const void *data, size_t len);

/* Somebody else should put the first @len bytes of @data in */
void guarded_expect(struct guarded *g, const void *data, size_t len);

/* Whether all is as set, expected, or else untouched */
bool guarded_good(const struct guarded *g);

/* Nothing to do for one that is all zero */
void guarded_free(struct guarded *g);

#endif /* COMMON_GUARDED_H */
