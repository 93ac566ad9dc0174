// SPDX-License-Identifier: MIT
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "evp.h"
#include "mix.h"

#define LONG		16384	/* the pattern, bytes */
#define SHORT		1024	/* what most texts have at most */
#define BLOCK		16

enum tag_kind { NO_TAG, GOOD_TAG, WRONG_TAG };
enum { KEY_CTR, KEY_CBC, KEY_GCM, KEY_SHA, KEYS };

/* All that is known beforehand; from the arena's copy comes what isn't copied */
struct pattern {
	uint8_t text[LONG];
	uint8_t ctr[LONG];
	uint8_t cbc[SHORT];
	uint8_t gcm[SHORT];
	uint8_t tags[SHORT + 1][MIX_TAG];
	uint8_t digests[SHORT + 1][MIX_DIGEST];
};

/*
 * A kind of request: in how many of a hundred cases, what it does, from which
 * part of the pattern and to which, and in what steps lengths come.
 */
static const struct kind {
	unsigned int percent;
	enum cryptosim_op opcode;
	unsigned int key;
	size_t from;
	size_t to;
	size_t step;
	enum tag_kind tag;
} kinds[] = {
#define PART(name)	offsetof(struct pattern, name)
	{ 60, CRYPTOSIM_OP_NOP, 0, 0, 0, 0, NO_TAG },
	{ 8, CRYPTOSIM_OP_ENCRYPT, KEY_CTR, PART(text), PART(ctr), 1, NO_TAG },
	{ 8, CRYPTOSIM_OP_DECRYPT, KEY_CTR, PART(ctr), PART(text), 1, NO_TAG },
	{ 5, CRYPTOSIM_OP_ENCRYPT, KEY_CBC, PART(text), PART(cbc), BLOCK,
	  NO_TAG },
	{ 4, CRYPTOSIM_OP_DECRYPT, KEY_CBC, PART(cbc), PART(text), BLOCK,
	  NO_TAG },
	{ 5, CRYPTOSIM_OP_ENCRYPT, KEY_GCM, PART(text), PART(gcm), 1,
	  GOOD_TAG },
	{ 4, CRYPTOSIM_OP_DECRYPT, KEY_GCM, PART(gcm), PART(text), 1,
	  GOOD_TAG },
	{ 1, CRYPTOSIM_OP_DECRYPT, KEY_GCM, PART(gcm), PART(text), 1,
	  WRONG_TAG },
	{ 5, CRYPTOSIM_OP_DIGEST, KEY_SHA, PART(text), PART(digests), 1,
	  NO_TAG },
};

static const uint8_t material[32] = { 'm', 'i', 'x' };
static const uint8_t iv[BLOCK];

static const struct async_key_params key_params[KEYS] = {
	[KEY_CTR] = { CRYPTOSIM_ALG_AES_CTR, material, 16, 0, 0, 0 },
	[KEY_CBC] = { CRYPTOSIM_ALG_AES_CBC, material, 32, 0, 0, 0 },
	[KEY_GCM] = { CRYPTOSIM_ALG_AES_GCM, material, 32, 0, 0, 0 },
	[KEY_SHA] = { CRYPTOSIM_ALG_SHA256, NULL, 0, 0, 0, 0 },
};

static struct mix {
	struct async_queue *queue;
	struct async_key keys[KEYS];
	struct pattern pattern;
	struct pattern *arena;
} mix;

/* Has libcrypto make a piece of the pattern out of the text */
static void seal(unsigned int key, enum cryptosim_op op, size_t len,
		 uint8_t *dst, uint8_t *tag)
{
	struct evp_job job = {
		.alg = key_params[key].alg,
		.op = op,
		.key = material,
		.key_len = key_params[key].key_len,
		.iv = iv,
		.iv_len = mix.keys[key].iv_len,
		.src = mix.pattern.text,
		.len = len,
		.dst = dst,
		.tag = tag,
		.tag_len = mix.keys[key].tag_len,
	};

	cr_assert_eq(evp_run(&job), 0);
}

static void make_pattern(void)
{
	struct pattern *p = &mix.pattern;
	struct rng rng = { .state = 0 };
	size_t len;

	rng_fill(&rng, p->text, sizeof(p->text));
	seal(KEY_CTR, CRYPTOSIM_OP_ENCRYPT, LONG, p->ctr, NULL);
	seal(KEY_CBC, CRYPTOSIM_OP_ENCRYPT, SHORT, p->cbc, NULL);
	/* A shorter text's ciphertext is the front of a longer one's */
	for (len = 0; len <= SHORT; len++) {
		seal(KEY_GCM, CRYPTOSIM_OP_ENCRYPT, len, p->gcm, p->tags[len]);
		seal(KEY_SHA, CRYPTOSIM_OP_DIGEST, len, p->digests[len], NULL);
	}
}

