/* SPDX-License-Identifier: MIT */
/*
 * The arena: a buddy allocator over the mapping that the device reaches. All it
 * knows of its blocks is kept outside, so that what an application or a request
 * writes into the arena can't mislead it.
 */
#ifndef LIB_CORE_ARENA_H
#define LIB_CORE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lock.h"

/* Bytes of the smallest block: a cache line, so that no two share one */
#define ARENA_BLOCK_SHIFT	6
#define ARENA_BLOCK		(1u << ARENA_BLOCK_SHIFT)
/* Of blocks of an arena of 4 GiB, the largest that an SQE's offsets reach */
#define ARENA_ORDERS		(32 - ARENA_BLOCK_SHIFT + 1)

/**
 * struct async_arena - memory and which of it is free
 * @base: the mapping
 * @size: its bytes, a power of two
 * @top: order of the whole: @size is ARENA_BLOCK << @top
 * @frees: how often something was freed, or could be
 * @lock: guards @tree and @last
 * @tree: a binary tree of all blocks, the root at 1, the children of i at 2i
 *	and 2i + 1. Each holds one more than the order of the largest free
 *	block in it, 0 if there is none. What lies below a block that was
 *	handed out stays as it was, entirely free.
 * @last: node of the block of each order that was given back last; 0: none. It
 *	may be anything by now
 */
struct async_arena {
	uint8_t *base;
	size_t size;
	unsigned int top;
	_Atomic uint32_t frees;
	struct async_lock lock;
	uint8_t *tree;
	uint32_t last[ARENA_ORDERS];
};

/**
 * async_arena_init() - all of the memory is free
 * @arena: the arena
 * @base: its memory, aligned to a page
 * @size: bytes, a power of two, ARENA_BLOCK at least
 *
 * Return: 0 or -ENOMEM.
 */
int async_arena_init(struct async_arena *arena, void *base, size_t size);

/**
 * async_arena_destroy() - forget the arena; the memory is the caller's
 * @arena: the arena
 */
void async_arena_destroy(struct async_arena *arena);

/**
 * async_arena_alloc() - take a block
 * @arena: the arena
 * @len: bytes
 *
 * Return: a block of @len bytes or more, aligned to its size as seen from the
 * base; NULL: @len is 0, or there is none. Any thread.
 */
void *async_arena_alloc(struct async_arena *arena, size_t len);

/**
 * async_arena_free() - give a block back
 * @arena: the arena
 * @buf: what async_arena_alloc() returned. Anything else is left alone as far
 *	as it can be told
 *
 * Any thread.
 */
void async_arena_free(struct async_arena *arena, void *buf);

/**
 * arena_frees() - how often something was freed
 * @arena: the arena
 *
 * Who asks before it finds no room, and then is told of another number, has a
 * reason to try again.
 *
 * Return: the count.
 */
static inline uint32_t arena_frees(const struct async_arena *arena)
{
	return atomic_load(&arena->frees);
}

/**
 * arena_has() - whether a piece of memory lies in the arena
 * @arena: the arena
 * @mem: address of the memory
 * @len: its bytes
 *
 * Return: true if all of it does.
 */
static inline bool arena_has(const struct async_arena *arena, const void *mem,
			     size_t len)
{
	size_t offset = (uintptr_t)mem - (uintptr_t)arena->base;

	return offset < arena->size && len <= arena->size - offset;
}

/**
 * arena_offset() - where the device finds a piece of memory
 * @arena: the arena
 * @mem: an address for which arena_has() is true
 *
 * Return: its distance from the base in bytes.
 */
static inline uint32_t arena_offset(const struct async_arena *arena,
				    const void *mem)
{
	return (uintptr_t)mem - (uintptr_t)arena->base;
}

#endif /* LIB_CORE_ARENA_H */
