/* SPDX-License-Identifier: MIT */
/* An operation whose outcome is known, on memory that is watched. */
#ifndef COMMON_TRIAL_H
#define COMMON_TRIAL_H

#include <libasync/request.h>
#include "guarded.h"

/* Where things are: in the arena, or else in ordinary memory */
#define TRIAL_SRC	(1u << 0)
#define TRIAL_DST	(1u << 1)
#define TRIAL_AAD	(1u << 2)
#define TRIAL_TAG	(1u << 3)
#define TRIAL_ARENA	(TRIAL_SRC | TRIAL_DST | TRIAL_AAD | TRIAL_TAG)
#define TRIAL_IN_PLACE	(1u << 4)	/* dst is src, wherever that is */
#define TRIAL_WAYS	(1u << 5)

/**
 * struct trial_spec - an operation and its outcome
 * @opcode: what to do
 * @key: its key
 * @iv: the IV, of the key's length
 * @aad: AAD of an AEAD
 * @aad_len: its bytes
 * @src: the text
 * @len: its bytes
 * @want: what comes out: @len bytes, or the key's tag_len for a digest
 * @tag: AEAD: the tag that an encryption makes or a decryption gets
 * @result: 0, or the error; -EBADMSG wipes the output if that is in the arena,
 *	all others leave it alone
 * @ways: TRIAL_*
 * @skew: how far from aligned addresses the buffers start, below GUARDED_SKEW
 */
struct trial_spec {
	enum cryptosim_op opcode;
	const struct async_key *key;
	const uint8_t *iv;
	const uint8_t *aad;
	size_t aad_len;
	const uint8_t *src;
	size_t len;
	const uint8_t *want;
	const uint8_t *tag;
	int result;
	unsigned int ways;
	size_t skew;
};

/**
 * struct trial - one that can be submitted
 * @op: for async_prepare()
 * @result: what async_collect() should say
 * @src: the text
 * @dst: the output; all zero if that is @src
 * @aad: the AAD
 * @tag: the tag
 */
struct trial {
	struct async_op op;
	int result;
	struct guarded src;
	struct guarded dst;
	struct guarded aad;
	struct guarded tag;
};

/**
 * trial_make() - make the buffers and the operation
 * @t: out: the trial
 * @queue: whose arena it is
 * @spec: what it is; only its key and its IV are needed afterwards
 *
 * Return: 0; -ENOMEM.
 */
int trial_make(struct trial *t, struct async_queue *queue,
	       const struct trial_spec *spec);

/**
 * trial_judge() - look at the outcome
 * @t: the trial
 * @result: what async_collect() said
 *
 * Return: NULL if all is as it should be, else what is not.
 */
const char *trial_judge(const struct trial *t, int result);

void trial_free(struct trial *t);

#endif /* COMMON_TRIAL_H */
