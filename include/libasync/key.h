/* SPDX-License-Identifier: MIT */
/* Keys: an algorithm with its key schedule, held by the kernel. */
#ifndef LIBASYNC_KEY_H
#define LIBASYNC_KEY_H

#include <stddef.h>
#include <stdint.h>
#include <linux/cryptosim.h>
#include <libasync/export.h>

#ifdef __cplusplus
extern "C" {
#endif

struct async_queue;

/**
 * struct async_key_params - what a key is made of
 * @alg: the algorithm
 * @key: key material; authenc: the MAC's key, then the cipher's. NULL for a
 *	hash without a key
 * @key_len: its bytes
 * @auth_len: authenc: how many of them are the MAC's key; else 0
 * @tag_len: bytes of tag, digest or MAC; 0: the algorithm's full length
 * @iv_len: CCM: bytes of nonce, 7 to 13; 0: the algorithm's own length, for
 *	CCM 12
 */
struct async_key_params {
	enum cryptosim_alg alg;
	const void *key;
	size_t key_len;
	size_t auth_len;
	size_t tag_len;
	size_t iv_len;
};

/**
 * struct async_key - a key, by value: nothing to free in memory
 * @id: the kernel's id for it; 0 is no key
 * @iv_len: bytes of IV that each request with it takes
 * @tag_len: bytes of tag, digest or MAC that each request with it gives
 * @ops: bit n set: takes enum cryptosim_op n
 * @aead: 1 if requests have AAD and a tag of their own
 *
 * Filled by async_key_add(), only read afterwards.
 */
struct async_key {
	uint32_t id;
	uint8_t iv_len;
	uint8_t tag_len;
	uint8_t ops;
	uint8_t aead;
};

/**
 * async_key_add() - make a key
 * @queue: the queue it is for
 * @params: what it is made of; the caller may wipe its copy afterwards
 * @key: out: the key
 *
 * Return: 0; -EOPNOTSUPP: the running kernel lacks the algorithm; -EINVAL: no
 * such algorithm, or a length it does not take; -ENOSPC: max_keys are there;
 * -ENOMEM; -EPERM: in a child of fork(); -ESHUTDOWN. Any thread.
 */
ASYNC_EXPORT int async_key_add(struct async_queue *queue,
			       const struct async_key_params *params,
			       struct async_key *key);

/**
 * async_key_del() - end a key
 * @queue: its queue
 * @key: the key; @key->id is 0 afterwards
 *
 * Requests that the device took before are executed with it all the same; it
 * is wiped after the last of them. One that was only prepared, or that still
 * lies in the SQ, completes with -ENOKEY.
 *
 * Return: 0; -ENOKEY: no such key; -EPERM: in a child of fork();
 * -ESHUTDOWN. Any thread.
 */
ASYNC_EXPORT int async_key_del(struct async_queue *queue,
			       struct async_key *key);

#ifdef __cplusplus
}
#endif

#endif /* LIBASYNC_KEY_H */
