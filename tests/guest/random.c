// SPDX-License-Identifier: MIT
/*
 * Random cases, compared with libcrypto byte for byte: every key size, lengths
 * of tag, nonce and AAD, texts of 0 to 64 KiB, anywhere in the arena or in
 * ordinary memory, many in flight at once over several sessions. The seed that
 * a failure names repeats it, by CRYPTOSIM_SEED in the environment.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include <string.h>
#include "evp.h"
#include "guest.h"
#include "rng.h"
#include "trial.h"
#include "vectorfile.h"

#define CASES		600
#define DEPTH		64	/* in flight at once */
#define KEYS		21	/* three for each of seven lengths of tag */
#define SESSIONS	4
#define MAX_TEXT	65536
#define MAX_IV		16
#define MAX_TAG		64
#define ARENA		(16u << 20)
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* What can't be said by the ends of a range; 0 ends a list */
#define TAGS		7
static const size_t tag_lens[CRYPTOSIM_ALG_COUNT][TAGS] = {
	[CRYPTOSIM_ALG_AES_GCM] = { 4, 8, 12, 13, 14, 15, 16 },
	[CRYPTOSIM_ALG_AES_CCM] = { 4, 6, 8, 10, 12, 14, 16 },
};

/* A key, and what it was made of */
struct random_key {
	struct async_key key;
	uint8_t material[CRYPTOSIM_MAX_KEY_LEN];
	size_t key_len;
	size_t auth_len;
};

enum slot_state { FREE, WAITING, FLYING };

/* A case, from when it was made until it is collected */
struct slot {
	enum slot_state state;
	unsigned int number;
	const struct random_key *key;
	struct trial_spec spec;
	struct trial trial;
	struct async_request *request;
	uint8_t iv[MAX_IV];
};

/* The inputs and the reference's output of the case that is being made */
struct work {
	uint8_t plain[MAX_TEXT];
	uint8_t sealed[MAX_TEXT];
	uint8_t opened[MAX_TEXT];
	uint8_t aad[CRYPTOSIM_MAX_AAD];
	uint8_t tag[MAX_TAG];
};

static struct cryptosim_alg_info info;
static struct async_session *sessions[SESSIONS + 1];
static struct async_queue *queue;
static struct random_key keys[KEYS];
static struct slot slots[DEPTH];
static struct work work;
static struct rng rng;
static uint64_t seed;

static void setup(void)
{
	struct async_queue_params params = { .arena_size = ARENA };
	unsigned int i;

	guest_load(NULL);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	/* The last stays NULL: announced nowhere */
	for (i = 0; i < SESSIONS; i++)
		cr_assert_eq(async_session_open(queue, &sessions[i]), 0);
	seed = rng_seed();
	rng.state = seed;
}

