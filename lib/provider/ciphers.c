// SPDX-License-Identifier: MIT
/* What all contexts have in common, and the table of ciphers. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "libcrypto.h"
#include "offload.h"
#include "provider.h"
#include "software.h"
#include "unpad.h"

int soft_update(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len,
		const uint8_t *in, size_t len)
{
	int n = 0;

	if (len > INT_MAX ||
	    !libcrypto.EVP_CipherUpdate(ctx->soft, out, &n, in, (int)len))
		return 0;
	if (out_len)
		*out_len = n;
	return 1;
}

int soft_final(struct cipher_ctx *ctx, uint8_t *out, size_t *out_len)
{
	int n = 0;

	if (!libcrypto.EVP_CipherFinal_ex(ctx->soft, out, &n))
		return 0;
	*out_len = n;
	return 1;
}

int soft_set(struct cipher_ctx *ctx, const OSSL_PARAM *params)
{
	return libcrypto.EVP_CIPHER_CTX_set_params(ctx->soft, params) > 0;
}

int soft_get(struct cipher_ctx *ctx, OSSL_PARAM *params)
{
	return libcrypto.EVP_CIPHER_CTX_get_params(ctx->soft, params) > 0;
}

static unsigned int cipher_index(const struct cipher_ctx *ctx)
{
	return ctx->cipher - ciphers;
}

static void cipher_free(void *vctx)
{
	struct cipher_ctx *ctx = vctx;

	if (!ctx)
		return;
	offload_forget(ctx);
	libcrypto.EVP_CIPHER_CTX_free(ctx->soft);
	if (ctx->cipher->kind->free)
		ctx->cipher->kind->free(ctx);
	explicit_bzero(ctx, ctx->cipher->kind->size);
	free(ctx);
}

static void *cipher_new(void *provctx, const struct cipher *cipher)
{
	struct cipher_ctx *ctx = calloc(1, cipher->kind->size);

	if (!ctx)
		return NULL;
	ctx->provider = provctx;
	ctx->cipher = cipher;
	ctx->soft = libcrypto.EVP_CIPHER_CTX_new();
	if (!ctx->soft ||
	    !libcrypto.EVP_CipherInit_ex2(ctx->soft,
					  software_cipher(cipher_index(ctx)),
					  NULL, NULL, 1, NULL) ||
	    !cipher->kind->init(ctx, NULL, NULL, 0)) {
		cipher_free(ctx);
		return NULL;
	}
	return ctx;
}

static void *cipher_dup(void *vctx)
{
	const struct cipher_ctx *from = vctx;
	const struct cipher_kind *kind = from->cipher->kind;
	struct cipher_ctx *to = malloc(kind->size);

	if (!to)
		return NULL;
	memcpy(to, from, kind->size);
	/* Each has a key of its own on the device, and frees it */
	memset(&to->device, 0, sizeof(to->device));
	to->soft = libcrypto.EVP_CIPHER_CTX_new();
	if (!to->soft || !libcrypto.EVP_CIPHER_CTX_copy(to->soft, from->soft))
		goto free_to;
	if (kind->dup && !kind->dup(to, from))
		goto free_to;
	return to;

free_to:
	libcrypto.EVP_CIPHER_CTX_free(to->soft);
	explicit_bzero(to, kind->size);
	free(to);
	return NULL;
}

/* Some set the same key for each message: the device has that already. */
static void take_key(struct cipher_ctx *ctx, const uint8_t *key, size_t len)
{
	if (ctx->key_set && unpad_equal(ctx->key, key, len))
		return;
	offload_forget(ctx);
	memcpy(ctx->key, key, len);
	ctx->key_set = true;
}

