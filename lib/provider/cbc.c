// SPDX-License-Identifier: MIT
/*
 * AES-CBC. Blocks, padding and chaining are kept here, and the inner context
 * only ever sees whole blocks: that way any part of a text can be the device's
 * and any other software's.
 */
#include <string.h>

#include "libcrypto.h"
#include "offload.h"
#include "provider.h"
#include "software.h"
#include "unpad.h"

/**
 * struct cbc_ctx - a context
 * @base: what all have
 * @first: the IV that was set
 * @iv: what the next block is chained to
 * @iv_set: there is one
 * @synced: the inner context is at @iv too
 * @bare: no padding is added or taken off
 * @num: a number that is kept for those who ask, and means nothing
 * @block: a block that is not whole yet; or, decrypting with padding, that may
 *	be the last
 * @held: bytes in @block, up to AES_BLOCK
 * @tls_version: records of this version; 0: no records
 * @mac_len: bytes of MAC in them, 0 with encrypt-then-MAC
 * @mac: of the last one
 */
struct cbc_ctx {
	struct cipher_ctx base;
	uint8_t first[AES_BLOCK];
	uint8_t iv[AES_BLOCK];
	bool iv_set;
	bool synced;
	bool bare;
	unsigned int num;
	uint8_t block[AES_BLOCK];
	size_t held;
	unsigned int tls_version;
	size_t mac_len;
	uint8_t mac[UNPAD_MAC_MAX];
};

static struct cbc_ctx *to_cbc(struct cipher_ctx *base)
{
	return (struct cbc_ctx *)base;
}

static int fail(const struct cbc_ctx *ctx, const char *why)
{
	provider_error(ctx->base.provider, REASON_ARGUMENT, "%s: %s",
		       ctx->base.cipher->name, why);
	return 0;
}

static int cbc_init(struct cipher_ctx *base, const uint8_t *key,
		    const uint8_t *iv, size_t iv_len)
{
	struct cbc_ctx *ctx = to_cbc(base);

	(void)key;
	if (iv) {
		if (iv_len != AES_BLOCK)
			return fail(ctx, "an IV that is not 16 bytes long");
		memcpy(ctx->first, iv, AES_BLOCK);
		ctx->iv_set = true;
	}
	/* Without a new one it begins anew with the old, as since OpenSSL 1.1 */
	memcpy(ctx->iv, ctx->first, AES_BLOCK);
	ctx->synced = false;
	ctx->held = 0;
	ctx->num = 0;
	return 1;
}

/* What the inner context knows nothing of: where the chain is, and padding. */
static int cbc_sync(struct cbc_ctx *ctx)
{
	struct cipher_ctx *base = &ctx->base;

	if (ctx->synced)
		return 1;
	return libcrypto.EVP_CipherInit_ex2(base->soft, NULL, NULL, ctx->iv,
					    base->enc, NULL) &&
	       libcrypto.EVP_CIPHER_CTX_set_padding(base->soft, 0);
}

/* Whole blocks, at least one. Returns 1, or 0 on an error. */
static int cbc_blocks(struct cbc_ctx *ctx, uint8_t *out, const uint8_t *in,
		      size_t len)
{
	const struct offload what = {
		.op = { .iv = ctx->iv, .src = in, .dst = out, .len = len },
		.iv_len = AES_BLOCK,
	};
	uint8_t last[AES_BLOCK];
	int ret;

	if (!ctx->base.enc)
		memcpy(last, in + len - AES_BLOCK, AES_BLOCK);
	ret = offload(&ctx->base, &what);
	if (ret < 0)
		return 0;
	if (ret == OFFLOAD_SOFTWARE) {
		if (!cbc_sync(ctx) ||
		    !soft_update(&ctx->base, out, NULL, in, len))
			return 0;
	}
	ctx->synced = ret == OFFLOAD_SOFTWARE;
	memcpy(ctx->iv, ctx->base.enc ? out + len - AES_BLOCK : last,
	       AES_BLOCK);
	return 1;
}

/* The tail of a decrypted record; @len as for unpad(). */
static int cbc_open(struct cbc_ctx *ctx, const uint8_t *text, size_t *len)
{
	uint8_t other[UNPAD_MAC_MAX];
	size_t good;

	if (*len < ctx->mac_len + 1)
		return fail(ctx, "a record shorter than its MAC");
	if (!software_random(other, sizeof(other)))
		return 0;
	good = unpad(text, len, ctx->mac, ctx->mac_len);
	/*
	 * With a MAC inside, bad padding is to look like a bad MAC, which the
	 * caller will find. With none the record has been authenticated before,
	 * and there is no secret.
	 */
	if (!ctx->mac_len)
		return good & 1;
	unpad_select(ctx->mac, other, ctx->mac_len, good);
	return 1;
}

