// SPDX-License-Identifier: MIT
/* AES-XTS: each call is a data unit of its own, with the IV that was set. */
#include <string.h>

#include "offload.h"
#include "provider.h"

/**
 * struct xts_ctx - a context
 * @base: what all have
 * @iv: the tweak
 * @iv_set: there is one
 */
struct xts_ctx {
	struct cipher_ctx base;
	uint8_t iv[AES_BLOCK];
	bool iv_set;
};

static int xts_init(struct cipher_ctx *base, const uint8_t *key,
		    const uint8_t *iv, size_t iv_len)
{
	struct xts_ctx *ctx = (struct xts_ctx *)base;

	(void)key;
	if (iv) {
		/* Another length the inner context has refused */
		memcpy(ctx->iv, iv, iv_len);
		ctx->iv_set = true;
	}
	return 1;
}

static int xts_update(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len)
{
	struct xts_ctx *ctx = (struct xts_ctx *)base;
	const struct offload what = {
		.op = { .iv = ctx->iv, .src = in, .dst = out, .len = len },
		.iv_len = AES_BLOCK,
	};
	int ret = OFFLOAD_SOFTWARE;

	/* What is wrong is told by the inner context, as ever */
	if (base->key_set && ctx->iv_set && in && out && len >= AES_BLOCK &&
	    out_size >= len)
		ret = offload(base, &what);
	if (ret == OFFLOAD_SOFTWARE)
		return soft_update(base, out, out_len, in, len);
	*out_len = len;
	return !ret;
}

static int xts_final(struct cipher_ctx *base, uint8_t *out, size_t *out_len,
		     size_t out_size)
{
	(void)out_size;
	return soft_final(base, out, out_len);
}

const struct cipher_kind xts_kind = {
	.size = sizeof(struct xts_ctx),
	.init = xts_init,
	.update = xts_update,
	.final = xts_final,
	.cipher = xts_update,
	.set = soft_set,
	.get = soft_get,
};
