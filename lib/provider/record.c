// SPDX-License-Identifier: MIT
/*
 * TLS 1.2 records of the AEADs, in place: an explicit nonce (but not with
 * ChaCha20-Poly1305, RFC 7905), the text, the tag. Encrypting, the application
 * leaves room for nonce and tag.
 */
#include <errno.h>
#include <string.h>

#include "aead.h"
#include "libcrypto.h"
#include "offload.h"

#define FIXED_LEN	4	/* bytes, in front of an explicit nonce */
#define NONCE_LEN	12

/**
 * struct frame - where the parts of a record are
 * @explicit: bytes of explicit nonce
 * @tag: bytes of tag
 * @nonce: the whole nonce
 */
struct frame {
	size_t explicit;
	size_t tag;
	uint8_t nonce[NONCE_LEN];
};

static int record_soft(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
		       const uint8_t *in, size_t len)
{
	return soft_update(&ctx->base, out, out_len, in, len);
}

/* What is not to be offloaded, or is wrong, which the inner context tells. */
static int record_decline(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
			  const uint8_t *in, size_t len)
{
	offload_decline(&ctx->base, len);
	return record_soft(ctx, out, out_len, in, len);
}

/*
 * Bytes of text in a record of @len bytes. Where the header says otherwise,
 * CRYPTOSIM_MAX_LEN + 1.
 */
static size_t record_text(const struct aead_ctx *ctx, const struct frame *frame,
			  size_t len)
{
	size_t said = ctx->tls_aad[TLS_AAD_LEN - 2] << 8 |
		      ctx->tls_aad[TLS_AAD_LEN - 1];
	size_t around = frame->explicit + frame->tag;

	/* Encrypting, it counts the nonce; decrypting, all of the record */
	if (ctx->base.enc)
		said += frame->tag;
	if (len <= around || said != len)
		return CRYPTOSIM_MAX_LEN + 1;
	return len - around;
}

static int record_offload(struct aead_ctx *ctx, const struct frame *frame,
			  uint8_t *out, size_t *out_len, size_t len)
{
	size_t text = len - frame->explicit - frame->tag;
	uint8_t aad[TLS_AAD_LEN];
	uint8_t *at = out + frame->explicit;
	const struct offload what = {
		.op = {
			.iv = frame->nonce, .src = at, .dst = at, .len = text,
			.aad = aad, .aad_len = TLS_AAD_LEN, .tag = at + text,
		},
		.tag_len = frame->tag,
		.iv_len = NONCE_LEN,
	};
	int ret;

	memcpy(aad, ctx->tls_aad, TLS_AAD_LEN);
	aad[TLS_AAD_LEN - 2] = text >> 8;
	aad[TLS_AAD_LEN - 1] = text;
	ret = offload(&ctx->base, &what);
	if (ret == OFFLOAD_SOFTWARE)
		return record_soft(ctx, out, out_len, out, len);
	if (ret == -EBADMSG)
		memset(at, 0, text);
	if (ctx->base.enc)
		memcpy(out, frame->nonce + NONCE_LEN - frame->explicit,
		       frame->explicit);
	*out_len = ctx->base.enc ? len : text;
	return !ret;
}

/* The next nonce of those that the inner context hands out, one by one. */
static int next_nonce(struct aead_ctx *ctx, uint8_t *explicit)
{
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_string(OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN,
					explicit, TLS_EXPLICIT_LEN),
		OSSL_PARAM_END
	};

	return soft_get(&ctx->base, params);
}

int record_gcm(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
	       const uint8_t *in, size_t len)
{
	struct frame frame = {
		.explicit = TLS_EXPLICIT_LEN,
		.tag = CIPHER_TAG_MAX,
	};
	uint8_t *explicit = frame.nonce + FIXED_LEN;
	size_t text = record_text(ctx, &frame, len);

	if (in != out || text > CRYPTOSIM_MAX_LEN)
		return record_decline(ctx, out, out_len, in, len);
	memcpy(frame.nonce, ctx->fixed, FIXED_LEN);
	if (!ctx->base.enc)
		memcpy(explicit, in, TLS_EXPLICIT_LEN);
	else if (offload_likely(&ctx->base, text) &&
		 !next_nonce(ctx, explicit))
		return 0;
	return record_offload(ctx, &frame, out, out_len, len);
}

int record_ccm(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
	       const uint8_t *in, size_t len)
{
	struct frame frame = {
		.explicit = TLS_EXPLICIT_LEN,
		.tag = ctx->tag_len,
	};

	if (in != out || record_text(ctx, &frame, len) > CRYPTOSIM_MAX_LEN)
		return record_decline(ctx, out, out_len, in, len);
	memcpy(frame.nonce, ctx->fixed, FIXED_LEN);
	/* The number of the record is a nonce that comes only once */
	memcpy(frame.nonce + FIXED_LEN, ctx->base.enc ? ctx->tls_aad : in,
	       TLS_EXPLICIT_LEN);
	return record_offload(ctx, &frame, out, out_len, len);
}

int record_chacha(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
		  const uint8_t *in, size_t len)
{
	struct frame frame = { .tag = CIPHER_TAG_MAX };
	unsigned int i;

	if (in != out || record_text(ctx, &frame, len) > CRYPTOSIM_MAX_LEN)
		return record_decline(ctx, out, out_len, in, len);
	memcpy(frame.nonce, ctx->fixed, NONCE_LEN);
	for (i = 0; i < 8; i++)
		frame.nonce[NONCE_LEN - 8 + i] ^= ctx->tls_aad[i];
	return record_offload(ctx, &frame, out, out_len, len);
}
