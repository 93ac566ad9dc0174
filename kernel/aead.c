// SPDX-License-Identifier: GPL-2.0-only
/* Ciphers with AAD and a tag, on the kernel's aead API. */
#include <crypto/aead.h>
#include <crypto/authenc.h>
#include <linux/bits.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>

#include "engine.h"
#include "key.h"
#include "queue.h"
#include "request.h"

static int aead_probe(const char *name, char *driver, size_t size)
{
	struct crypto_aead *tfm = crypto_alloc_aead(name, 0, 0);

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	strscpy(driver, crypto_aead_driver_name(tfm), size);
	crypto_free_aead(tfm);
	return 0;
}

/* authenc wants both keys in one blob: an rtattr with the lengths before them */
static int aead_set_authenc_key(struct crypto_aead *tfm,
				const struct cryptosim_key_add *add,
				const u8 *material)
{
	struct crypto_authenc_key_param *param;
	size_t size = RTA_SPACE(sizeof(*param)) + add->key_len;
	struct rtattr *rta = kzalloc(size, GFP_KERNEL);
	int ret;

	if (!rta)
		return -ENOMEM;
	rta->rta_type = CRYPTO_AUTHENC_KEYA_PARAM;
	rta->rta_len = RTA_LENGTH(sizeof(*param));
	param = RTA_DATA(rta);
	param->enckeylen = cpu_to_be32(add->key_len - add->auth_len);
	memcpy((u8 *)rta + RTA_SPACE(sizeof(*param)), material, add->key_len);
	ret = crypto_aead_setkey(tfm, (u8 *)rta, size);
	kfree_sensitive(rta);
	return ret;
}

static int aead_set_key(struct csim_key *key, struct crypto_aead *tfm,
			const struct cryptosim_key_add *add, const u8 *material)
{
	int ret;

	if (key->alg->auth_max)
		ret = aead_set_authenc_key(tfm, add, material);
	else
		ret = crypto_aead_setkey(tfm, material, add->key_len);
	return ret ?: crypto_aead_setauthsize(tfm, key->tag_len);
}

/* No mask: see skcipher_init() */
static int aead_init(struct csim_key *key, const struct cryptosim_key_add *add,
		     const u8 *material)
{
	struct crypto_aead *tfm;
	int ret;

	tfm = crypto_alloc_aead(key->alg->name, 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ret = aead_set_key(key, tfm, add, material);
	if (ret)
		goto free_tfm;
	ret = -ENOMEM;
	key->aead = aead_request_alloc(tfm, GFP_KERNEL_ACCOUNT);
	if (!key->aead)
		goto free_tfm;
	aead_request_set_callback(key->aead,
				  CRYPTO_TFM_REQ_MAY_SLEEP |
				  CRYPTO_TFM_REQ_MAY_BACKLOG,
				  crypto_req_done, &key->wait);
	return 0;

free_tfm:
	crypto_free_aead(tfm);
	return ret;
}

static void aead_free(struct csim_key *key)
{
	struct crypto_aead *tfm = crypto_aead_reqtfm(key->aead);

	aead_request_free(key->aead);
	crypto_free_aead(tfm);
}

/*
 * CCM's template takes the whole first counter block: the size of the length
 * field less one, then the nonce (RFC 3610, 2.3).
 */
static void aead_format_iv(const struct csim_key *key, u8 *iv)
{
	if (!key->alg->ccm)
		return;
	memmove(iv + 1, iv, key->iv_len);
	iv[0] = CRYPTOSIM_IV_LEN - 1 - key->iv_len - 1;
}

/* The API's layout: AAD, text, tag */
static void aead_sg(const struct csim_request *req, struct scatterlist *sg,
		    u32 text)
{
	const struct csim_region *arena = &req->queue->arena;
	const struct cryptosim_sqe *sqe = &req->sqe;

	sg = csim_region_sg(arena, sg, sqe->aad, sqe->aad_len);
	sg = csim_region_sg(arena, sg, text, sqe->len);
	sg = csim_region_sg(arena, sg, sqe->tag, req->key->tag_len);
	sg_mark_end(sg - 1);
}

static int aead_run(struct csim_request *req, struct csim_engine *engine)
{
	struct aead_request *aead = req->key->aead;
	struct cryptosim_sqe *sqe = &req->sqe;
	struct scatterlist *dst = engine->sg[0];
	bool encrypt = sqe->opcode == CRYPTOSIM_OP_ENCRYPT;
	int ret;

	aead_format_iv(req->key, sqe->iv);
	aead_sg(req, engine->sg[0], sqe->src);
	if (sqe->dst != sqe->src) {
		dst = engine->sg[1];
		aead_sg(req, dst, sqe->dst);
	}
	aead_request_set_ad(aead, sqe->aad_len);
	aead_request_set_crypt(aead, engine->sg[0], dst,
			       sqe->len + (encrypt ? 0 : req->key->tag_len),
			       sqe->iv);
	/* The user may write to the text meanwhile; what comes of it is theirs */
	ret = data_race(encrypt ? crypto_aead_encrypt(aead) :
				  crypto_aead_decrypt(aead));
	ret = crypto_wait_req(ret, &req->key->wait);
	/*
	 * Text that failed its check leaves the device in no form, and none
	 * that was not checked because memory ran out half way.
	 */
	if (ret && !encrypt && sqe->len)
		/* Likewise */
		data_race(memset(req->queue->arena.addr + sqe->dst, 0,
				 sqe->len));
	return ret ?: sqe->len;
}

const struct csim_alg_class csim_aead_class = {
	.ops = BIT(CRYPTOSIM_OP_ENCRYPT) | BIT(CRYPTOSIM_OP_DECRYPT),
	.aead = true,
	.probe = aead_probe,
	.init = aead_init,
	.free = aead_free,
	.run = aead_run,
};
