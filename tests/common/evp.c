// SPDX-License-Identifier: MIT
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include "evp.h"
#include "evp_xts.h"

#define NAME_LEN	32

/* What a name of libcrypto's depends on: %zu stands for the bits of the key */
struct evp_alg {
	int (*run)(const struct evp_job *job, const struct evp_alg *alg);
	const char *cipher;
	const char *mac;
	const char *digest;
};

/* CRYPTOSIM_OP_* in the words of EVP_CipherInit_ex2() */
static int direction(const struct evp_job *job)
{
	return job->op == CRYPTOSIM_OP_ENCRYPT;
}

static EVP_CIPHER *fetch_cipher(const char *format, size_t key_len)
{
	char name[NAME_LEN];

	/* A format of a row of the table below */
	snprintf(name, sizeof(name), format, 8 * key_len);
	return EVP_CIPHER_fetch(NULL, name, NULL);
}

/* One pass without a tag; libcrypto's own padding is off */
static int cipher_pass(const EVP_CIPHER *cipher, const struct evp_job *job,
		       const uint8_t *key)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n = 0, ret = -EIO;

	if (ctx &&
	    EVP_CipherInit_ex2(ctx, cipher, key, job->iv, direction(job),
			       NULL) &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) &&
	    EVP_CipherUpdate(ctx, job->dst, &n, job->src, (int)job->len) &&
	    n == (int)job->len)
		ret = 0;
	EVP_CIPHER_CTX_free(ctx);
	return ret;
}

static int run_cipher(const struct evp_job *job, const struct evp_alg *alg)
{
	size_t key_len = job->key_len - job->auth_len;
	EVP_CIPHER *cipher = fetch_cipher(alg->cipher, key_len);
	int ret = -EIO;

	if (cipher)
		ret = cipher_pass(cipher, job, job->key + job->auth_len);
	EVP_CIPHER_free(cipher);
	return ret;
}

static int run_xts(const struct evp_job *job, const struct evp_alg *alg)
{
	EVP_CIPHER *cipher;
	int ret = -EIO;

	if (job->key_len == 48)
		return evp_xts192(job);
	cipher = fetch_cipher(alg->cipher, job->key_len / 2);
	if (cipher)
		ret = cipher_pass(cipher, job, job->key);
	EVP_CIPHER_free(cipher);
	return ret;
}

/*
 * CCM wants to know the length of the text before the AAD, and the tag's
 * before the key.
 */
static int aead_start(EVP_CIPHER_CTX *ctx, const struct evp_job *job, bool ccm)
{
	bool encrypt = direction(job);
	int n;

	if (!EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN, (int)job->iv_len,
				 NULL))
		return -EIO;
	if ((ccm || !encrypt) &&
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)job->tag_len,
				 encrypt ? NULL : job->tag))
		return -EIO;
	if (!EVP_CipherInit_ex2(ctx, NULL, job->key, job->iv, encrypt, NULL))
		return -EIO;
	if (ccm && !EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)job->len))
		return -EIO;
	if (job->aad_len &&
	    !EVP_CipherUpdate(ctx, NULL, &n, job->aad, (int)job->aad_len))
		return -EIO;
	return 0;
}

/* CCM is done after the text; the others check or make the tag at the end */
static int aead_text(EVP_CIPHER_CTX *ctx, const struct evp_job *job, bool ccm)
{
	bool encrypt = direction(job);
	uint8_t end[EVP_MAX_BLOCK_LENGTH];
	int n;

	if (!EVP_CipherUpdate(ctx, job->dst, &n, job->src, (int)job->len))
		return encrypt ? -EIO : -EBADMSG;
	if (!ccm && !EVP_CipherFinal_ex(ctx, end, &n))
		return encrypt ? -EIO : -EBADMSG;
	if (encrypt &&
	    !EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, (int)job->tag_len,
				 job->tag))
		return -EIO;
	return 0;
}

static int run_aead(const struct evp_job *job, const struct evp_alg *alg)
{
	EVP_CIPHER *cipher = fetch_cipher(alg->cipher, job->key_len);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	bool ccm = job->alg == CRYPTOSIM_ALG_AES_CCM;
	int ret = -EIO;

	if (cipher && ctx &&
	    EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, direction(job), NULL))
		ret = aead_start(ctx, job, ccm);
	if (!ret)
		ret = aead_text(ctx, job, ccm);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return ret;
}

static int run_hash(const struct evp_job *job, const struct evp_alg *alg)
{
	uint8_t digest[EVP_MAX_MD_SIZE];

	if (!EVP_Q_digest(NULL, alg->digest, NULL, job->src, job->len, digest,
			  NULL))
		return -EIO;
	memcpy(job->dst, digest, job->tag_len);
	return 0;
}

