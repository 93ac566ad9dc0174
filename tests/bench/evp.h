/* SPDX-License-Identifier: MIT */
/* Requests by libcrypto's EVP, one call after the other. */
#ifndef BENCH_EVP_H
#define BENCH_EVP_H

#include <openssl/evp.h>
#include "bench.h"

/**
 * struct evp - a context with its key
 * @cipher: its context, or NULL
 * @digest: likewise
 * @md: its algorithm
 * @text: text and result
 * @tag: tag or digest
 */
struct evp {
	EVP_CIPHER_CTX *cipher;
	EVP_MD_CTX *digest;
	EVP_MD *md;
	unsigned char text[BENCH_MAX_SIZE];
	unsigned char tag[BENCH_DIGEST];
};

/* Fetches the kind from @libctx, or ends the program */
void evp_open(struct evp *evp, const struct bench_kind *kind,
	      OSSL_LIB_CTX *libctx);

/* One request, or the program ends */
void evp_do(struct evp *evp, const struct bench_point *point);

void evp_close(struct evp *evp);

#endif /* BENCH_EVP_H */
