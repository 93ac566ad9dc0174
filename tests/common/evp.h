/* SPDX-License-Identifier: MIT */
/* The reference: what libcrypto makes of an operation. */
#ifndef COMMON_EVP_H
#define COMMON_EVP_H

#include <stddef.h>
#include <stdint.h>
#include <linux/cryptosim.h>

/**
 * struct evp_job - an operation
 * @alg: the algorithm
 * @op: CRYPTOSIM_OP_ENCRYPT, _DECRYPT or _DIGEST
 * @key: key material; authenc: the MAC's key, then the cipher's
 * @key_len: its bytes
 * @auth_len: authenc: how many of them are the MAC's key
 * @iv: the IV
 * @iv_len: its bytes
 * @aad: additional authenticated data
 * @aad_len: its bytes
 * @src: the text
 * @len: its bytes
 * @dst: out: @len bytes, or @tag_len of them for a digest. Not @src
 * @tag: AEAD: out of an encryption, in for a decryption
 * @tag_len: bytes of tag, digest or MAC
 */
struct evp_job {
	enum cryptosim_alg alg;
	enum cryptosim_op op;
	const uint8_t *key;
	size_t key_len;
	size_t auth_len;
	const uint8_t *iv;
	size_t iv_len;
	const uint8_t *aad;
	size_t aad_len;
	const uint8_t *src;
	size_t len;
	uint8_t *dst;
	uint8_t *tag;
	size_t tag_len;
};

/**
 * evp_run() - have libcrypto do it
 * @job: what to do; an algorithm that libcrypto has not (AES-192-XTS, authenc)
 *	is composed of those that it has
 *
 * Return: 0; -EBADMSG: wrong tag; -EIO: libcrypto refuses.
 */
int evp_run(const struct evp_job *job);

#endif /* COMMON_EVP_H */
