/* SPDX-License-Identifier: MIT */
/*
 * What AES-GCM, AES-CCM and ChaCha20-Poly1305 have in common. The device takes
 * a message as a whole: IV, AAD, text, tag. An application hands it over piece
 * by piece, so in a job the pieces before the text are kept here, and with the
 * text all of it goes to the device. Where it turns out that the text comes in
 * several pieces, or the device does not want it, the inner context is given
 * all that it has missed, and does the rest.
 */
#ifndef LIB_PROVIDER_AEAD_H
#define LIB_PROVIDER_AEAD_H

#include "ciphers.h"

#define TLS_AAD_LEN		13
#define TLS_EXPLICIT_LEN	8	/* bytes of nonce before the text */
#define TLS_FIXED_MAX		12

/**
 * enum stage - how far a message has come
 * @STAGE_FRESH: nothing of it was given
 * @STAGE_KEPT: its pieces are kept here; no text so far
 * @STAGE_DONE: the device did it; the pieces are still kept
 * @STAGE_SOFT: the inner context has it
 * @STAGE_OVER: it has ended, by the device
 */
enum stage {
	STAGE_FRESH,
	STAGE_KEPT,
	STAGE_DONE,
	STAGE_SOFT,
	STAGE_OVER,
};

/**
 * struct pieces - bytes that are kept
 * @mem: the bytes; wiped before it is freed
 * @len: how many
 * @size: how many there is room for
 */
struct pieces {
	uint8_t *mem;
	size_t len;
	size_t size;
};

/**
 * struct aead_ctx - a context
 * @base: what all have
 * @stage: enum stage
 * @iv: the IV of the message
 * @iv_len: its bytes; 0: none was set, or it is software's to choose
 * @tag: decrypting: the tag to come; encrypting: the one that was made
 * @tag_len: bytes of tag
 * @tag_set: decrypting: @tag is there
 * @tag_made: encrypting: @tag is there, made by the device
 * @len_set: CCM: the length of the text was announced
 * @announced: that length
 * @aad: pieces of AAD
 * @text: the text that the device was given
 * @record: the next text is a TLS record: @tls_aad was set
 * @tls_aad: its header, RFC 5246 6.2.3.3, with the length of the bare text
 * @tls_len: that length
 * @fixed: what all nonces of a connection begin with, or are made from
 */
struct aead_ctx {
	struct cipher_ctx base;
	enum stage stage;
	uint8_t iv[CIPHER_IV_MAX];
	size_t iv_len;
	uint8_t tag[CIPHER_TAG_MAX];
	size_t tag_len;
	bool tag_set;
	bool tag_made;
	bool len_set;
	size_t announced;
	struct pieces aad;
	struct pieces text;
	bool record;
	uint8_t tls_aad[TLS_AAD_LEN];
	size_t tls_len;
	uint8_t fixed[TLS_FIXED_MAX];
};

static inline struct aead_ctx *to_aead(struct cipher_ctx *base)
{
	return (struct aead_ctx *)base;
}

/* Adds bytes. Returns false if there is no memory, or more AAD than fits. */
bool pieces_add(struct pieces *pieces, const uint8_t *mem, size_t len);

/*
 * The first piece of a message: whether it is kept, or the inner context's.
 * @ready: the device could take such a message.
 */
void aead_begin(struct aead_ctx *ctx, bool ready);

/* Has the inner context do what it missed of a message; 1, or 0 on an error. */
int aead_catch_up(struct aead_ctx *ctx);

/* The text of a message that is kept, on the device; as offload(). */
int aead_offload(struct aead_ctx *ctx, uint8_t *out, const uint8_t *in,
		 size_t len);

/*
 * Parameters that all have: the inner context gets them too. Between the two
 * halves nothing else may set one. 1, or 0 on an error.
 */
int aead_set(struct cipher_ctx *base, const OSSL_PARAM *params);
int aead_get(struct cipher_ctx *base, OSSL_PARAM *params);

int aead_dup(struct cipher_ctx *to, const struct cipher_ctx *from);
void aead_free(struct cipher_ctx *base);

/* record.c: a whole TLS 1.2 record, in place; as the kind's update. */
int record_gcm(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
	       const uint8_t *in, size_t len);
int record_ccm(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
	       const uint8_t *in, size_t len);
int record_chacha(struct aead_ctx *ctx, uint8_t *out, size_t *out_len,
		  const uint8_t *in, size_t len);

#endif /* LIB_PROVIDER_AEAD_H */
