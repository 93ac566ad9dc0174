// SPDX-License-Identifier: MIT
/* OpenSSL in this process: one EVP call after the other, nothing in flight. */
#include <stdlib.h>
#include "evp.h"

static bool takes(const struct bench_point *point)
{
	return point->kind->evp && point->depth == 1 &&
	       bench_kind_takes(point->kind, point->size);
}

static void open_cipher(struct evp *evp, const char *name,
			OSSL_LIB_CTX *libctx)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, name, NULL);

	evp->cipher = EVP_CIPHER_CTX_new();
	if (!cipher || !evp->cipher ||
	    !EVP_EncryptInit_ex2(evp->cipher, cipher, bench_bytes, bench_bytes,
				 NULL) ||
	    !EVP_CIPHER_CTX_set_padding(evp->cipher, 0))
		bench_fail("libcrypto has no %s", name);
	EVP_CIPHER_free(cipher);
}

static void open_digest(struct evp *evp, const char *name,
			OSSL_LIB_CTX *libctx)
{
	evp->md = EVP_MD_fetch(libctx, name, NULL);
	evp->digest = EVP_MD_CTX_new();
	if (!evp->md || !evp->digest)
		bench_fail("libcrypto has no %s", name);
}

void evp_open(struct evp *evp, const struct bench_kind *kind,
	      OSSL_LIB_CTX *libctx)
{
	if (kind->op == CRYPTOSIM_OP_DIGEST)
		open_digest(evp, kind->evp, libctx);
	else
		open_cipher(evp, kind->evp, libctx);
}

/* Returns whether it went well */
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

void evp_do(struct evp *evp, const struct bench_point *point)
{
	if (!do_one(evp, point))
		bench_fail("libcrypto fails at %s of %u bytes",
			   point->kind->evp, point->size);
}

void evp_close(struct evp *evp)
{
	EVP_CIPHER_CTX_free(evp->cipher);
	EVP_MD_CTX_free(evp->digest);
	EVP_MD_free(evp->md);
}

static void open_evp(struct bench_run *run)
{
	struct evp *evp = calloc(1, sizeof(*evp));

	if (!evp)
		bench_fail("no memory");
	run->state = evp;
	evp_open(evp, run->point->kind, NULL);
}

static void work(struct bench_run *run)
{
	uint64_t begin, now;

	do {
		begin = bench_stamp(run);
		evp_do(run->state, run->point);
		now = bench_stamp(run);
		bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_evp(struct bench_run *run)
{
	evp_close(run->state);
	free(run->state);
}

const struct bench_way bench_evp = {
	.name = "openssl", .rival = true, .takes = takes,
	.open = open_evp, .work = work, .close = close_evp,
};