static int cipher_init(struct cipher_ctx *ctx, const uint8_t *key,
		       size_t key_len, const uint8_t *iv, size_t iv_len,
		       const OSSL_PARAM *params, bool enc)
{
	if (key && key_len != ctx->cipher->key_len) {
		provider_error(ctx->provider, REASON_ARGUMENT,
			       "%s: a key of %zu bytes, not %zu",
			       ctx->cipher->name, key_len,
			       ctx->cipher->key_len);
		return 0;
	}
	if (!libcrypto.EVP_CipherInit_ex2(ctx->soft, NULL, key, iv, enc, NULL))
		return 0;
	ctx->enc = enc;
	if (key)
		take_key(ctx, key, key_len);
	if (!ctx->cipher->kind->init(ctx, key, iv, iv_len))
		return 0;
	return !params || ctx->cipher->kind->set(ctx, params);
}

static int cipher_encrypt_init(void *vctx, const unsigned char *key,
			       size_t key_len, const unsigned char *iv,
			       size_t iv_len, const OSSL_PARAM params[])
{
	return cipher_init(vctx, key, key_len, iv, iv_len, params, true);
}

static int cipher_decrypt_init(void *vctx, const unsigned char *key,
			       size_t key_len, const unsigned char *iv,
			       size_t iv_len, const OSSL_PARAM params[])
{
	return cipher_init(vctx, key, key_len, iv, iv_len, params, false);
}

static int cipher_update(void *vctx, unsigned char *out, size_t *out_len,
			 size_t out_size, const unsigned char *in, size_t len)
{
	struct cipher_ctx *ctx = vctx;

	return ctx->cipher->kind->update(ctx, out, out_len, out_size, in, len);
}

static int cipher_final(void *vctx, unsigned char *out, size_t *out_len,
			size_t out_size)
{
	struct cipher_ctx *ctx = vctx;

	return ctx->cipher->kind->final(ctx, out, out_len, out_size);
}

static int cipher_cipher(void *vctx, unsigned char *out, size_t *out_len,
			 size_t out_size, const unsigned char *in, size_t len)
{
	struct cipher_ctx *ctx = vctx;

	return ctx->cipher->kind->cipher(ctx, out, out_len, out_size, in, len);
}

static int cipher_set_params(void *vctx, const OSSL_PARAM params[])
{
	struct cipher_ctx *ctx = vctx;

	return !params || ctx->cipher->kind->set(ctx, params);
}

static int cipher_get_params(void *vctx, OSSL_PARAM params[])
{
	struct cipher_ctx *ctx = vctx;

	return !params || ctx->cipher->kind->get(ctx, params);
}

/* What a cipher is, and takes, is what the default provider's is and takes. */
static int describe(const struct cipher *cipher, OSSL_PARAM params[])
{
	const EVP_CIPHER *soft = software_cipher(cipher - ciphers);
	OSSL_PARAM *param;

	if (!soft ||
	    !libcrypto.EVP_CIPHER_get_params((EVP_CIPHER *)soft, params))
		return 0;
	/* But no several records at once, which would all be software's */
	param = libcrypto.OSSL_PARAM_locate(params,
					    OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK);
	return !param || libcrypto.OSSL_PARAM_set_int(param, 0);
}

/* Places in the table */
enum {
	aes_128_cbc_index,
	aes_192_cbc_index,
	aes_256_cbc_index,
	aes_128_gcm_index,
	aes_192_gcm_index,
	aes_256_gcm_index,
	aes_128_ccm_index,
	aes_192_ccm_index,
	aes_256_ccm_index,
	aes_128_xts_index,
	aes_256_xts_index,
	chacha20_poly1305_index,
	aes_128_cbc_sha1_index,
	aes_256_cbc_sha1_index,
	aes_128_cbc_sha256_index,
	aes_256_cbc_sha256_index,
};

/*
 * The functions that have no context to tell them which cipher is meant; and
 * the table of functions that begins with them.
 */