/* A whole record, in place. */
static int cbc_record(struct cbc_ctx *ctx, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len)
{
	size_t skip = 0;
	size_t pad;

	if (!in || in != out || out_size < len || ctx->bare)
		return fail(ctx, "a record that is not in place");
	if (ctx->base.enc) {
		pad = AES_BLOCK - len % AES_BLOCK;
		if (out_size < len + pad)
			return fail(ctx, "no room for the padding");
		memset(out + len, (int)pad - 1, pad);
		len += pad;
	} else if (!len || len % AES_BLOCK) {
		return fail(ctx, "a record that is not in whole blocks");
	}
	if (!cbc_blocks(ctx, out, in, len))
		return 0;
	*out_len = len;
	if (ctx->base.enc)
		return 1;
	/* TLS 1.1 began with explicit IVs, DTLS has had them from the start */
	if (ctx->tls_version != TLS1_VERSION)
		skip = AES_BLOCK;
	*out_len -= skip;
	return cbc_open(ctx, out + skip, out_len);
}

/* Adds to the block that is held. Returns how many bytes of @in that took. */
static size_t cbc_hold(struct cbc_ctx *ctx, const uint8_t *in, size_t len)
{
	size_t take = AES_BLOCK - ctx->held;

	if (take > len)
		take = len;
	memcpy(ctx->block + ctx->held, in, take);
	ctx->held += take;
	return take;
}

static int cbc_text(struct cbc_ctx *ctx, uint8_t *out, size_t *out_len,
		    size_t out_size, const uint8_t *in, size_t len)
{
	/* What may be the last block is kept: its padding is to be taken off */
	bool keep = !ctx->base.enc && !ctx->bare;
	size_t whole, taken;

	*out_len = 0;
	if (ctx->held) {
		taken = cbc_hold(ctx, in, len);
		in += taken;
		len -= taken;
		if (ctx->held == AES_BLOCK && (len || !keep)) {
			if (out_size < AES_BLOCK)
				return fail(ctx, "no room for the output");
			if (!cbc_blocks(ctx, out, ctx->block, AES_BLOCK))
				return 0;
			ctx->held = 0;
			*out_len = AES_BLOCK;
		}
	}
	whole = len - len % AES_BLOCK;
	if (keep && whole && whole == len)
		whole -= AES_BLOCK;
	if (out_size - *out_len < whole)
		return fail(ctx, "no room for the output");
	if (whole) {
		if (!cbc_blocks(ctx, out + *out_len, in, whole))
			return 0;
		*out_len += whole;
	}
	cbc_hold(ctx, in + whole, len - whole);
	return 1;
}

static int cbc_ready(const struct cbc_ctx *ctx)
{
	return ctx->base.key_set ? 1 : fail(ctx, "no key is set");
}

static int cbc_update(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len)
{
	struct cbc_ctx *ctx = to_cbc(base);

	if (!cbc_ready(ctx))
		return 0;
	if (ctx->tls_version)
		return cbc_record(ctx, out, out_len, out_size, in, len);
	return cbc_text(ctx, out, out_len, out_size, in, len);
}

/* How many of the block's bytes are text, by its PKCS #7 padding; or -1. */
static int block_unpad(const uint8_t *block)
{
	unsigned int pad = block[AES_BLOCK - 1];
	unsigned int i;

	if (!pad || pad > AES_BLOCK)
		return -1;
	for (i = 1; i <= pad; i++) {
		if (block[AES_BLOCK - i] != pad)
			return -1;
	}
	return AES_BLOCK - (int)pad;
}

static int cbc_seal_last(struct cbc_ctx *ctx, uint8_t *out, size_t *out_len,
			 size_t out_size)
{
	size_t pad = AES_BLOCK - ctx->held;

	if (ctx->bare) {
		*out_len = 0;
		return !ctx->held || fail(ctx, "the text is not in whole blocks");
	}
	if (out_size < AES_BLOCK)
		return fail(ctx, "no room for the output");
	memset(ctx->block + ctx->held, (int)pad, pad);
	if (!cbc_blocks(ctx, out, ctx->block, AES_BLOCK))
		return 0;
	*out_len = AES_BLOCK;
	ctx->held = 0;
	return 1;
}

static int cbc_open_last(struct cbc_ctx *ctx, uint8_t *out, size_t *out_len,
			 size_t out_size)
{
	int text;

	*out_len = 0;
	if (!ctx->held && ctx->bare)
		return 1;
	if (ctx->held != AES_BLOCK)
		return fail(ctx, "the text is not in whole blocks");
	if (!cbc_blocks(ctx, ctx->block, ctx->block, AES_BLOCK))
		return 0;
	text = block_unpad(ctx->block);
	if (text < 0)
		return fail(ctx, "the padding is bad");
	if (out_size < (size_t)text)
		return fail(ctx, "no room for the output");
	memcpy(out, ctx->block, text);
	*out_len = text;
	ctx->held = 0;
	return 1;
}

