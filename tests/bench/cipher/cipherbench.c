// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's ciphers alone, for tests/bench/cipher.c: what a request costs
 * beyond this is not arithmetic.
 *
 *	echo "cbc(aes) 16 16 0 1024 500" >/sys/module/cipherbench/parameters/run
 *
 * encrypts 1024 bytes 500 times with a key of 16 bytes, an IV of 16 and a tag of
 * none, in the writer's context, and returns when that is done. As the device
 * does it: one allocated cipher, one request, in place.
 */
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/skcipher.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#define MAX_TEXT	16384
#define MAX_TAG		64

/**
 * struct job - what is to be done, and with what
 * @name: the kernel's name of the algorithm
 * @key_len: bytes of key; 0: it is a digest
 * @iv_len: bytes of IV
 * @tag_len: bytes of tag; 0: it is no AEAD
 * @size: bytes of text
 * @count: how often
 * @text: MAX_TEXT + MAX_TAG bytes
 * @key: the key
 * @iv: the IV as it was left
 * @sg: of @text
 * @wait: for those that are asynchronous
 */
struct job {
	char name[32];
	unsigned int key_len;
	unsigned int iv_len;
	unsigned int tag_len;
	unsigned int size;
	unsigned int count;
	u8 *text;
	u8 key[64];
	u8 iv[32];
	struct scatterlist sg;
	struct crypto_wait wait;
};

static int run_skcipher(struct job *job)
{
	struct crypto_skcipher *tfm = crypto_alloc_skcipher(job->name, 0, 0);
	struct skcipher_request *req;
	int ret;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ret = -ENOMEM;
	req = skcipher_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		goto out_tfm;
	ret = crypto_skcipher_setkey(tfm, job->key, job->key_len);
	skcipher_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP,
				      crypto_req_done, &job->wait);
	while (!ret && job->count--) {
		sg_init_one(&job->sg, job->text, job->size);
		skcipher_request_set_crypt(req, &job->sg, &job->sg, job->size,
					   job->iv);
		ret = crypto_wait_req(crypto_skcipher_encrypt(req), &job->wait);
		cond_resched();
	}
	skcipher_request_free(req);
out_tfm:
	crypto_free_skcipher(tfm);
	return ret;
}

static int run_aead(struct job *job)
{
	struct crypto_aead *tfm = crypto_alloc_aead(job->name, 0, 0);
	struct aead_request *req;
	int ret;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	ret = -ENOMEM;
	req = aead_request_alloc(tfm, GFP_KERNEL);
	if (!req)
		goto out_tfm;
	ret = crypto_aead_setkey(tfm, job->key, job->key_len);
	if (!ret)
		ret = crypto_aead_setauthsize(tfm, job->tag_len);
	aead_request_set_callback(req, CRYPTO_TFM_REQ_MAY_SLEEP,
				  crypto_req_done, &job->wait);
	aead_request_set_ad(req, 0);
	while (!ret && job->count--) {
		sg_init_one(&job->sg, job->text, job->size + job->tag_len);
		aead_request_set_crypt(req, &job->sg, &job->sg, job->size,
				       job->iv);
		ret = crypto_wait_req(crypto_aead_encrypt(req), &job->wait);
		cond_resched();
	}
	aead_request_free(req);
out_tfm:
	crypto_free_aead(tfm);
	return ret;
}

static int run_digest(struct job *job)
{
	struct crypto_shash *tfm = crypto_alloc_shash(job->name, 0, 0);
	u8 digest[MAX_TAG];
	int ret = 0;

	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	if (crypto_shash_digestsize(tfm) > sizeof(digest))
		ret = -EINVAL;
	while (!ret && job->count--) {
		ret = crypto_shash_tfm_digest(tfm, job->text, job->size,
					      digest);
		cond_resched();
	}
	crypto_free_shash(tfm);
	return ret;
}

static int run_set(const char *value, const struct kernel_param *param)
{
	struct job job = { };
	int ret;

	if (sscanf(value, "%31s %u %u %u %u %u", job.name, &job.key_len,
		   &job.iv_len, &job.tag_len, &job.size, &job.count) != 6)
		return -EINVAL;
	if (job.key_len > sizeof(job.key) || job.iv_len > sizeof(job.iv) ||
	    job.tag_len > MAX_TAG || job.size > MAX_TEXT)
		return -EINVAL;
	job.text = kzalloc(MAX_TEXT + MAX_TAG, GFP_KERNEL);
	if (!job.text)
		return -ENOMEM;
	crypto_init_wait(&job.wait);
	if (!job.key_len)
		ret = run_digest(&job);
	else if (job.tag_len)
		ret = run_aead(&job);
	else
		ret = run_skcipher(&job);
	kfree(job.text);
	return ret;
}

static const struct kernel_param_ops run_ops = { .set = run_set };

module_param_cb(run, &run_ops, NULL, 0200);
MODULE_PARM_DESC(run, "NAME KEY IV TAG BYTES COUNT");
MODULE_DESCRIPTION("The kernel's ciphers alone, for asyncbench");
MODULE_LICENSE("GPL");
