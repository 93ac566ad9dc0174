/* SPDX-License-Identifier: MIT */
/*
 * Requests of many kinds, cheap to make and to check: their texts are parts of
 * one pattern whose ciphertexts, tags and digests are known beforehand.
 */
#ifndef COMMON_MIX_H
#define COMMON_MIX_H

#include <libasync/async.h>
#include <stdbool.h>
#include "rng.h"

#define MIX_TAG		16
#define MIX_DIGEST	32

/**
 * struct mix_slot - a place for one request at a time
 * @op: the request, but for its session
 * @result: what it should come to
 * @want: what should come out; NULL: nothing
 * @want_tag: the tag that should come out; NULL: none
 * @arena: a buffer of the arena: text, then tag
 * @heap: one of ordinary memory
 * @iv: the IV
 */
struct mix_slot {
	struct async_op op;
	int result;
	const uint8_t *want;
	const uint8_t *want_tag;
	uint8_t *arena;
	uint8_t *heap;
	uint8_t iv[16];
};

/**
 * mix_open() - make the pattern, and the keys of a queue
 * @queue: the queue; needs an arena of MIX_ARENA(slots)
 *
 * There is one mix at a time. Any trouble fails the test.
 */
void mix_open(struct async_queue *queue);

/* Bytes of arena that the mix and so many slots take, copies included */
#define MIX_ARENA(slots)	((1u << 18) + (slots) * (1u << 17))

/* Any trouble fails the test */
void mix_slot_open(struct mix_slot *slot);

void mix_slot_close(struct mix_slot *slot);

/* Makes the slot's next request */
void mix_pick(struct mix_slot *slot, struct rng *rng);

/**
 * mix_good() - whether a request came to what it should
 * @slot: the slot
 * @result: what async_collect() said
 */
bool mix_good(const struct mix_slot *slot, int result);

void mix_close(void);

#endif /* COMMON_MIX_H */