void mix_open(struct async_queue *queue)
{
	unsigned int i;

	mix.queue = queue;
	for (i = 0; i < KEYS; i++)
		cr_assert_eq(async_key_add(queue, &key_params[i], &mix.keys[i]),
			     0);
	make_pattern();
	mix.arena = async_buf_alloc(queue, sizeof(*mix.arena));
	cr_assert_not_null(mix.arena);
	*mix.arena = mix.pattern;
}

void mix_close(void)
{
	async_buf_free(mix.queue, mix.arena);
}

void mix_slot_open(struct mix_slot *slot)
{
	*slot = (struct mix_slot) {
		.arena = async_buf_alloc(mix.queue, LONG + MIX_TAG),
		.heap = malloc(LONG + MIX_TAG),
	};
	cr_assert_not_null(slot->arena);
	cr_assert_not_null(slot->heap);
}

void mix_slot_close(struct mix_slot *slot)
{
	async_buf_free(mix.queue, slot->arena);
	free(slot->heap);
}

static const struct kind *pick_kind(struct rng *rng)
{
	unsigned int left = rng_below(rng, 100);
	const struct kind *kind = kinds;

	while (left >= kind->percent) {
		left -= kind->percent;
		kind++;
	}
	return kind;
}

/* Long ones are rare, and need a pattern as long */
static size_t pick_len(const struct kind *kind, struct rng *rng)
{
	size_t len;

	if (kind->key == KEY_CTR && !rng_below(rng, 64))
		return rng_below(rng, LONG + 1);
	len = rng_below(rng, SHORT + 1);
	return len - len % kind->step;
}

/* CTR can begin anywhere, with the counter that belongs there */
static size_t pick_start(struct mix_slot *slot, const struct kind *kind,
			 size_t len, struct rng *rng)
{
	size_t block;

	memcpy(slot->iv, iv, sizeof(iv));
	if (kind->key != KEY_CTR)
		return 0;
	block = rng_below(rng, (LONG - len) / BLOCK + 1);
	slot->iv[BLOCK - 2] = (uint8_t)(block >> 8);
	slot->iv[BLOCK - 1] = (uint8_t)block;
	return block * BLOCK;
}

static void set_tag(struct mix_slot *slot, const struct kind *kind, size_t len,
		    uint8_t *tag)
{
	slot->op.tag = tag;
	slot->op.aad = tag;
	if (kind->opcode == CRYPTOSIM_OP_ENCRYPT) {
		slot->want_tag = mix.pattern.tags[len];
		return;
	}
	memcpy(tag, mix.pattern.tags[len], MIX_TAG);
	if (kind->tag == WRONG_TAG) {
		tag[len % MIX_TAG] ^= 0x80;
		slot->result = -EBADMSG;
		slot->want = NULL;
	}
}

static void set_text(struct mix_slot *slot, const struct kind *kind, size_t len,
		     struct rng *rng)
{
	bool arena = rng_below(rng, 2), in_place = !rng_below(rng, 4);
	uint8_t *dst = arena ? slot->arena : slot->heap;
	const uint8_t *from = (uint8_t *)(arena ? mix.arena : &mix.pattern) +
			      kind->from;
	size_t start = pick_start(slot, kind, len, rng);

	slot->want = (uint8_t *)&mix.pattern + kind->to + start;
	slot->result = (int)len;
	if (kind->opcode == CRYPTOSIM_OP_DIGEST) {
		slot->want = mix.pattern.digests[len];
		slot->result = MIX_DIGEST;
	}
	if (in_place)
		memcpy(dst, from + start, len);
	else
		memset(dst, 0, (size_t)slot->result);
	slot->op.src = in_place ? dst : from + start;
	slot->op.dst = dst;
	slot->op.len = len;
	slot->op.iv = kind->key == KEY_SHA ? NULL : slot->iv;
	if (kind->tag != NO_TAG)
		set_tag(slot, kind, len, dst + LONG);
}

void mix_pick(struct mix_slot *slot, struct rng *rng)
{
	const struct kind *kind = pick_kind(rng);

	slot->op = (struct async_op) { .opcode = kind->opcode };
	slot->result = 0;
	slot->want = NULL;
	slot->want_tag = NULL;
	if (kind->opcode == CRYPTOSIM_OP_NOP)
		return;
	slot->op.key = &mix.keys[kind->key];
	set_text(slot, kind, pick_len(kind, rng), rng);
}

bool mix_good(const struct mix_slot *slot, int result)
{
	if (result != slot->result)
		return false;
	if (slot->want &&
	    memcmp(slot->op.dst, slot->want, (size_t)slot->result))
		return false;
	return !slot->want_tag ||
	       !memcmp(slot->op.tag, slot->want_tag, MIX_TAG);
}
