// SPDX-License-Identifier: MIT
/*
 * Known answers: what was published, in both directions, in place and not,
 * from the arena and copied. An algorithm is a test; it fails if the files have
 * nothing on it, or not all key sizes.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <glob.h>
#include <libasync/async.h>
#include <stdlib.h>
#include <string.h>
#include "guest.h"
#include "op.h"
#include "trial.h"
#include "vectorfile.h"

#define FILES		"/vectors/*.txt"
#define MAX_SIZES	3

/* What there has to be: bytes of key (none: any), and wrong tags */
static const struct wanted {
	size_t key_lens[MAX_SIZES];
	bool rejected;
} wanted[CRYPTOSIM_ALG_COUNT] = {
	[CRYPTOSIM_ALG_AES_CBC] = { { 16, 24, 32 }, false },
	[CRYPTOSIM_ALG_AES_CTR] = { { 16, 24, 32 }, false },
	[CRYPTOSIM_ALG_AES_XTS] = { { 32, 48, 64 }, false },
	[CRYPTOSIM_ALG_AES_GCM] = { { 16, 24, 32 }, true },
	[CRYPTOSIM_ALG_AES_CCM] = { { 16, 24, 32 }, true },
	[CRYPTOSIM_ALG_CHACHA20_POLY1305] = { { 32 }, true },
	[CRYPTOSIM_ALG_CMAC_AES] = { { 16, 24, 32 }, false },
	[CRYPTOSIM_ALG_AUTHENC_SHA1_CBC] = { { 16, 24, 32 }, false },
	[CRYPTOSIM_ALG_AUTHENC_SHA256_CBC] = { { 16, 24, 32 }, false },
};

/* What there is of an algorithm */
struct found {
	unsigned int vectors;
	unsigned int rejected;
	bool key_lens[MAX_SIZES];
};

static struct async_queue *queue;

static void setup(void)
{
	guest_load(NULL);
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
}

static void teardown(void)
{
	async_queue_close(queue);
	guest_unload();
}

TestSuite(vectors, .init = setup, .fini = teardown);

static void add_key(const struct vector *v, bool aead, struct async_key *key)
{
	size_t key_len = v->authkey.len + v->key.len;
	uint8_t *material = malloc(key_len + 1);
	struct async_key_params params = {
		.alg = v->alg,
		.key = material,
		.key_len = key_len,
		.auth_len = v->authkey.len,
		.iv_len = v->iv.len,
		.tag_len = aead ? v->tag.len : 0,
	};
	int ret;

	cr_assert_not_null(material);
	memcpy(material, v->authkey.data, v->authkey.len);
	memcpy(material + v->authkey.len, v->key.data, v->key.len);
	/* A digest may be published in part; a cipher has none */
	if (!v->iv.len && !aead)
		params.tag_len = v->dst.len;
	ret = async_key_add(queue, &params, key);
	cr_assert_eq(ret, 0, "%s: key: %s", v->name, strerror(-ret));
	free(material);
}

static void run_way(const struct vector *v, const struct async_key *key,
		    enum cryptosim_op opcode, unsigned int ways)
{
	bool back = opcode == CRYPTOSIM_OP_DECRYPT;
	const struct bytes *from = back ? &v->dst : &v->src;
	struct trial_spec spec = {
		.opcode = opcode,
		.key = key,
		.iv = v->iv.data,
		.aad = v->aad.data,
		.aad_len = v->aad.len,
		.src = from->data,
		.len = from->len,
		.want = back ? v->src.data : v->dst.data,
		.tag = v->tag.data,
		.result = v->result,
		.ways = ways,
		.skew = (v->src.len + v->aad.len) % GUARDED_SKEW,
	};
	const char *wrong;
	struct trial t;
	int ret;

	cr_assert_eq(trial_make(&t, queue, &spec), 0);
	ret = op_run(queue, &t.op);
	wrong = trial_judge(&t, ret);
	cr_expect_null(wrong, "%s, %s%s, %s: %s (returned %d)", v->name,
		       back ? "backwards" : "forwards",
		       ways & TRIAL_IN_PLACE ? ", in place" : "",
		       ways & TRIAL_ARENA ? "arena" : "copied", wrong, ret);
	trial_free(&t);
}