static int cbc_final(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		     size_t out_size)
{
	struct cbc_ctx *ctx = to_cbc(base);

	if (!cbc_ready(ctx))
		return 0;
	if (ctx->tls_version)
		return fail(ctx, "records have no end");
	return base->enc ? cbc_seal_last(ctx, out, out_len, out_size) :
			   cbc_open_last(ctx, out, out_len, out_size);
}

static int cbc_cipher(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len)
{
	struct cbc_ctx *ctx = to_cbc(base);

	if (!cbc_ready(ctx))
		return 0;
	if (out_size < len || len % AES_BLOCK)
		return fail(ctx, "the text is not in whole blocks");
	*out_len = len;
	return !len || cbc_blocks(ctx, out, in, len);
}

static int get_uint(const OSSL_PARAM *params, const char *name,
		    unsigned int *value)
{
	const OSSL_PARAM *param;

	param = libcrypto.OSSL_PARAM_locate_const(params, name);
	return !param || libcrypto.OSSL_PARAM_get_uint(param, value);
}

static int get_size(const OSSL_PARAM *params, const char *name, size_t *value)
{
	const OSSL_PARAM *param;

	param = libcrypto.OSSL_PARAM_locate_const(params, name);
	return !param || libcrypto.OSSL_PARAM_get_size_t(param, value);
}

static int cbc_set(struct cipher_ctx *base, const OSSL_PARAM *params)
{
	struct cbc_ctx *ctx = to_cbc(base);
	unsigned int pad = !ctx->bare;
	size_t key_len = base->cipher->key_len;

	if (!get_uint(params, OSSL_CIPHER_PARAM_PADDING, &pad) ||
	    !get_uint(params, OSSL_CIPHER_PARAM_NUM, &ctx->num) ||
	    !get_uint(params, OSSL_CIPHER_PARAM_TLS_VERSION,
		      &ctx->tls_version) ||
	    !get_size(params, OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &ctx->mac_len) ||
	    !get_size(params, OSSL_CIPHER_PARAM_KEYLEN, &key_len))
		return fail(ctx, "a parameter of another type");
	if (key_len != base->cipher->key_len)
		return fail(ctx, "a key of another length");
	if (ctx->mac_len > UNPAD_MAC_MAX || ctx->tls_version == SSL3_VERSION)
		return fail(ctx, "records of a kind that is not known");
	ctx->bare = !pad;
	return 1;
}

static int set_iv(OSSL_PARAM *params, const char *name, const uint8_t *iv)
{
	OSSL_PARAM *param = libcrypto.OSSL_PARAM_locate(params, name);

	if (!param)
		return 1;
	if (param->data_type == OSSL_PARAM_OCTET_PTR)
		return libcrypto.OSSL_PARAM_set_octet_ptr(param, iv, AES_BLOCK);
	return libcrypto.OSSL_PARAM_set_octet_string(param, iv, AES_BLOCK);
}

static int set_size(OSSL_PARAM *params, const char *name, size_t value)
{
	OSSL_PARAM *param = libcrypto.OSSL_PARAM_locate(params, name);

	return !param || libcrypto.OSSL_PARAM_set_size_t(param, value);
}

static int set_uint(OSSL_PARAM *params, const char *name, unsigned int value)
{
	OSSL_PARAM *param = libcrypto.OSSL_PARAM_locate(params, name);

	return !param || libcrypto.OSSL_PARAM_set_uint(param, value);
}

static int cbc_get(struct cipher_ctx *base, OSSL_PARAM *params)
{
	struct cbc_ctx *ctx = to_cbc(base);
	OSSL_PARAM *mac;

	mac = libcrypto.OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_TLS_MAC);
	if (mac && !libcrypto.OSSL_PARAM_set_octet_ptr(mac, ctx->mac,
						       ctx->mac_len))
		return 0;
	return set_size(params, OSSL_CIPHER_PARAM_KEYLEN,
			base->cipher->key_len) &&
	       set_size(params, OSSL_CIPHER_PARAM_IVLEN, AES_BLOCK) &&
	       set_uint(params, OSSL_CIPHER_PARAM_PADDING, !ctx->bare) &&
	       set_uint(params, OSSL_CIPHER_PARAM_NUM, ctx->num) &&
	       set_iv(params, OSSL_CIPHER_PARAM_IV, ctx->first) &&
	       set_iv(params, OSSL_CIPHER_PARAM_UPDATED_IV, ctx->iv);
}

const struct cipher_kind cbc_kind = {
	.size = sizeof(struct cbc_ctx),
	.init = cbc_init,
	.update = cbc_update,
	.final = cbc_final,
	.cipher = cbc_cipher,
	.set = cbc_set,
	.get = cbc_get,
};