static void teardown(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		async_session_close(sessions[i]);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(random, .init = setup, .fini = teardown, .timeout = 300);

static size_t between(size_t min, size_t max)
{
	return min + rng_below(&rng, max - min + 1);
}

/* Each size in its turn where they are few, else the ends and any */
static size_t pick_size(unsigned int turn, size_t min, size_t max, size_t step)
{
	size_t sizes = max > min ? (max - min) / step + 1 : 1;

	if (sizes <= 3)
		return min + step * (turn % sizes);
	return turn < 2 ? (turn ? max : min) : between(min, max);
}

static void make_key(unsigned int turn)
{
	struct random_key *k = &keys[turn];
	struct async_key_params params = {
		.alg = info.alg,
		.key = k->material,
		.iv_len = pick_size(turn / 3 + 2, info.iv_min, info.iv_max, 1),
		.tag_len = tag_lens[info.alg][turn / 3],
	};
	int ret;

	if (!params.tag_len && info.tag_max)
		params.tag_len = pick_size(turn, info.tag_min, info.tag_max, 1);
	if (info.auth_max)
		k->auth_len = pick_size(turn, 0, info.auth_max, 1);
	k->key_len = k->auth_len + pick_size(turn, info.key_min, info.key_max,
					     info.key_step);
	rng_fill(&rng, k->material, k->key_len);
	params.key_len = k->key_len;
	params.auth_len = k->auth_len;
	ret = async_key_add(queue, &params, &k->key);
	cr_assert_eq(ret, 0, "key of %zu + %zu bytes, tag %zu, IV %zu: %s",
		     k->auth_len, k->key_len - k->auth_len, params.tag_len,
		     params.iv_len, strerror(-ret));
}

/* Edges, and lengths of every order */
static size_t pick_len(size_t max)
{
	static const size_t edges[] = {
		0, 1, 15, 16, 17, 63, 64, 65, 255, 256, 4095, 4096, 4097,
		65535, 65536,
	};
	static const size_t orders[] = { 64, 1024, 8192, 65536 };

	if (!rng_below(&rng, 4))
		return edges[rng_below(&rng, ARRAY_SIZE(edges))];
	return between(0, orders[rng_below(&rng, ARRAY_SIZE(orders))]) % max;
}

static size_t pick_text_len(void)
{
	size_t len = pick_len(MAX_TEXT + 1);

	if (info.alg == CRYPTOSIM_ALG_AES_XTS && len < 16)
		len += 16;
	return len - len % info.block;
}

static int reference(const struct slot *slot, enum cryptosim_op op,
		     const uint8_t *src, uint8_t *dst)
{
	const struct random_key *k = slot->key;
	struct evp_job job = {
		.alg = info.alg,
		.op = op,
		.key = k->material,
		.key_len = k->key_len,
		.auth_len = k->auth_len,
		.iv = slot->iv,
		.iv_len = k->key.iv_len,
		.aad = work.aad,
		.aad_len = slot->spec.aad_len,
		.src = src,
		.len = slot->spec.len,
		.dst = dst,
		.tag = work.tag,
		.tag_len = k->key.tag_len,
	};

	return evp_run(&job);
}

static void flip_bit(uint8_t *mem, size_t len)
{
	if (len)
		mem[rng_below(&rng, len)] ^= 1u << rng_below(&rng, 8);
}

/* Changes one bit of what a decryption gets */
static void corrupt(const struct slot *slot)
{
	switch (rng_below(&rng, 3)) {
	case 0:
		flip_bit(work.sealed, slot->spec.len);
		break;
	case 1:
		flip_bit(work.aad, slot->spec.aad_len);
		break;
	default:
		flip_bit(work.tag, slot->key->key.tag_len);
	}
}

/* CCM: the nonce leaves so many bytes of its block to the length */
static bool too_long(const struct slot *slot)
{
	return info.alg == CRYPTOSIM_ALG_AES_CCM &&
	       slot->key->key.iv_len == 13 && slot->spec.len > 65535;
}

/* The outcome, by libcrypto */
static void refer(struct slot *slot)
{
	struct trial_spec *spec = &slot->spec;
	enum cryptosim_op first = spec->opcode;
	int ret;

	spec->src = work.plain;
	spec->want = work.sealed;
	if (too_long(slot)) {
		spec->result = -EOVERFLOW;
		return;
	}
	if (spec->opcode == CRYPTOSIM_OP_DECRYPT)
		first = CRYPTOSIM_OP_ENCRYPT;
	ret = reference(slot, first, work.plain, work.sealed);
	cr_assert_eq(ret, 0, "libcrypto: %s", strerror(-ret));
	if (first == spec->opcode)
		return;
	if (slot->key->key.aead && !rng_below(&rng, 4))
		corrupt(slot);
	spec->src = work.sealed;
	spec->want = work.opened;
	spec->result = reference(slot, CRYPTOSIM_OP_DECRYPT, work.sealed,
				 work.opened);
	cr_assert(!spec->result || spec->result == -EBADMSG,
		  "libcrypto: %s", strerror(-spec->result));
}

static enum cryptosim_op pick_op(void)
{
	enum cryptosim_op op;

	do {
		op = rng_below(&rng, CRYPTOSIM_OP_COUNT);
	} while (!(info.ops & 1u << op));
	return op;
}

/* Makes a case; false: the arena is full */
static bool make_case(struct slot *slot, unsigned int number)
{
	*slot = (struct slot) { .number = number };
	slot->key = &keys[rng_below(&rng, KEYS)];
	slot->spec = (struct trial_spec) {
		.opcode = pick_op(),
		.key = &slot->key->key,
		.iv = slot->iv,
		.aad = work.aad,
		.len = pick_text_len(),
		.tag = work.tag,
		.ways = rng_below(&rng, TRIAL_WAYS),
		.skew = rng_below(&rng, GUARDED_SKEW),
	};
	if (slot->key->key.aead && rng_below(&rng, 4))
		slot->spec.aad_len = pick_len(rng_below(&rng, 16) ? 512 :
					      CRYPTOSIM_MAX_AAD + 1);
	rng_fill(&rng, slot->iv, slot->key->key.iv_len);
	rng_fill(&rng, work.aad, slot->spec.aad_len);
	rng_fill(&rng, work.plain, slot->spec.len);
	refer(slot);
	if (trial_make(&slot->trial, queue, &slot->spec))
		return false;
	slot->trial.op.session = sessions[rng_below(&rng, SESSIONS + 1)];
	slot->state = WAITING;
	return true;
}

/* Hands over what is waiting, as much as there is room for */
static unsigned int prepare_waiting(void)
{
	struct async_request *requests[DEPTH];
	struct async_op ops[DEPTH];
	struct slot *from[DEPTH];
	unsigned int n = 0, i;
	int ret;

	for (i = 0; i < DEPTH; i++) {
		if (slots[i].state != WAITING)
			continue;
		from[n] = &slots[i];
		ops[n++] = slots[i].trial.op;
	}
	ret = async_prepare(queue, ops, n, requests);
	cr_assert_geq(ret, 0, "async_prepare(): %s", strerror(-ret));
	for (i = 0; i < (unsigned int)ret; i++) {
		from[i]->state = FLYING;
		from[i]->request = requests[i];
	}
	return n - i;
}

static void judge(struct slot *slot)
{
	const struct trial_spec *spec = &slot->spec;
	const struct random_key *k = slot->key;
	int ret = async_collect(slot->request);
	const char *wrong = trial_judge(&slot->trial, ret);

	if (wrong) {
		cr_log_error("op %d, key %zu + %zu, IV %u, tag %u", spec->opcode,
			     k->auth_len, k->key_len - k->auth_len,
			     k->key.iv_len, k->key.tag_len);
		cr_log_error("text %zu, AAD %zu, ways %#x, skew %zu", spec->len,
			     spec->aad_len, spec->ways, spec->skew);
	}
	cr_assert_null(wrong, "CRYPTOSIM_SEED=%#llx, case %u: %s (%d, not %d)",
		       (unsigned long long)seed, slot->number, wrong, ret,
		       slot->trial.result);
	trial_free(&slot->trial);
	slot->state = FREE;
}

/* Ends what is done; returns how many that were */
static unsigned int collect_done(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < DEPTH; i++) {
		if (slots[i].state != FLYING || !async_done(slots[i].request))
			continue;
		judge(&slots[i]);
		n++;
	}
	return n;
}

