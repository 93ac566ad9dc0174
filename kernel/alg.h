/* SPDX-License-Identifier: GPL-2.0-only */
/* The algorithms: one table, one row each. */
#ifndef CRYPTOSIM_ALG_H
#define CRYPTOSIM_ALG_H

#include <linux/types.h>

#include <linux/cryptosim.h>

struct csim_engine;
struct csim_key;
struct csim_request;

/**
 * struct csim_alg - an algorithm
 * @name: the kernel's name of it
 * @class: how it is run
 * @key_min: bytes of key, at least (authenc: of the cipher's)
 * @key_max: at most
 * @key_step: from @key_min in steps of so many
 * @iv_min: bytes of IV, at least
 * @iv_max: at most
 * @iv_default: where they differ: what 0 stands for
 * @tag_min: bytes of tag, digest or MAC, at least
 * @tag_max: at most, and the default
 * @block: text comes in multiples of this
 * @len_min: bytes of text, at least
 * @ccm: the IV is a bare nonce; it and the length of the text make a block
 * @auth_max: authenc: bytes of MAC key before the cipher's, at most
 */
struct csim_alg {
	const char *name;
	const struct csim_alg_class *class;
	u16 key_min;
	u16 key_max;
	u8 key_step;
	u8 iv_min;
	u8 iv_max;
	u8 iv_default;
	u8 tag_min;
	u8 tag_max;
	u8 block;
	u8 len_min;
	bool ccm;
	u16 auth_max;
};

/**
 * struct csim_alg_class - a kind of algorithm: a cipher, an AEAD, a hash
 * @ops: bit n set: it has enum cryptosim_op n
 * @aead: requests have AAD and a tag of their own
 * @probe: whether the running kernel has the algorithm of that name, and the
 *	name of its driver (sleeps; may load modules). Returns 0 or an errno
 * @init: make the transform of a new key from @material, whose lengths have
 *	been checked (sleeps). Returns 0 or an errno
 * @free: end it and wipe it (sleeps)
 * @run: execute a request that has been validated, under the engine's mutex
 *	(sleeps). Returns bytes of result or an errno
 */
struct csim_alg_class {
	u32 ops;
	bool aead;
	int (*probe)(const char *name, char *driver, size_t size);
	int (*init)(struct csim_key *key, const struct cryptosim_key_add *add,
		    const u8 *material);
	void (*free)(struct csim_key *key);
	int (*run)(struct csim_request *req, struct csim_engine *engine);
};

extern const struct csim_alg_class csim_skcipher_class;
extern const struct csim_alg_class csim_aead_class;
extern const struct csim_alg_class csim_hash_class;

void csim_alg_init(void);
const struct csim_alg *csim_alg_find(u32 alg);
int csim_alg_mask(__u64 *mask);
int csim_alg_info(struct cryptosim_alg_info *info);

#endif /* CRYPTOSIM_ALG_H */
