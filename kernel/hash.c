// SPDX-License-Identifier: GPL-2.0-only
/* Hashes and MACs, on the kernel's shash API: the arena is contiguous. */
#include <crypto/hash.h>
#include <linux/bits.h>
#include <linux/slab.h>

#include "engine.h"
#include "key.h"
#include "queue.h"
#include "request.h"

static int hash_probe(const char *name, char *driver, size_t size)
{
	struct crypto_shash *tfm = crypto_alloc_shash(name, 0, 0);

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	strscpy(driver, crypto_shash_driver_name(tfm), size);
	crypto_free_shash(tfm);
	return 0;
}

static int hash_init(struct csim_key *key, const struct cryptosim_key_add *add,
		     const u8 *material)
{
	struct crypto_shash *tfm;
	int ret;

	tfm = crypto_alloc_shash(key->alg->name, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	if (key->alg->key_max) {
		ret = crypto_shash_setkey(tfm, material, add->key_len);
		if (ret)
			goto free_tfm;
	}
	ret = -ENOMEM;
	key->hash = kzalloc(sizeof(*key->hash) + crypto_shash_descsize(tfm),
			    GFP_KERNEL_ACCOUNT);
	if (!key->hash)
		goto free_tfm;
	key->hash->tfm = tfm;
	return 0;

free_tfm:
	crypto_free_shash(tfm);
	return ret;
}

static void hash_free(struct csim_key *key)
{
	crypto_free_shash(key->hash->tfm);
	/* The state of the last message, if that failed in the middle */
	kfree_sensitive(key->hash);
}

static int hash_run(struct csim_request *req, struct csim_engine *engine)
{
	struct cryptosim_sqe *sqe = &req->sqe;
	void *arena = req->queue->arena.addr;
	u32 tag_len = req->key->tag_len;
	u8 digest[HASH_MAX_DIGESTSIZE];
	int ret;

	/* The user may write to the arena meanwhile; what comes of it is theirs */
	ret = data_race(crypto_shash_digest(req->key->hash, arena + sqe->src,
					    sqe->len, digest));
	if (ret)
		return ret;
	/* Likewise */
	data_race(memcpy(arena + sqe->dst, digest, tag_len));
	return tag_len;
}

const struct csim_alg_class csim_hash_class = {
	.ops = BIT(CRYPTOSIM_OP_DIGEST),
	.probe = hash_probe,
	.init = hash_init,
	.free = hash_free,
	.run = hash_run,
};
