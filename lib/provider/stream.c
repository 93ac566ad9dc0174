// SPDX-License-Identifier: MIT
/* AES-GCM and ChaCha20-Poly1305: a text may come in any number of pieces. */
#include <errno.h>
#include <string.h>

#include "aead.h"
#include "offload.h"

#define NONCE_LEN	12	/* bytes; GCM takes others, the device does not */

static int stream_init(struct cipher_ctx *base, const uint8_t *key,
		       const uint8_t *iv, size_t iv_len)
{
	struct aead_ctx *ctx = to_aead(base);

	(void)key;
	if (iv) {
		memcpy(ctx->iv, iv, iv_len < CIPHER_IV_MAX ? iv_len :
							     CIPHER_IV_MAX);
		ctx->iv_len = iv_len;
		/* In TLS 1.2 all of it, RFC 7905; GCM is told its part */
		if (base->cipher->alg != CRYPTOSIM_ALG_AES_GCM &&
		    iv_len == NONCE_LEN)
			memcpy(ctx->fixed, iv, NONCE_LEN);
		ctx->stage = STAGE_FRESH;
		ctx->tag_made = false;
	}
	return 1;
}

static int stream_aad(struct aead_ctx *ctx, const uint8_t *in, size_t len)
{
	switch (ctx->stage) {
	case STAGE_KEPT:
		if (ctx->aad.len + len <= CRYPTOSIM_MAX_AAD &&
		    pieces_add(&ctx->aad, in, len))
			return 1;
		return aead_catch_up(ctx) &&
		       soft_update(&ctx->base, NULL, NULL, in, len);
	case STAGE_SOFT:
		return soft_update(&ctx->base, NULL, NULL, in, len);
	default:
		/* AAD comes before the text */
		return 0;
	}
}

/* A piece of text that is software's. */
static int stream_soft(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		       size_t len)
{
	offload_decline(&ctx->base, len);
	return soft_update(&ctx->base, out, NULL, in, len);
}

/* The first piece of text: perhaps all of it. */
static int stream_text(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		       size_t len)
{
	struct cipher_ctx *base = &ctx->base;
	int ret;

	if (base->enc) {
		ctx->tag_len = CIPHER_TAG_MAX;
		ctx->tag_set = false;
	} else if (!ctx->tag_set) {
		return aead_catch_up(ctx) && stream_soft(ctx, out, in, len);
	}
	/* It may be in place, and be needed again */
	if (offload_likely(base, len) && !pieces_add(&ctx->text, in, len))
		return aead_catch_up(ctx) && stream_soft(ctx, out, in, len);
	ret = aead_offload(ctx, out, in, len);
	if (!ret) {
		ctx->stage = STAGE_DONE;
		ctx->tag_made = base->enc;
		return 1;
	}
	if (ret != OFFLOAD_SOFTWARE && ret != -EBADMSG)
		return 0;
	/* A wrong tag is told at the end, and may be that of a longer text */
	ctx->text.len = 0;
	return aead_catch_up(ctx) && soft_update(base, out, NULL, in, len);
}

static int stream_piece(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
			size_t len)
{
	switch (ctx->stage) {
	case STAGE_KEPT:
		return stream_text(ctx, out, in, len);
	case STAGE_DONE:
		return aead_catch_up(ctx) && stream_soft(ctx, out, in, len);
	case STAGE_SOFT:
		return stream_soft(ctx, out, in, len);
	default:
		/* The same IV is not used twice */
		return 0;
	}
}

static int stream_update(struct cipher_ctx *base, uint8_t *out,
			 size_t *out_len, size_t out_size, const uint8_t *in,
			 size_t len)
{
	struct aead_ctx *ctx = to_aead(base);

	if (ctx->record)
		return base->cipher->alg == CRYPTOSIM_ALG_AES_GCM ?
		       record_gcm(ctx, out, out_len, in, len) :
		       record_chacha(ctx, out, out_len, in, len);
	*out_len = len;
	if (!len)
		return 1;
	if (!in || (out && out_size < len))
		return 0;
	if (ctx->stage == STAGE_FRESH)
		aead_begin(ctx, ctx->iv_len == NONCE_LEN);
	return out ? stream_piece(ctx, out, in, len) :
		     stream_aad(ctx, in, len);
}

/* GCM wants another IV then; ChaCha20-Poly1305 begins anew with this one. */
static void stream_over(struct aead_ctx *ctx)
{
	ctx->stage = ctx->base.cipher->alg == CRYPTOSIM_ALG_AES_GCM ?
		     STAGE_OVER : STAGE_FRESH;
}

static int stream_final(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
			size_t out_size)
{
	struct aead_ctx *ctx = to_aead(base);
	int ret;

	(void)out_size;
	*out_len = 0;
	switch (ctx->stage) {
	case STAGE_DONE:
		stream_over(ctx);
		return 1;
	case STAGE_OVER:
		return 0;
	case STAGE_FRESH:
		aead_begin(ctx, false);
		break;
	case STAGE_KEPT:
		if (!aead_catch_up(ctx))
			return 0;
		break;
	case STAGE_SOFT:
		break;
	}
	ret = soft_final(base, out, out_len);
	if (base->cipher->alg != CRYPTOSIM_ALG_AES_GCM)
		ctx->stage = STAGE_FRESH;
	return ret;
}

static int stream_cipher(struct cipher_ctx *base, uint8_t *out,
			 size_t *out_len, size_t out_size, const uint8_t *in,
			 size_t len)
{
	if (!in)
		return stream_final(base, out, out_len, out_size);
	return stream_update(base, out, out_len, out_size, in, len);
}

const struct cipher_kind stream_kind = {
	.size = sizeof(struct aead_ctx),
	.init = stream_init,
	.update = stream_update,
	.final = stream_final,
	.cipher = stream_cipher,
	.set = aead_set,
	.get = aead_get,
	.dup = aead_dup,
	.free = aead_free,
};