#define CIPHER_FUNCTIONS(id)						\
static void *id##_new(void *provctx)					\
{									\
	return cipher_new(provctx, &ciphers[id##_index]);			\
}									\
									\
static int id##_params(OSSL_PARAM params[])				\
{									\
	return describe(&ciphers[id##_index], params);			\
}									\
									\
static const OSSL_PARAM *id##_gettable(void *provctx)			\
{									\
	(void)provctx;							\
	return libcrypto.EVP_CIPHER_gettable_params(			\
		software_cipher(id##_index));				\
}									\
									\
static const OSSL_PARAM *id##_ctx_gettable(void *cctx, void *provctx)	\
{									\
	(void)cctx;							\
	(void)provctx;							\
	return libcrypto.EVP_CIPHER_gettable_ctx_params(		\
		software_cipher(id##_index));				\
}									\
									\
static const OSSL_PARAM *id##_ctx_settable(void *cctx, void *provctx)	\
{									\
	(void)cctx;							\
	(void)provctx;							\
	return libcrypto.EVP_CIPHER_settable_ctx_params(		\
		software_cipher(id##_index));				\
}									\
									\
static const OSSL_DISPATCH id##_dispatch[] = {				\
	{ OSSL_FUNC_CIPHER_NEWCTX, (void (*)(void))id##_new },		\
	{ OSSL_FUNC_CIPHER_GET_PARAMS, (void (*)(void))id##_params },	\
	{ OSSL_FUNC_CIPHER_GETTABLE_PARAMS,				\
	  (void (*)(void))id##_gettable },				\
	{ OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS,				\
	  (void (*)(void))id##_ctx_gettable },				\
	{ OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS,				\
	  (void (*)(void))id##_ctx_settable },				\
	{ OSSL_FUNC_CIPHER_FREECTX, (void (*)(void))cipher_free },	\
	{ OSSL_FUNC_CIPHER_DUPCTX, (void (*)(void))cipher_dup },	\
	{ OSSL_FUNC_CIPHER_ENCRYPT_INIT,				\
	  (void (*)(void))cipher_encrypt_init },			\
	{ OSSL_FUNC_CIPHER_DECRYPT_INIT,				\
	  (void (*)(void))cipher_decrypt_init },			\
	{ OSSL_FUNC_CIPHER_UPDATE, (void (*)(void))cipher_update },	\
	{ OSSL_FUNC_CIPHER_FINAL, (void (*)(void))cipher_final },	\
	{ OSSL_FUNC_CIPHER_CIPHER, (void (*)(void))cipher_cipher },	\
	{ OSSL_FUNC_CIPHER_SET_CTX_PARAMS,				\
	  (void (*)(void))cipher_set_params },				\
	{ OSSL_FUNC_CIPHER_GET_CTX_PARAMS,				\
	  (void (*)(void))cipher_get_params },				\
	{ 0, NULL }							\
}

CIPHER_FUNCTIONS(aes_128_cbc);
CIPHER_FUNCTIONS(aes_192_cbc);
CIPHER_FUNCTIONS(aes_256_cbc);
CIPHER_FUNCTIONS(aes_128_gcm);
CIPHER_FUNCTIONS(aes_192_gcm);
CIPHER_FUNCTIONS(aes_256_gcm);
CIPHER_FUNCTIONS(aes_128_ccm);
CIPHER_FUNCTIONS(aes_192_ccm);
CIPHER_FUNCTIONS(aes_256_ccm);
CIPHER_FUNCTIONS(aes_128_xts);
CIPHER_FUNCTIONS(aes_256_xts);
CIPHER_FUNCTIONS(chacha20_poly1305);
CIPHER_FUNCTIONS(aes_128_cbc_sha1);
CIPHER_FUNCTIONS(aes_256_cbc_sha1);
CIPHER_FUNCTIONS(aes_128_cbc_sha256);
CIPHER_FUNCTIONS(aes_256_cbc_sha256);

/* The other names are those of the default provider, so that each finds ours */
const struct cipher ciphers[CIPHERS] = {
	[aes_128_cbc_index] = {
		"AES-128-CBC", "AES-128-CBC:AES128:2.16.840.1.101.3.4.1.2",
		&cbc_kind, aes_128_cbc_dispatch, CRYPTOSIM_ALG_AES_CBC, 16
	},
	[aes_192_cbc_index] = {
		"AES-192-CBC", "AES-192-CBC:AES192:2.16.840.1.101.3.4.1.22",
		&cbc_kind, aes_192_cbc_dispatch, CRYPTOSIM_ALG_AES_CBC, 24
	},
	[aes_256_cbc_index] = {
		"AES-256-CBC", "AES-256-CBC:AES256:2.16.840.1.101.3.4.1.42",
		&cbc_kind, aes_256_cbc_dispatch, CRYPTOSIM_ALG_AES_CBC, 32
	},
	[aes_128_gcm_index] = {
		"AES-128-GCM",
		"AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6",
		&stream_kind, aes_128_gcm_dispatch, CRYPTOSIM_ALG_AES_GCM, 16
	},
	[aes_192_gcm_index] = {
		"AES-192-GCM",
		"AES-192-GCM:id-aes192-GCM:2.16.840.1.101.3.4.1.26",
		&stream_kind, aes_192_gcm_dispatch, CRYPTOSIM_ALG_AES_GCM, 24
	},
	[aes_256_gcm_index] = {
		"AES-256-GCM",
		"AES-256-GCM:id-aes256-GCM:2.16.840.1.101.3.4.1.46",
		&stream_kind, aes_256_gcm_dispatch, CRYPTOSIM_ALG_AES_GCM, 32
	},
	[aes_128_ccm_index] = {
		"AES-128-CCM",
		"AES-128-CCM:id-aes128-CCM:2.16.840.1.101.3.4.1.7",
		&ccm_kind, aes_128_ccm_dispatch, CRYPTOSIM_ALG_AES_CCM, 16
	},
	[aes_192_ccm_index] = {
		"AES-192-CCM",
		"AES-192-CCM:id-aes192-CCM:2.16.840.1.101.3.4.1.27",
		&ccm_kind, aes_192_ccm_dispatch, CRYPTOSIM_ALG_AES_CCM, 24
	},
	[aes_256_ccm_index] = {
		"AES-256-CCM",
		"AES-256-CCM:id-aes256-CCM:2.16.840.1.101.3.4.1.47",
		&ccm_kind, aes_256_ccm_dispatch, CRYPTOSIM_ALG_AES_CCM, 32
	},
	[aes_128_xts_index] = {
		"AES-128-XTS", "AES-128-XTS:1.3.111.2.1619.0.1.1",
		&xts_kind, aes_128_xts_dispatch, CRYPTOSIM_ALG_AES_XTS, 32
	},
	[aes_256_xts_index] = {
		"AES-256-XTS", "AES-256-XTS:1.3.111.2.1619.0.1.2",
		&xts_kind, aes_256_xts_dispatch, CRYPTOSIM_ALG_AES_XTS, 64
	},
	[chacha20_poly1305_index] = {
		"ChaCha20-Poly1305", "ChaCha20-Poly1305",
		&stream_kind, chacha20_poly1305_dispatch,
		CRYPTOSIM_ALG_CHACHA20_POLY1305, 32
	},
	[aes_128_cbc_sha1_index] = {
		"AES-128-CBC-HMAC-SHA1", "AES-128-CBC-HMAC-SHA1",
		&cbc_hmac_sha1_kind, aes_128_cbc_sha1_dispatch,
		CRYPTOSIM_ALG_AES_CBC, 16
	},
	[aes_256_cbc_sha1_index] = {
		"AES-256-CBC-HMAC-SHA1", "AES-256-CBC-HMAC-SHA1",
		&cbc_hmac_sha1_kind, aes_256_cbc_sha1_dispatch,
		CRYPTOSIM_ALG_AES_CBC, 32
	},
	[aes_128_cbc_sha256_index] = {
		"AES-128-CBC-HMAC-SHA256", "AES-128-CBC-HMAC-SHA256",
		&cbc_hmac_sha256_kind, aes_128_cbc_sha256_dispatch,
		CRYPTOSIM_ALG_AES_CBC, 16
	},
	[aes_256_cbc_sha256_index] = {
		"AES-256-CBC-HMAC-SHA256", "AES-256-CBC-HMAC-SHA256",
		&cbc_hmac_sha256_kind, aes_256_cbc_sha256_dispatch,
		CRYPTOSIM_ALG_AES_CBC, 32
	},
};
