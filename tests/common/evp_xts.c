// SPDX-License-Identifier: MIT
/* Made of single AES blocks, after IEEE 1619-2007, 5.1 to 5.4. */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>
#include "evp_xts.h"

#define BLOCK	16

/* A cipher for single blocks; @encrypt as EVP_CipherInit_ex2() has it */
static EVP_CIPHER_CTX *blocks_new(const uint8_t *key, int encrypt)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex2(ctx, EVP_aes_192_ecb(), key, NULL, encrypt,
				      NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0))
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static int block(EVP_CIPHER_CTX *ctx, const uint8_t *src, uint8_t *dst)
{
	int n;

	return EVP_CipherUpdate(ctx, dst, &n, src, BLOCK) ? 0 : -EIO;
}

/* Times x in GF(2^128), least significant byte first */
static void tweak_next(uint8_t *tweak)
{
	uint8_t carry = 0, top;
	int i;

	for (i = 0; i < BLOCK; i++) {
		top = tweak[i] >> 7;
		tweak[i] = (uint8_t)(tweak[i] << 1 | carry);
		carry = top;
	}
	if (carry)
		tweak[0] ^= 0x87;
}

/* One block; @src and @dst may be the same */
static int xts_block(EVP_CIPHER_CTX *ctx, const uint8_t *tweak,
		     const uint8_t *src, uint8_t *dst)
{
	uint8_t tmp[BLOCK];
	int i, ret;

	for (i = 0; i < BLOCK; i++)
		tmp[i] = src[i] ^ tweak[i];
	ret = block(ctx, tmp, tmp);
	for (i = 0; i < BLOCK; i++)
		dst[i] = tmp[i] ^ tweak[i];
	return ret;
}

/*
 * The last whole block and the odd bytes after it: the block's result goes in
 * part to the end, and its rest fills up the odd bytes for another one. A
 * decryption takes the two tweaks in the other order.
 */
static int xts_steal(EVP_CIPHER_CTX *ctx, const uint8_t *tweak, int encrypt,
		     const uint8_t *src, uint8_t *dst, size_t odd)
{
	uint8_t next[BLOCK], tmp[BLOCK];
	int ret;

	memcpy(next, tweak, BLOCK);
	tweak_next(next);
	ret = xts_block(ctx, encrypt ? tweak : next, src, tmp);
	if (ret)
		return ret;
	memcpy(dst + BLOCK, tmp, odd);
	memcpy(tmp, src + BLOCK, odd);
	return xts_block(ctx, encrypt ? next : tweak, tmp, dst);
}

static int xts_text(EVP_CIPHER_CTX *ctx, uint8_t *tweak,
		    const struct evp_job *job)
{
	int encrypt = job->op == CRYPTOSIM_OP_ENCRYPT, ret;
	size_t odd = job->len % BLOCK, i;
	size_t whole = job->len - odd - (odd ? BLOCK : 0);

	for (i = 0; i < whole; i += BLOCK) {
		ret = xts_block(ctx, tweak, job->src + i, job->dst + i);
		if (ret)
			return ret;
		tweak_next(tweak);
	}
	if (!odd)
		return 0;
	return xts_steal(ctx, tweak, encrypt, job->src + i, job->dst + i, odd);
}

int evp_xts192(const struct evp_job *job)
{
	EVP_CIPHER_CTX *data, *tweaks;
	uint8_t tweak[BLOCK];
	int ret = -EIO;

	data = blocks_new(job->key, job->op == CRYPTOSIM_OP_ENCRYPT);
	tweaks = blocks_new(job->key + job->key_len / 2, 1);
	if (data && tweaks)
		ret = block(tweaks, job->iv, tweak);
	if (!ret)
		ret = xts_text(data, tweak, job);
	EVP_CIPHER_CTX_free(tweaks);
	EVP_CIPHER_CTX_free(data);
	return ret;
}
