// SPDX-License-Identifier: MIT
#include <errno.h>
#include <libasync/arena.h>
#include <stdlib.h>
#include <string.h>
#include "guarded.h"

#define GUARD	64	/* bytes before and after, at least */

/* The two guards, and the skew on whichever side it is not */
static size_t total(const struct guarded *g)
{
	return GUARD + GUARDED_SKEW + g->len + GUARD;
}

int guarded_make(struct guarded *g, struct async_queue *queue, size_t len,
		 size_t skew)
{
	size_t i;

	*g = (struct guarded) { .queue = queue, .len = len };
	g->image = malloc(total(g));
	if (!g->image)
		return -ENOMEM;
	g->base = queue ? async_buf_alloc(queue, total(g)) : malloc(total(g));
	if (!g->base) {
		free(g->image);
		*g = (struct guarded) { 0 };
		return -ENOMEM;
	}
	for (i = 0; i < total(g); i++)
		g->image[i] = (uint8_t)(0x5a + 7 * i);
	memcpy(g->base, g->image, total(g));
	g->mem = g->base + GUARD + skew;
	return 0;
}

void guarded_expect(struct guarded *g, const void *data, size_t len)
{
	if (len)
		memcpy(g->image + (g->mem - g->base), data, len);
}

void guarded_set(struct guarded *g, const void *data, size_t len)
{
	guarded_expect(g, data, len);
	if (len)
		memcpy(g->mem, data, len);
}

bool guarded_good(const struct guarded *g)
{
	return !memcmp(g->base, g->image, total(g));
}

void guarded_free(struct guarded *g)
{
	if (g->queue)
		async_buf_free(g->queue, g->base);
	else
		free(g->base);
	free(g->image);
	*g = (struct guarded) { 0 };
}
