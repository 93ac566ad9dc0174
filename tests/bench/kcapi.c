// SPDX-License-Identifier: MIT
/*
 * AF_ALG by libkcapi: one call that sends and reads, and one that does so for
 * many texts by AIO. Its system calls can't be counted here.
 */
#include <kcapi.h>
#include <stdlib.h>
#include "afalg.h"

#define PAGE	4096
/* Bytes from one text to the next, each with room for a tag, on a page */
#define STRIDE	(BENCH_MAX_SIZE + PAGE)
/*
 * All texts go into the one socket before the first result is asked for. Where
 * they are more than its buffer takes (SO_SNDBUF, 208 KiB), libkcapi 1.4 waits
 * for ever; and for an answer to no text at all.
 */
#define MAX_FLYING	(128u << 10)

/**
 * struct kcapi - a handle with texts
 * @handle: the library's
 * @texts: texts, STRIDE bytes each
 * @results: likewise
 * @in: where each text is
 * @out: where each result goes
 */
struct kcapi {
	struct kcapi_handle *handle;
	unsigned char *texts;
	unsigned char *results;
	struct iovec in[BENCH_MAX_DEPTH];
	struct iovec out[BENCH_MAX_DEPTH];
};

static bool takes(const struct bench_point *point)
{
	return point->depth == 1 && afalg_takes(point);
}

static bool takes_aio(const struct bench_point *point)
{
	return point->kind->op != CRYPTOSIM_OP_DIGEST && point->size &&
	       point->depth * point->size <= MAX_FLYING && afalg_takes(point);
}

static void init(struct kcapi *kcapi, const struct bench_kind *kind,
		 uint32_t flags)
{
	int ret;

	if (kind->op == CRYPTOSIM_OP_DIGEST) {
		bench_check(kcapi_md_init(&kcapi->handle, kind->af_name, flags),
			    kind->af_name);
		return;
	}
	if (!kind->aead) {
		ret = kcapi_cipher_init(&kcapi->handle, kind->af_name, flags);
		bench_check(ret, kind->af_name);
		ret = kcapi_cipher_setkey(kcapi->handle, bench_bytes,
					  kind->key_len);
		bench_check(ret, "kcapi_cipher_setkey()");
		return;
	}
	ret = kcapi_aead_init(&kcapi->handle, kind->af_name, flags);
	bench_check(ret, kind->af_name);
	ret = kcapi_aead_setkey(kcapi->handle, bench_bytes, kind->key_len);
	bench_check(ret, "kcapi_aead_setkey()");
	bench_check(kcapi_aead_settaglen(kcapi->handle, BENCH_TAG),
		    "kcapi_aead_settaglen()");
	kcapi_aead_setassoclen(kcapi->handle, 0);
}

static void open_handle(struct bench_run *run, uint32_t flags)
{
	const struct bench_point *point = run->point;
	struct kcapi *kcapi = calloc(1, sizeof(*kcapi));
	unsigned int i;

	if (!kcapi)
		bench_fail("no memory");
	run->state = kcapi;
	init(kcapi, point->kind, flags);
	kcapi->texts = aligned_alloc(PAGE, (size_t)point->depth * STRIDE);
	kcapi->results = aligned_alloc(PAGE, (size_t)point->depth * STRIDE);
	if (!kcapi->texts || !kcapi->results)
		bench_fail("no memory");
	memset(kcapi->texts, 0x5a, (size_t)point->depth * STRIDE);
	memset(kcapi->results, 0, (size_t)point->depth * STRIDE);
	for (i = 0; i < point->depth; i++) {
		kcapi->in[i].iov_base = kcapi->texts + (size_t)i * STRIDE;
		kcapi->in[i].iov_len = point->size;
		kcapi->out[i].iov_base = kcapi->results + (size_t)i * STRIDE;
		kcapi->out[i].iov_len = point->size + (point->kind->aead ?
						       BENCH_TAG : 0);
	}
}

static void open_sync(struct bench_run *run)
{
	open_handle(run, 0);
}

static void open_aio(struct bench_run *run)
{
	open_handle(run, KCAPI_INIT_AIO);
}

static ssize_t do_one(struct kcapi *kcapi, const struct bench_kind *kind)
{
	const struct iovec *in = &kcapi->in[0], *out = &kcapi->out[0];

	if (kind->op == CRYPTOSIM_OP_DIGEST)
		return kcapi_md_digest(kcapi->handle, in->iov_base, in->iov_len,
				       out->iov_base, kind->tag_len);
	if (kind->aead)
		return kcapi_aead_encrypt(kcapi->handle, in->iov_base,
					  in->iov_len, bench_bytes,
					  out->iov_base, out->iov_len,
					  KCAPI_ACCESS_SENDMSG);
	return kcapi_cipher_encrypt(kcapi->handle, in->iov_base, in->iov_len,
				    bench_bytes, out->iov_base, out->iov_len,
				    KCAPI_ACCESS_SENDMSG);
}

static ssize_t do_all(struct kcapi *kcapi, const struct bench_kind *kind,
		      unsigned int depth)
{
	if (kind->aead)
		return kcapi_aead_encrypt_aio(kcapi->handle, kcapi->in,
					      kcapi->out, depth, bench_bytes,
					      KCAPI_ACCESS_SENDMSG);
	return kcapi_cipher_encrypt_aio(kcapi->handle, kcapi->in, kcapi->out,
					depth, bench_bytes,
					KCAPI_ACCESS_SENDMSG);
}

static void work(struct bench_run *run)
{
	uint64_t begin, now;

	do {
		begin = bench_stamp(run);
		bench_check((int)do_one(run->state, run->point->kind),
			    "libkcapi");
		now = bench_stamp(run);
		bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void work_aio(struct bench_run *run)
{
	unsigned int i, depth = run->point->depth;
	const struct kcapi *kcapi = run->state;
	uint64_t begin, now;
	ssize_t ret;

	do {
		begin = bench_stamp(run);
		ret = do_all(run->state, run->point->kind, depth);
		if (ret != (ssize_t)(depth * kcapi->out[0].iov_len))
			bench_fail("libkcapi's AIO ends with %zd", ret);
		now = bench_stamp(run);
		for (i = 0; i < depth; i++)
			bench_done(run, begin, now);
	} while (!bench_over(run, now));
}

static void close_handle(struct bench_run *run)
{
	const struct bench_kind *kind = run->point->kind;
	struct kcapi *kcapi = run->state;

	if (kind->op == CRYPTOSIM_OP_DIGEST)
		kcapi_md_destroy(kcapi->handle);
	else if (kind->aead)
		kcapi_aead_destroy(kcapi->handle);
	else
		kcapi_cipher_destroy(kcapi->handle);
	free(kcapi->texts);
	free(kcapi->results);
	free(kcapi);
}

const struct bench_way bench_kcapi = {
	.name = "libkcapi", .rival = true, .uncounted = true, .takes = takes,
	.open = open_sync, .work = work, .close = close_handle,
};

const struct bench_way bench_kcapi_aio = {
	.name = "libkcapi-aio", .rival = true, .uncounted = true,
	.takes = takes_aio,
	.open = open_aio, .work = work_aio, .close = close_handle,
};
