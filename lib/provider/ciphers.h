/* SPDX-License-Identifier: MIT */
/*
 * The ciphers that are offered, provider-cipher(7). Never CTR, ECB or a digest:
 * OpenSSL 3.0's random generator fetches the former two with the application's
 * properties and is re-entered by a job that pauses there, and certificates are
 * hashed under a lock.
 *
 * A context has an inner one, of the default provider's implementation, which
 * is initialised and told of every parameter like ours: it does what is not
 * offloaded. What is, it knows nothing of; so it is only given what ends with
 * the call, and each kind of cipher says how it is brought up to date.
 */
#ifndef LIB_PROVIDER_CIPHERS_H
#define LIB_PROVIDER_CIPHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/core.h>
#include <openssl/types.h>
#include <libasync/key.h>
#include <linux/cryptosim.h>

#define CIPHERS		16
#define CIPHER_KEY_MAX	64
#define CIPHER_IV_MAX	16
#define CIPHER_TAG_MAX	16
#define AES_BLOCK	16

struct cipher_ctx;
struct device_queue;
struct provider;

/**
 * struct cipher_kind - what ciphers of a kind do in their own way
 * @size: bytes of a context, which begins with a struct cipher_ctx
 * @init: after the inner context has been initialised; key and iv are NULL
 *	where they stay what they are
 * @update: as OSSL_FUNC_cipher_update
 * @final: as OSSL_FUNC_cipher_final
 * @cipher: as OSSL_FUNC_cipher_cipher, that is, EVP_Cipher(3)
 * @set: as OSSL_FUNC_cipher_set_ctx_params
 * @get: as OSSL_FUNC_cipher_get_ctx_params
 * @dup: makes @to, a copy byte by byte, independent of @from; NULL: it is
 * @free: before the memory is wiped and freed; NULL: nothing
 *
 * All but the last return 1, or 0 on an error.
 */
struct cipher_kind {
	size_t size;
	int (*init)(struct cipher_ctx *ctx, const uint8_t *key,
		    const uint8_t *iv, size_t iv_len);
	int (*update)(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len);
	int (*final)(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len,
		     size_t out_size);
	int (*cipher)(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len,
		      size_t out_size, const uint8_t *in, size_t len);
	int (*set)(struct cipher_ctx *ctx, const OSSL_PARAM *params);
	int (*get)(struct cipher_ctx *ctx, OSSL_PARAM *params);
	int (*dup)(struct cipher_ctx *to, const struct cipher_ctx *from);
	void (*free)(struct cipher_ctx *ctx);
};

/**
 * struct cipher - a cipher
 * @name: the first of its names, by which the inner one is fetched
 * @names: all of them, as struct ossl_algorithm_st has them
 * @kind: how it works
 * @dispatch: its functions
 * @alg: what the device calls it
 * @key_len: bytes of key
 */
struct cipher {
	const char *name;
	const char *names;
	const struct cipher_kind *kind;
	const OSSL_DISPATCH *dispatch;
	enum cryptosim_alg alg;
	size_t key_len;
};

extern const struct cipher ciphers[CIPHERS];

/**
 * struct device_key - the key as the device has it
 * @queue: where it is, with a reference; NULL: nowhere
 * @key: it
 * @tag_len: for tags of so many bytes
 * @iv_len: for IVs of so many bytes
 * @refused: the device does not take such a one, on @queue
 */
struct device_key {
	struct device_queue *queue;
	struct async_key key;
	size_t tag_len;
	size_t iv_len;
	bool refused;
};

/**
 * struct cipher_ctx - what all contexts have
 * @provider: whose it is; only read
 * @cipher: which one; only read
 * @soft: the inner context
 * @enc: encrypts; else decrypts
 * @key_set: @key has been set
 * @key: the key, for the device; wiped at the end
 * @device: on the device
 *
 * The application's thread alone uses a context.
 */
struct cipher_ctx {
	struct provider *provider;
	const struct cipher *cipher;
	EVP_CIPHER_CTX *soft;
	bool enc;
	bool key_set;
	uint8_t key[CIPHER_KEY_MAX];
	struct device_key device;
};

/* The kinds */
extern const struct cipher_kind cbc_kind, xts_kind, stream_kind,
				ccm_kind, cbc_hmac_sha1_kind,
				cbc_hmac_sha256_kind;

/* One pass of the inner context; out_len may be NULL. 1, or 0 on an error. */
int soft_update(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len,
		const uint8_t *in, size_t len);

/* The inner context's end. 1, or 0 on an error. */
int soft_final(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len);

/* Parameters of the inner context. 1, or 0 on an error. */
int soft_set(struct cipher_ctx *ctx, const OSSL_PARAM *params);
int soft_get(struct cipher_ctx *ctx, OSSL_PARAM *params);

#endif /* LIB_PROVIDER_CIPHERS_H */
