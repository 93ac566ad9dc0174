// SPDX-License-Identifier: MIT
#include <errno.h>
#include <libasync/key.h>
#include <stdlib.h>
#include "trial.h"

static size_t out_len(const struct trial_spec *spec)
{
	return spec->opcode == CRYPTOSIM_OP_DIGEST ? spec->key->tag_len :
						     spec->len;
}

static size_t max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

static int make(struct guarded *g, struct async_queue *queue,
		const struct trial_spec *spec, unsigned int where, size_t len)
{
	return guarded_make(g, spec->ways & where ? queue : NULL, len,
			    spec->skew);
}

static int make_buffers(struct trial *t, struct async_queue *queue,
			const struct trial_spec *spec)
{
	bool in_place = spec->ways & TRIAL_IN_PLACE;
	size_t out = out_len(spec);

	if (make(&t->src, queue, spec, TRIAL_SRC,
		 in_place ? max_size(spec->len, out) : spec->len))
		return -ENOMEM;
	if (!in_place && make(&t->dst, queue, spec, TRIAL_DST, out))
		return -ENOMEM;
	if (!spec->key->aead)
		return 0;
	if (make(&t->aad, queue, spec, TRIAL_AAD, spec->aad_len))
		return -ENOMEM;
	return make(&t->tag, queue, spec, TRIAL_TAG, spec->key->tag_len);
}

/* The outcome, before it comes */
static int expect(struct trial *t, const struct trial_spec *spec)
{
	struct guarded *dst = t->dst.base ? &t->dst : &t->src;
	void *zeros;

	if (!spec->result) {
		guarded_expect(dst, spec->want, out_len(spec));
		if (spec->opcode == CRYPTOSIM_OP_ENCRYPT && spec->key->aead)
			guarded_expect(&t->tag, spec->tag, t->tag.len);
	} else if (spec->result == -EBADMSG && dst->queue) {
		zeros = calloc(1, spec->len + 1);
		if (!zeros)
			return -ENOMEM;
		guarded_expect(dst, zeros, spec->len);
		free(zeros);
	}
	t->result = spec->result ? spec->result : (int)out_len(spec);
	return 0;
}

static void fill(struct trial *t, const struct trial_spec *spec)
{
	guarded_set(&t->src, spec->src, spec->len);
	t->op = (struct async_op) {
		.opcode = spec->opcode,
		.key = spec->key,
		.iv = spec->key->iv_len ? spec->iv : NULL,
		.src = t->src.mem,
		.dst = t->dst.base ? t->dst.mem : t->src.mem,
		.len = spec->len,
	};
	if (!spec->key->aead)
		return;
	guarded_set(&t->aad, spec->aad, spec->aad_len);
	t->op.aad = t->aad.mem;
	t->op.aad_len = spec->aad_len;
	t->op.tag = t->tag.mem;
	if (spec->opcode == CRYPTOSIM_OP_DECRYPT)
		guarded_set(&t->tag, spec->tag, t->tag.len);
}

int trial_make(struct trial *t, struct async_queue *queue,
	       const struct trial_spec *spec)
{
	*t = (struct trial) { 0 };
	if (make_buffers(t, queue, spec))
		goto free_trial;
	fill(t, spec);
	if (expect(t, spec))
		goto free_trial;
	return 0;

free_trial:
	trial_free(t);
	return -ENOMEM;
}

const char *trial_judge(const struct trial *t, int result)
{
	const struct {
		const struct guarded *buffer;
		const char *wrong;
	} buffers[] = {
		{ &t->src, t->dst.base ? "the source was touched" :
					 "the text in place is wrong" },
		{ &t->dst, "the output is wrong" },
		{ &t->aad, "the AAD was touched" },
		{ &t->tag, "the tag is wrong" },
	};
	size_t i;

	if (result != t->result)
		return "the result is wrong";
	for (i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		if (buffers[i].buffer->base &&
		    !guarded_good(buffers[i].buffer))
			return buffers[i].wrong;
	return NULL;
}

void trial_free(struct trial *t)
{
	guarded_free(&t->tag);
	guarded_free(&t->aad);
	guarded_free(&t->dst);
	guarded_free(&t->src);
}
