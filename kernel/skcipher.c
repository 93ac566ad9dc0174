// SPDX-License-Identifier: GPL-2.0-only
/* Ciphers without a tag, on the kernel's skcipher API. */
#include <crypto/skcipher.h>
#include <linux/bits.h>

#include "engine.h"
#include "key.h"
#include "queue.h"
#include "request.h"

static int skcipher_probe(const char *name, char *driver, size_t size)
{
	struct crypto_skcipher *tfm = crypto_alloc_skcipher(name, 0, 0);

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	strscpy(driver, crypto_skcipher_driver_name(tfm), size);
	crypto_free_skcipher(tfm);
	return 0;
}

/*
 * No mask: asking for a synchronous one would get the plain C implementation
 * on kernels before 7.
 */
static int skcipher_init(struct csim_key *key,
			 const struct cryptosim_key_add *add,
			 const u8 *material)
{
	struct crypto_skcipher *tfm;
	int ret;

	tfm = crypto_alloc_skcipher(key->alg->name, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ret = crypto_skcipher_setkey(tfm, material, add->key_len);
	if (ret)
		goto free_tfm;
	ret = -ENOMEM;
	key->skcipher = skcipher_request_alloc(tfm, GFP_KERNEL_ACCOUNT);
	if (!key->skcipher)
		goto free_tfm;
	skcipher_request_set_callback(key->skcipher,
				      CRYPTO_TFM_REQ_MAY_SLEEP |
				      CRYPTO_TFM_REQ_MAY_BACKLOG,
				      crypto_req_done, &key->wait);
	return 0;

free_tfm:
	crypto_free_skcipher(tfm);
	return ret;
}

static void skcipher_free(struct csim_key *key)
{
	struct crypto_skcipher *tfm = crypto_skcipher_reqtfm(key->skcipher);

	skcipher_request_free(key->skcipher);
	crypto_free_skcipher(tfm);
}

static int skcipher_run(struct csim_request *req, struct csim_engine *engine)
{
	struct skcipher_request *cipher = req->key->skcipher;
	const struct csim_region *arena = &req->queue->arena;
	struct cryptosim_sqe *sqe = &req->sqe;
	struct scatterlist *dst = engine->sg[0];
	int ret;

	if (!sqe->len)
		return 0;
	sg_mark_end(csim_region_sg(arena, engine->sg[0], sqe->src, sqe->len) - 1);
	if (sqe->dst != sqe->src) {
		dst = engine->sg[1];
		sg_mark_end(csim_region_sg(arena, dst, sqe->dst, sqe->len) - 1);
	}
	/* The cipher writes to the IV, which is ours */
	skcipher_request_set_crypt(cipher, engine->sg[0], dst, sqe->len,
				   sqe->iv);
	/* The user may write to the text meanwhile; what comes of it is theirs */
	ret = data_race(sqe->opcode == CRYPTOSIM_OP_ENCRYPT ?
			crypto_skcipher_encrypt(cipher) :
			crypto_skcipher_decrypt(cipher));
	ret = crypto_wait_req(ret, &req->key->wait);
	return ret ?: sqe->len;
}

const struct csim_alg_class csim_skcipher_class = {
	.ops = BIT(CRYPTOSIM_OP_ENCRYPT) | BIT(CRYPTOSIM_OP_DECRYPT),
	.probe = skcipher_probe,
	.init = skcipher_init,
	.free = skcipher_free,
	.run = skcipher_run,
};
