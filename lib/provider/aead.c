// SPDX-License-Identifier: MIT
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "aead.h"
#include "libcrypto.h"
#include "offload.h"
#include "provider.h"

bool pieces_add(struct pieces *pieces, const uint8_t *mem, size_t len)
{
	size_t want = pieces->len + len;
	uint8_t *grown;

	if (want > CRYPTOSIM_MAX_LEN)
		return false;
	if (want > pieces->size) {
		grown = malloc(want);
		if (!grown)
			return false;
		if (pieces->len)
			memcpy(grown, pieces->mem, pieces->len);
		explicit_bzero(pieces->mem, pieces->size);
		free(pieces->mem);
		pieces->mem = grown;
		pieces->size = want;
	}
	if (len)
		memcpy(pieces->mem + pieces->len, mem, len);
	pieces->len = want;
	return true;
}

static void pieces_free(struct pieces *pieces)
{
	if (pieces->mem)
		explicit_bzero(pieces->mem, pieces->size);
	free(pieces->mem);
	*pieces = (struct pieces) { 0 };
}

void aead_begin(struct aead_ctx *ctx, bool ready)
{
	bool keep = ready && ctx->base.key_set && ctx->iv_len &&
		    offload_in_job();

	ctx->stage = keep ? STAGE_KEPT : STAGE_SOFT;
	ctx->tag_made = false;
	ctx->aad.len = 0;
	ctx->text.len = 0;
}

int aead_catch_up(struct aead_ctx *ctx)
{
	struct cipher_ctx *base = &ctx->base;

	ctx->stage = STAGE_SOFT;
	ctx->tag_made = false;
	if (ctx->len_set && !soft_update(base, NULL, NULL, NULL,
					 ctx->announced))
		return 0;
	if (ctx->aad.len && !soft_update(base, NULL, NULL, ctx->aad.mem,
					 ctx->aad.len))
		return 0;
	/* What comes out of it the application has already */
	return !ctx->text.len || soft_update(base, ctx->text.mem, NULL,
					     ctx->text.mem, ctx->text.len);
}

int aead_offload(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		 size_t len)
{
	const struct offload what = {
		.op = {
			.iv = ctx->iv, .src = in, .dst = out, .len = len,
			.aad = ctx->aad.mem, .aad_len = ctx->aad.len,
			.tag = ctx->tag,
		},
		.tag_len = ctx->tag_len,
		.iv_len = ctx->iv_len,
	};

	return offload(&ctx->base, &what);
}

/* @mem as far as it goes. Returns how much that is. */
static size_t take(uint8_t *to, size_t size, const OSSL_PARAM *param)
{
	size_t len = param->data_size < size ? param->data_size : size;

	if (param->data)
		memcpy(to, param->data, len);
	return len;
}

/* Before the inner context, which may write to the header, has seen it. */
static void set_record(struct aead_ctx *ctx, const OSSL_PARAM *params)
{
	const OSSL_PARAM *param;

	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_TLS1_AAD);
	if (param)
		ctx->record = param->data &&
			      take(ctx->tls_aad, TLS_AAD_LEN, param) ==
			      TLS_AAD_LEN;
}

static void set_rest(struct aead_ctx *ctx, const OSSL_PARAM *params)
{
	const OSSL_PARAM *param;
	size_t iv_len;

	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_TAG);
	if (param) {
		ctx->tag_len = take(ctx->tag, CIPHER_TAG_MAX, param);
		ctx->tag_set = param->data;
	}
	/* One of another length makes the IV that was set no IV any more */
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_IVLEN);
	if (param && (!libcrypto.OSSL_PARAM_get_size_t(param, &iv_len) ||
		      iv_len != ctx->iv_len))
		ctx->iv_len = 0;
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED);
	if (param) {
		take(ctx->fixed, TLS_FIXED_MAX, param);
		ctx->iv_len = 0;
	}
	param = libcrypto.OSSL_PARAM_locate_const(params,
						  OSSL_CIPHER_PARAM_AEAD_TLS1_SET_IV_INV);
	if (param)
		ctx->iv_len = 0;
}

int aead_set(struct cipher_ctx *base, const OSSL_PARAM *params)
{
	struct aead_ctx *ctx = to_aead(base);

	set_record(ctx, params);
	if (!soft_set(base, params))
		return 0;
	set_rest(ctx, params);
	return 1;
}

int aead_get(struct cipher_ctx *base, OSSL_PARAM *params)
{
	struct aead_ctx *ctx = to_aead(base);
	OSSL_PARAM *tag;

	/* IVs that it makes are not known here */
	if (libcrypto.OSSL_PARAM_locate(params,
					OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN))
		ctx->iv_len = 0;
	tag = libcrypto.OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TAG);
	if (!tag || !ctx->tag_made)
		return soft_get(base, params);
	/* It is asked for alone, EVP_CIPHER_CTX_ctrl(3) */
	if (!tag->data || tag->data_size > ctx->tag_len)
		return 0;
	return libcrypto.OSSL_PARAM_set_octet_string(tag, ctx->tag,
						     tag->data_size);
}

int aead_dup(struct cipher_ctx *to, const struct cipher_ctx *from)
{
	struct aead_ctx *new = to_aead(to);
	const struct aead_ctx *old = (const struct aead_ctx *)from;

	new->aad = (struct pieces) { 0 };
	new->text = (struct pieces) { 0 };
	if (pieces_add(&new->aad, old->aad.mem, old->aad.len) &&
	    pieces_add(&new->text, old->text.mem, old->text.len))
		return 1;
	aead_free(to);
	return 0;
}

void aead_free(struct cipher_ctx *base)
{
	struct aead_ctx *ctx = to_aead(base);

	pieces_free(&ctx->aad);
	pieces_free(&ctx->text);
}