/* The MAC of two texts, of which the first may be empty, cut to @tag_len */
static int mac_texts(EVP_MAC_CTX *ctx, const struct evp_job *job,
		     size_t key_len, const uint8_t *text, uint8_t *tag)
{
	uint8_t full[EVP_MAX_MD_SIZE];
	size_t n;

	if (!EVP_MAC_init(ctx, job->key, key_len, NULL) ||
	    (job->aad_len && !EVP_MAC_update(ctx, job->aad, job->aad_len)) ||
	    !EVP_MAC_update(ctx, text, job->len) ||
	    !EVP_MAC_final(ctx, full, &n, sizeof(full)))
		return -EIO;
	memcpy(tag, full, job->tag_len);
	return 0;
}

static int make_mac(const struct evp_job *job, const struct evp_alg *alg,
		    size_t key_len, const uint8_t *text, uint8_t *tag)
{
	EVP_MAC *mac = EVP_MAC_fetch(NULL, alg->mac, NULL);
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(mac);
	char cipher[NAME_LEN] = "", digest[NAME_LEN] = "";
	OSSL_PARAM params[] = { OSSL_PARAM_END, OSSL_PARAM_END };
	int ret = -EIO;

	if (alg->digest) {
		snprintf(digest, sizeof(digest), "%s", alg->digest);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST,
							     digest, 0);
	} else {
		snprintf(cipher, sizeof(cipher), alg->cipher, 8 * key_len);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
							     cipher, 0);
	}
	if (ctx && EVP_MAC_CTX_set_params(ctx, params))
		ret = mac_texts(ctx, job, key_len, text, tag);
	EVP_MAC_CTX_free(ctx);
	EVP_MAC_free(mac);
	return ret;
}

static int run_mac(const struct evp_job *job, const struct evp_alg *alg)
{
	return make_mac(job, alg, job->key_len, job->src, job->dst);
}

/* Encrypt, then MAC of AAD and ciphertext */
static int run_authenc(const struct evp_job *job, const struct evp_alg *alg)
{
	uint8_t tag[EVP_MAX_MD_SIZE];
	int ret;

	if (job->op == CRYPTOSIM_OP_ENCRYPT) {
		ret = run_cipher(job, alg);
		return ret ? ret : make_mac(job, alg, job->auth_len, job->dst,
					    job->tag);
	}
	ret = make_mac(job, alg, job->auth_len, job->src, tag);
	if (ret)
		return ret;
	if (CRYPTO_memcmp(tag, job->tag, job->tag_len))
		return -EBADMSG;
	return run_cipher(job, alg);
}

static const struct evp_alg algs[CRYPTOSIM_ALG_COUNT] = {
	[CRYPTOSIM_ALG_AES_CBC] = { run_cipher, .cipher = "AES-%zu-CBC" },
	[CRYPTOSIM_ALG_AES_CTR] = { run_cipher, .cipher = "AES-%zu-CTR" },
	[CRYPTOSIM_ALG_AES_XTS] = { run_xts, .cipher = "AES-%zu-XTS" },
	[CRYPTOSIM_ALG_AES_GCM] = { run_aead, .cipher = "AES-%zu-GCM" },
	[CRYPTOSIM_ALG_AES_CCM] = { run_aead, .cipher = "AES-%zu-CCM" },
	[CRYPTOSIM_ALG_CHACHA20_POLY1305] = {
		run_aead, .cipher = "ChaCha20-Poly1305"
	},
	[CRYPTOSIM_ALG_SHA256] = { run_hash, .digest = "SHA256" },
	[CRYPTOSIM_ALG_SHA384] = { run_hash, .digest = "SHA384" },
	[CRYPTOSIM_ALG_SHA512] = { run_hash, .digest = "SHA512" },
	[CRYPTOSIM_ALG_HMAC_SHA256] = {
		run_mac, .mac = "HMAC", .digest = "SHA256"
	},
	[CRYPTOSIM_ALG_HMAC_SHA384] = {
		run_mac, .mac = "HMAC", .digest = "SHA384"
	},
	[CRYPTOSIM_ALG_HMAC_SHA512] = {
		run_mac, .mac = "HMAC", .digest = "SHA512"
	},
	[CRYPTOSIM_ALG_CMAC_AES] = {
		run_mac, .mac = "CMAC", .cipher = "AES-%zu-CBC"
	},
	[CRYPTOSIM_ALG_AUTHENC_SHA1_CBC] = {
		run_authenc, .cipher = "AES-%zu-CBC", .mac = "HMAC",
		.digest = "SHA1"
	},
	[CRYPTOSIM_ALG_AUTHENC_SHA256_CBC] = {
		run_authenc, .cipher = "AES-%zu-CBC", .mac = "HMAC",
		.digest = "SHA256"
	},
};

int evp_run(const struct evp_job *job)
{
	const struct evp_alg *alg = &algs[job->alg];

	return alg->run(job, alg);
}