/* Makes cases while slots and the arena have room for them */
static unsigned int make_cases(unsigned int made)
{
	unsigned int i;

	for (i = 0; i < DEPTH && made < CASES; i++) {
		if (slots[i].state != FREE)
			continue;
		if (!make_case(&slots[i], made))
			break;
		made++;
	}
	return made;
}

static void run_cases(void)
{
	unsigned int made = 0, done = 0, waiting;
	int ret;

	while (done < CASES) {
		made = make_cases(made);
		waiting = prepare_waiting();
		cr_assert_gt(made - done, waiting, "no room in an empty queue");
		ret = async_submit_wait(queue, 1, ASYNC_FOREVER);
		cr_assert_gt(ret, 0, "async_submit_wait(): %s", strerror(-ret));
		done += collect_done();
	}
}

static void run_alg(enum cryptosim_alg alg)
{
	unsigned int i;
	int ret;

	ret = async_queue_alg(queue, alg, &info);
	if (ret == -EOPNOTSUPP)
		cr_skip_test("the running kernel lacks %s",
			     vector_alg_name(alg));
	cr_assert_eq(ret, 0);
	cr_log_info("%s: %d cases, CRYPTOSIM_SEED=%#llx", info.driver, CASES,
		    (unsigned long long)seed);
	for (i = 0; i < KEYS; i++)
		make_key(i);
	run_cases();
}

Test(random, aes_cbc)
{
	run_alg(CRYPTOSIM_ALG_AES_CBC);
}

Test(random, aes_ctr)
{
	run_alg(CRYPTOSIM_ALG_AES_CTR);
}

Test(random, aes_xts)
{
	run_alg(CRYPTOSIM_ALG_AES_XTS);
}

Test(random, aes_gcm)
{
	run_alg(CRYPTOSIM_ALG_AES_GCM);
}

Test(random, aes_ccm)
{
	run_alg(CRYPTOSIM_ALG_AES_CCM);
}

Test(random, chacha20_poly1305)
{
	run_alg(CRYPTOSIM_ALG_CHACHA20_POLY1305);
}

Test(random, sha256)
{
	run_alg(CRYPTOSIM_ALG_SHA256);
}

Test(random, sha384)
{
	run_alg(CRYPTOSIM_ALG_SHA384);
}

Test(random, sha512)
{
	run_alg(CRYPTOSIM_ALG_SHA512);
}

Test(random, hmac_sha256)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA256);
}

Test(random, hmac_sha384)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA384);
}

Test(random, hmac_sha512)
{
	run_alg(CRYPTOSIM_ALG_HMAC_SHA512);
}

Test(random, cmac_aes)
{
	run_alg(CRYPTOSIM_ALG_CMAC_AES);
}

Test(random, authenc_sha1_cbc)
{
	run_alg(CRYPTOSIM_ALG_AUTHENC_SHA1_CBC);
}

Test(random, authenc_sha256_cbc)
{
	run_alg(CRYPTOSIM_ALG_AUTHENC_SHA256_CBC);
}
