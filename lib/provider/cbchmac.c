// SPDX-License-Identifier: MIT
/*
 * AES-CBC with HMAC-SHA1 or -SHA256, as TLS 1.1 and 1.2 have it without
 * encrypt-then-MAC: MAC, padding, encryption, in one call for each record. The
 * device's own such algorithm authenticates the ciphertext (RFC 7366), so here
 * it does the CBC, and the MAC is software's. Decrypting, that is the default
 * provider's HMAC for records, which takes the same time however long padding
 * and text are; and all there is to see of a record that is wrong, in its
 * padding or in its MAC, is that it is.
 */
#include <string.h>

#include "ciphers.h"
#include "libcrypto.h"
#include "offload.h"
#include "provider.h"
#include "software.h"
#include "unpad.h"

#define TLS_AAD_LEN	13

/**
 * struct hmac_ctx - a context
 * @base: what all have
 * @digest: "SHA1" or "SHA256"
 * @mac_len: bytes of MAC
 * @mac: with the key; copied for each record. NULL: no key was set
 * @tls_version: of the records
 * @record: @aad was set
 * @aad: the header of the next record, RFC 5246 6.2.3.1
 */
struct hmac_ctx {
	struct cipher_ctx base;
	const char *digest;
	size_t mac_len;
	EVP_MAC_CTX *mac;
	unsigned int tls_version;
	bool record;
	uint8_t aad[TLS_AAD_LEN];
};

static struct hmac_ctx *to_hmac(struct cipher_ctx *base)
{
	return (struct hmac_ctx *)base;
}

static int sha1_init(struct cipher_ctx *base, const uint8_t *key,
		     const uint8_t *iv, size_t iv_len)
{
	(void)key;
	(void)iv;
	(void)iv_len;
	to_hmac(base)->digest = "SHA1";
	to_hmac(base)->mac_len = 20;
	return 1;
}

static int sha256_init(struct cipher_ctx *base, const uint8_t *key,
		       const uint8_t *iv, size_t iv_len)
{
	(void)key;
	(void)iv;
	(void)iv_len;
	to_hmac(base)->digest = "SHA256";
	to_hmac(base)->mac_len = 32;
	return 1;
}

static int mac_key(struct hmac_ctx *ctx, const OSSL_PARAM *key)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST,
				       (char *)ctx->digest, 0),
		OSSL_PARAM_END
	};

	params[0].data_size = strlen(ctx->digest);
	libcrypto.EVP_MAC_CTX_free(ctx->mac);
	ctx->mac = libcrypto.EVP_MAC_CTX_new(software_hmac());
	return ctx->mac && libcrypto.EVP_MAC_init(ctx->mac, key->data,
						  key->data_size, params);
}

/*
 * The MAC of a record: its header, then @len bytes of text. @whole: 0; or the
 * bytes that text, MAC and padding have together where @len is a secret.
 */
static int mac_record(struct hmac_ctx *ctx, const uint8_t *text, size_t len,
		      size_t whole, uint8_t *out)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_size_t(OSSL_MAC_PARAM_TLS_DATA_SIZE, &whole),
		OSSL_PARAM_END
	};
	uint8_t header[TLS_AAD_LEN];
	EVP_MAC_CTX *mac;
	size_t n;
	int ret;

	memcpy(header, ctx->aad, TLS_AAD_LEN);
	header[TLS_AAD_LEN - 2] = len >> 8;
	header[TLS_AAD_LEN - 1] = len;
	mac = libcrypto.EVP_MAC_CTX_dup(ctx->mac);
	ret = mac &&
	      (!whole || libcrypto.EVP_MAC_CTX_set_params(mac, params)) &&
	      libcrypto.EVP_MAC_update(mac, header, TLS_AAD_LEN) &&
	      libcrypto.EVP_MAC_update(mac, text, len) &&
	      libcrypto.EVP_MAC_final(mac, out, &n, UNPAD_MAC_MAX);
	libcrypto.EVP_MAC_CTX_free(mac);
	return ret;
}

static int hmac_soft(struct hmac_ctx *ctx, uint8_t *out, size_t *out_len,
		     const uint8_t *in, size_t len)
{
	return soft_update(&ctx->base, out, out_len, in, len);
}

static int blocks(struct hmac_ctx *ctx, uint8_t *text, size_t len,
		  const uint8_t *iv)
{
	const struct offload what = {
		.op = { .iv = iv, .src = text, .dst = text, .len = len },
		.iv_len = AES_BLOCK,
	};

	return offload(&ctx->base, &what);
}