static void run_vector(const struct vector *v, unsigned int ops)
{
	static const unsigned int ways[] = {
		0, TRIAL_IN_PLACE, TRIAL_ARENA, TRIAL_ARENA | TRIAL_IN_PLACE,
	};
	struct async_key key;
	unsigned int op, i;

	add_key(v, v->tag.given, &key);
	if (v->result)
		ops = 1u << CRYPTOSIM_OP_DECRYPT;
	for (op = 0; op < CRYPTOSIM_OP_COUNT; op++) {
		if (!(ops & 1u << op))
			continue;
		for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
			run_way(v, &key, op, ways[i]);
	}
	cr_assert_eq(async_key_del(queue, &key), 0);
}

static void note(struct found *found, const struct vector *v)
{
	unsigned int i;

	found->vectors++;
	found->rejected += v->result != 0;
	for (i = 0; i < MAX_SIZES; i++)
		if (!v->result && v->key.len == wanted[v->alg].key_lens[i])
			found->key_lens[i] = true;
}

/* Runs what the file has of the algorithm; returns how many it has in all */
static unsigned int run_file(const char *path, enum cryptosim_alg alg,
			     unsigned int ops, struct found *found)
{
	struct vector_file file;
	unsigned int count = 0;
	struct vector v;
	int ret;

	ret = vector_file_open(&file, path);
	cr_assert_eq(ret, 0, "%s: %s", path, strerror(-ret));
	while ((ret = vector_next(&file, &v)) > 0) {
		count++;
		if (v.alg == alg) {
			run_vector(&v, ops);
			note(found, &v);
		}
		vector_free(&v);
	}
	cr_assert_eq(ret, 0, "%s:%u: not a line of a vector", path, file.line);
	vector_file_close(&file);
	return count;
}

static void run_files(enum cryptosim_alg alg, unsigned int ops,
		      struct found *found)
{
	glob_t files;
	size_t i;

	cr_assert_eq(glob(FILES, 0, NULL, &files), 0, "there are no " FILES);
	for (i = 0; i < files.gl_pathc; i++)
		cr_assert_gt(run_file(files.gl_pathv[i], alg, ops, found), 0,
			     "%s has no vectors", files.gl_pathv[i]);
	globfree(&files);
}

static void run_alg(enum cryptosim_alg alg)
{
	const struct wanted *want = &wanted[alg];
	const char *name = vector_alg_name(alg);
	struct cryptosim_alg_info info;
	struct found found = { 0 };
	unsigned int i;
	int ret;

	ret = async_queue_alg(queue, alg, &info);
	if (ret == -EOPNOTSUPP)
		cr_skip_test("the running kernel lacks %s", name);
	cr_assert_eq(ret, 0);
	run_files(alg, info.ops, &found);
	cr_log_info("%s: %u vectors, by %s", name, found.vectors, info.driver);
	cr_expect_gt(found.vectors, 0, "no vectors of %s", name);
	cr_expect(found.rejected || !want->rejected,
		  "no vectors of %s with a wrong tag", name);
	for (i = 0; i < MAX_SIZES; i++)
		cr_expect(found.key_lens[i] || !want->key_lens[i],
			  "no vectors of %s with %zu bytes of key", name,
			  want->key_lens[i]);
}

Test(vectors, aes_cbc)
{
	run_alg(CRYPTOSIM_ALG_AES_CBC);
}

Test(vectors, aes_ctr)
{
	run_alg(CRYPTOSIM_ALG_AES_CTR);
}

Test(vectors, aes_xts)
{
	run_alg(CRYPTOSIM_ALG_AES_XTS);
}

Test(vectors, aes_gcm)
{
	run_alg(CRYPTOSIM_ALG_AES_GCM);
}

Test(vectors, aes_ccm)
{
	run_alg(CRYPTOSIM_ALG_AES_CCM);
}

Test(vectors, chacha20_poly1305)
{
	run_alg(CRYPTOSIM_ALG_CHACHA20_POLY1305);
}

Test(vectors, sha256)
{
	run_alg(CRYPTOSIM_ALG_SHA256);
}

Test(vectors, sha384)
{
	run_alg(CRYPTOSIM_ALG_SHA384);
}

Test(vectors, sha512)
{
	run_alg(CRYPTOSIM_ALG_SHA512);
}

Test(vectors, hmac_sha256)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA256);
}

Test(vectors, hmac_sha384)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA384);
}

Test(vectors, hmac_sha512)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA512);
}

Test(vectors, cmac_aes)
{
	run_alg(CRYPTOSIM_ALG_CMAC_AES);
}

Test(vectors, authenc_sha1_cbc)
{
	run_alg(CRYPTOSIM_ALG_AUTHENC_SHA1_CBC);
}

Test(vectors, authenc_sha256_cbc)
{
	run_alg(CRYPTOSIM_ALG_AUTHENC_SHA256_CBC);
}
