// SPDX-License-Identifier: MIT
/* OpenSSL in this process: one EVP call after the other, nothing in flight. */
#include <openssl/evp.h>
#include <stdlib.h>
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

static bool takes(const struct bench_point *point)
{
	return point->kind->evp && point->depth == 1 &&
	       bench_kind_takes(point->kind, point->size);
}

static void open_cipher(struct evp *evp, const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);

	evp->cipher = EVP_CIPHER_CTX_new();
	if (!cipher || !evp->cipher ||
	    !EVP_EncryptInit_ex2(evp->cipher, cipher, bench_bytes, bench_bytes,
				 NULL) ||
	    !EVP_CIPHER_CTX_set_padding(evp->cipher, 0))
		bench_fail("libcrypto has no %s", name);
	EVP_CIPHER_free(cipher);
}

static void open_digest(struct evp *evp, const char *name)
{
	evp->md = EVP_MD_fetch(NULL, name, NULL);
	evp->digest = EVP_MD_CTX_new();
	if (!evp->md || !evp->digest)
		bench_fail("libcrypto has no %s", name);
}

static void open_evp(struct bench_run *run)
{
	const struct bench_kind *kind = run->point->kind;
	struct evp *evp = calloc(1, sizeof(*evp));

	if (!evp)
		bench_fail("no memory");
	run->state = evp;
	if (kind->op == CRYPTOSIM_OP_DIGEST)
		open_digest(evp, kind->evp);
	else
		open_cipher(evp, kind->evp);
}

/* One request; returns whether it went well */
static bool do_one(struct evp *evp, const struct bench_point *point)
{
	int size = (int)point->size;
	int len = 0;

	if (evp->digest)
		return EVP_DigestInit_ex2(evp->digest, evp->md, NULL) &&
		       EVP_DigestUpdate(evp->digest, evp->text, point->size) &&
		       EVP_DigestFinal_ex(evp->digest, evp->tag, NULL);
	return EVP_EncryptInit_ex2(evp->cipher, NULL, NULL, bench_bytes, NULL) &&
	       EVP_EncryptUpdate(evp->cipher, evp->text, &len, evp->text, size) &&
	       EVP_EncryptFinal_ex(evp->cipher, evp->text + len, &len) &&
	       (!point->kind->aead ||
		EVP_CIPHER_CTX_ctrl(evp->cipher, EVP_CTRL_AEAD_GET_TAG,
				    BENCH_TAG, evp->tag));
}

static void work(struct bench_run *run)
{
	uint64_t begin, now;

	do {
		begin = bench_stamp(run);
		if (!do_one(run->state, run->point))
			bench_fail("libcrypto fails at %s of %u bytes",
				   run->point->kind->evp, run->point->size);
		now = bench_stamp(run);
		bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_evp(struct bench_run *run)
{
	struct evp *evp = run->state;

	EVP_CIPHER_CTX_free(evp->cipher);
	EVP_MD_CTX_free(evp->digest);
	EVP_MD_free(evp->md);
	free(evp);
}

const struct bench_way bench_evp = {
	.name = "openssl", .rival = true, .takes = takes,
	.open = open_evp, .work = work, .close = close_evp,
};