/* Explicit IV and text, with room behind; @said: bytes of both. */
static int hmac_seal(struct hmac_ctx *ctx, uint8_t *out, size_t *out_len,
		     size_t said, size_t len)
{
	static const uint8_t iv[AES_BLOCK];
	uint8_t mac[UNPAD_MAC_MAX];
	size_t pad;
	int ret;

	if (!mac_record(ctx, out + AES_BLOCK, said - AES_BLOCK, 0, mac))
		return 0;
	memcpy(out + said, mac, ctx->mac_len);
	pad = len - said - ctx->mac_len;
	memset(out + said + ctx->mac_len, (int)pad - 1, pad);
	/*
	 * The first block is random, and what it is chained to is of no use to
	 * anybody: the other side throws it away.
	 */
	ret = blocks(ctx, out, len, iv);
	/* Text and explicit IV are what they were */
	if (ret == OFFLOAD_SOFTWARE)
		return hmac_soft(ctx, out, out_len, out, len);
	*out_len = len;
	return !ret;
}

static int hmac_open(struct hmac_ctx *ctx, uint8_t *out, size_t *out_len,
		     size_t len)
{
	uint8_t mac[UNPAD_MAC_MAX], want[UNPAD_MAC_MAX];
	uint8_t *text = out + AES_BLOCK;
	size_t whole = len - AES_BLOCK;
	size_t text_len = whole;
	size_t good;
	int ret;

	ret = blocks(ctx, text, whole, out);
	if (ret == OFFLOAD_SOFTWARE)
		return hmac_soft(ctx, out, out_len, out, len);
	if (ret)
		return 0;
	good = unpad(text, &text_len, mac, ctx->mac_len);
	if (!mac_record(ctx, text, text_len, whole, want))
		return 0;
	good &= unpad_equal(mac, want, ctx->mac_len);
	*out_len = text_len;
	return good & 1;
}

/* Whether it is a record whose lengths fit; @said: what its header says. */
static bool hmac_fits(const struct hmac_ctx *ctx, size_t said, size_t len)
{
	if (len % AES_BLOCK)
		return false;
	if (!ctx->base.enc)
		return len >= AES_BLOCK + ctx->mac_len + 1;
	return said >= AES_BLOCK && len > said + ctx->mac_len &&
	       len <= said + ctx->mac_len + AES_BLOCK;
}

static int hmac_update(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		       size_t out_size, const uint8_t *in, size_t len)
{
	struct hmac_ctx *ctx = to_hmac(base);
	size_t said = ctx->aad[TLS_AAD_LEN - 2] << 8 |
		      ctx->aad[TLS_AAD_LEN - 1];

	(void)out_size;
	/* The rest is too old for explicit IVs, or no record at all */
	if (!ctx->record || !ctx->mac || !base->key_set || in != out ||
	    (ctx->tls_version != TLS1_1_VERSION &&
	     ctx->tls_version != TLS1_2_VERSION) ||
	    !hmac_fits(ctx, said, len)) {
		offload_decline(base, len);
		return hmac_soft(ctx, out, out_len, in, len);
	}
	ctx->record = false;
	if (!base->enc)
		return hmac_open(ctx, out, out_len, len);
	/* Without an offload the MAC would be computed twice */
	if (offload_likely(base, len))
		return hmac_seal(ctx, out, out_len, said, len);
	offload_decline(base, len);
	return hmac_soft(ctx, out, out_len, out, len);
}

static int hmac_final(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		      size_t out_size)
{
	(void)out_size;
	return soft_final(base, out, out_len);
}

static int hmac_set(struct cipher_ctx *base, const OSSL_PARAM *params)
{
	struct hmac_ctx *ctx = to_hmac(base);
	const OSSL_PARAM *param;

	/* Before the inner context has it, which writes to it */
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_TLS1_AAD);
	if (param && param->data && param->data_size == TLS_AAD_LEN) {
		memcpy(ctx->aad, param->data, TLS_AAD_LEN);
		ctx->record = true;
	}
	if (!soft_set(base, params))
		return 0;
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_TLS_VERSION);
	if (param &&
	    !libcrypto.OSSL_PARAM_get_uint(param, &ctx->tls_version))
		return 0;
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_MAC_KEY);
	return !param || mac_key(ctx, param);
}

static int hmac_dup(struct cipher_ctx *to, const struct cipher_ctx *from)
{
	const struct hmac_ctx *old = (const struct hmac_ctx *)from;
	struct hmac_ctx *new = to_hmac(to);

	if (old->mac)
		new->mac = libcrypto.EVP_MAC_CTX_dup(old->mac);
	return !old->mac || new->mac;
}

static void hmac_free(struct cipher_ctx *base)
{
	libcrypto.EVP_MAC_CTX_free(to_hmac(base)->mac);
}

const struct cipher_kind cbc_hmac_sha1_kind = {
	.size = sizeof(struct hmac_ctx),
	.init = sha1_init,
	.update = hmac_update,
	.final = hmac_final,
	.cipher = hmac_update,
	.set = hmac_set,
	.get = soft_get,
	.dup = hmac_dup,
	.free = hmac_free,
};

const struct cipher_kind cbc_hmac_sha256_kind = {
	.size = sizeof(struct hmac_ctx),
	.init = sha256_init,
	.update = hmac_update,
	.final = hmac_final,
	.cipher = hmac_update,
	.set = hmac_set,
	.get = soft_get,
	.dup = hmac_dup,
	.free = hmac_free,
};
