// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libasync/arena.h>

#include "arena.h"
#include "internal.h"

/* Order of the smallest block that holds @len bytes, 1 at least */
static unsigned int arena_order(size_t len)
{
	size_t blocks = (len - 1) >> ARENA_BLOCK_SHIFT;

	return blocks ? 64 - __builtin_clzll(blocks) : 0;
}

/* Node of the smallest block at @offset */
static size_t arena_leaf(const struct async_arena *arena, size_t offset)
{
	return ((size_t)1 << arena->top) + (offset >> ARENA_BLOCK_SHIFT);
}

/*
 * The nodes above @node, of @order, follow from their children: two that are
 * entirely free are one block. Above one that stays as it was, all do.
 */
static void arena_update(struct async_arena *arena, size_t node,
			 unsigned int order)
{
	uint8_t *tree = arena->tree;
	uint8_t left, right, whole, free;

	for (; node > 1; order++) {
		node /= 2;
		left = tree[2 * node];
		right = tree[2 * node + 1];
		whole = order + 1;
		free = left > right ? left : right;
		if (left == whole && right == whole)
			free = whole + 1;
		if (tree[node] == free)
			break;
		tree[node] = free;
	}
}

int async_arena_init(struct async_arena *arena, void *base, size_t size)
{
	size_t leaves = size >> ARENA_BLOCK_SHIFT;
	size_t node;

	arena->base = base;
	arena->size = size;
	arena->top = arena_order(size);
	arena->tree = malloc(2 * leaves);
	if (!arena->tree)
		return -ENOMEM;
	memset(arena->last, 0, sizeof(arena->last));
	arena->tree[0] = 0;
	arena->tree[1] = arena->top + 1;
	for (node = 2; node < 2 * leaves; node++)
		arena->tree[node] = arena->tree[node / 2] - 1;
	arena->lock = (struct async_lock) { LOCK_FREE };
	return 0;
}

void async_arena_destroy(struct async_arena *arena)
{
	free(arena->tree);
	arena->tree = NULL;
}

/*
 * Whether @node is a free block of @order, and no part of a larger one: then its
 * parent has none that is larger. Below one that was handed out it would have.
 */
static bool arena_is_free(const struct async_arena *arena, size_t node,
			  unsigned int order)
{
	return node > 1 && arena->tree[node] == order + 1 &&
	       arena->tree[node / 2] == order + 1;
}

/* The node of a block of @order that can be taken, 0 if there is none */
static size_t arena_find(const struct async_arena *arena, unsigned int order)
{
	const uint8_t *tree = arena->tree;
	uint8_t need = order + 1;
	unsigned int at;
	size_t node = 1;

	if (tree[1] < need)
		return 0;
	/* The tighter fit of the two, which keeps large blocks whole */
	for (at = arena->top; at > order; at--) {
		node *= 2;
		if (tree[node] < need ||
		    (tree[node + 1] >= need && tree[node + 1] < tree[node]))
			node++;
	}
	return node;
}

/* The node that is taken for a block of @order, 0 if there is none */
static size_t arena_take(struct async_arena *arena, unsigned int order)
{
	size_t node = arena->last[order];

	if (!arena_is_free(arena, node, order))
		node = arena_find(arena, order);
	if (node) {
		arena->tree[node] = 0;
		arena_update(arena, node, order);
	}
	return node;
}

void *async_arena_alloc(struct async_arena *arena, size_t len)
{
	unsigned int order;
	size_t node, index;

	if (!len || len > arena->size)
		return NULL;
	order = arena_order(len);
	lock_take(&arena->lock);
	node = arena_take(arena, order);
	lock_drop(&arena->lock);
	if (!node)
		return NULL;
	index = node - ((size_t)1 << (arena->top - order));
	return arena->base + (index << (order + ARENA_BLOCK_SHIFT));
}

/* Gives back the block that begins at @offset, if one does */
static void arena_give(struct async_arena *arena, size_t offset)
{
	size_t node = arena_leaf(arena, offset);
	unsigned int order = 0;

	/* The lowest node with nothing free is the one that was handed out */
	while (node && arena->tree[node]) {
		node /= 2;
		order++;
	}
	if (!node || offset & (((size_t)ARENA_BLOCK << order) - 1))
		return;
	arena->tree[node] = order + 1;
	arena_update(arena, node, order);
	arena->last[order] = node;
}

void async_arena_free(struct async_arena *arena, void *buf)
{
	if (!arena_has(arena, buf, 1))
		return;
	lock_take(&arena->lock);
	arena_give(arena, arena_offset(arena, buf));
	lock_drop(&arena->lock);
	atomic_fetch_add(&arena->frees, 1);
}

void *async_buf_alloc(struct async_queue *queue, size_t len)
{
	void *buf;

	if (!fork_owner(queue->token))
		return NULL;
	buf = async_arena_alloc(&queue->arena, len);
	if (!buf && async_slots_clean(queue))
		buf = async_arena_alloc(&queue->arena, len);
	return buf;
}

void async_buf_free(struct async_queue *queue, void *buf)
{
	if (!fork_owner(queue->token))
		return;
	async_arena_free(&queue->arena, buf);
	if (room_line(&queue->room))
		async_room_made(queue);
}

bool async_buf_is(const struct async_queue *queue, const void *mem, size_t len)
{
	return fork_owner(queue->token) && arena_has(&queue->arena, mem, len);
}
