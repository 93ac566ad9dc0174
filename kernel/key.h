/* SPDX-License-Identifier: GPL-2.0-only */
/* A key: an algorithm with its key schedule. */
#ifndef CRYPTOSIM_KEY_H
#define CRYPTOSIM_KEY_H

#include <linux/crypto.h>
#include <linux/kref.h>
#include <linux/types.h>

#include "alg.h"

struct aead_request;
struct csim_queue;
struct skcipher_request;
struct shash_desc;

/**
 * struct csim_key_slot - a slot of the queue's table of keys
 * @key: who is in it, or NULL; written under the queue's lock
 * @id: its id, or its last owner's; likewise
 */
struct csim_key_slot {
	struct csim_key *key;
	u32 id;
};

/**
 * struct csim_key - an algorithm with its key schedule
 * @ref: the table's, and one for each request that is not yet executed
 * @alg: its algorithm
 * @iv_len: bytes of IV that a request brings
 * @tag_len: bytes of tag, digest or MAC that a request gives
 * @len_max: bytes of text that a request may bring
 * @wait: for the cipher, when it is an asynchronous one
 * @skcipher: the transform with the schedule, and the means to run it: which
 *	of the three it is, @alg's class knows. A key serves one engine, the
 *	one its queue is bound to, so one of each is enough
 * @aead: likewise
 * @hash: likewise
 *
 * Constant from the ioctl that makes it to the last reference.
 */
struct csim_key {
	struct kref ref;
	const struct csim_alg *alg;
	u8 iv_len;
	u8 tag_len;
	u32 len_max;
	struct crypto_wait wait;
	union {
		struct skcipher_request *skcipher;
		struct aead_request *aead;
		struct shash_desc *hash;
	};
};

int csim_keys_init(struct csim_queue *queue);
void csim_keys_free(struct csim_queue *queue);

struct cryptosim_key_add;

int csim_key_add(struct csim_queue *queue, struct cryptosim_key_add *add);
int csim_key_del(struct csim_queue *queue, u32 id);
struct csim_key *csim_key_get(struct csim_queue *queue, u32 id);
void csim_key_put(struct csim_key *key);

#endif /* CRYPTOSIM_KEY_H */
