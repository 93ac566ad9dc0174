// SPDX-License-Identifier: MIT
/* AES-CCM: one piece of AAD, one of text; its length is known before both. */
#include <errno.h>
#include <string.h>

#include "aead.h"
#include "offload.h"

/* The default provider's, until others are set */
#define CCM_TAG_LEN	12

static int ccm_init(struct cipher_ctx *base, const uint8_t *key,
		    const uint8_t *iv, size_t iv_len)
{
	struct aead_ctx *ctx = to_aead(base);

	(void)key;
	if (!ctx->tag_len)
		ctx->tag_len = CCM_TAG_LEN;
	if (iv) {
		/* Another length the inner context has refused */
		memcpy(ctx->iv, iv, iv_len);
		ctx->iv_len = iv_len;
		ctx->stage = STAGE_FRESH;
		ctx->tag_made = false;
		ctx->len_set = false;
	}
	return 1;
}

static int ccm_announce(struct aead_ctx *ctx, size_t len)
{
	if (ctx->stage == STAGE_SOFT)
		return soft_update(&ctx->base, NULL, NULL, NULL, len);
	if (ctx->stage != STAGE_KEPT)
		return 0;
	ctx->len_set = true;
	ctx->announced = len;
	return 1;
}

static int ccm_aad(struct aead_ctx *ctx, const uint8_t *in, size_t len)
{
	if (ctx->stage == STAGE_KEPT) {
		/* As ever, it takes the length of the text first */
		if (!ctx->len_set)
			return !len;
		if (!ctx->aad.len && len <= CRYPTOSIM_MAX_AAD &&
		    pieces_add(&ctx->aad, in, len))
			return 1;
		if (!aead_catch_up(ctx))
			return 0;
	}
	return ctx->stage == STAGE_SOFT &&
	       soft_update(&ctx->base, NULL, NULL, in, len);
}

/* The inner context is told the length even where the application did not. */
static int ccm_soft(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		    size_t len)
{
	if (ctx->stage != STAGE_SOFT) {
		if (!ctx->len_set) {
			ctx->len_set = true;
			ctx->announced = len;
		}
		if (!aead_catch_up(ctx))
			return 0;
	}
	return soft_update(&ctx->base, out, NULL, in, len);
}

static int ccm_text(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		    size_t len)
{
	struct cipher_ctx *base = &ctx->base;
	int ret;

	if (ctx->stage != STAGE_KEPT && ctx->stage != STAGE_SOFT)
		return 0;
	if (ctx->stage == STAGE_SOFT || !len ||
	    (ctx->len_set && ctx->announced != len) ||
	    (!base->enc && !ctx->tag_set)) {
		offload_decline(base, len);
		return ccm_soft(ctx, out, in, len);
	}
	ret = aead_offload(ctx, out, in, len);
	if (ret == OFFLOAD_SOFTWARE)
		return ccm_soft(ctx, out, in, len);
	ctx->stage = STAGE_OVER;
	ctx->tag_set = false;
	ctx->tag_made = base->enc && !ret;
	if (ret == -EBADMSG)
		memset(out, 0, len);
	return !ret;
}

static int ccm_update(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len)
{
	struct aead_ctx *ctx = to_aead(base);

	if (ctx->record)
		return record_ccm(ctx, out, out_len, in, len);
	*out_len = len;
	if (out && !in) {
		/* An end, which has nothing left to do */
		*out_len = 0;
		return 1;
	}
	if (out && out_size < len)
		return 0;
	if (ctx->stage == STAGE_FRESH)
		aead_begin(ctx, true);
	if (out)
		return ccm_text(ctx, out, in, len);
	return in ? ccm_aad(ctx, in, len) : ccm_announce(ctx, len);
}

static int ccm_final(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		     size_t out_size)
{
	(void)out_size;
	*out_len = 0;
	return to_aead(base)->stage == STAGE_OVER ||
	       soft_final(base, out, out_len);
}

const struct cipher_kind ccm_kind = {
	.size = sizeof(struct aead_ctx),
	.init = ccm_init,
	.update = ccm_update,
	.final = ccm_final,
	.cipher = ccm_update,
	.set = aead_set,
	.get = aead_get,
	.dup = aead_dup,
	.free = aead_free,
};
