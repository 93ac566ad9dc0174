// SPDX-License-Identifier: GPL-2.0-only
#include <linux/errno.h>
#include <linux/string.h>

#include "engine.h"
#include "key.h"
#include "queue.h"
#include "request.h"
#include "selftest/kunit.h"
#include "session.h"

/* Whether [a, a + a_len) and [b, b + b_len) share a byte */
static bool request_overlap(u32 a, u32 a_len, u32 b, u32 b_len)
{
	return a_len && b_len && a < (u64)b + b_len && b < (u64)a + a_len;
}

/* Whether the IV's bytes from @len on are zero; not a byte at a time */
static bool request_iv_ends(const struct cryptosim_sqe *sqe, u32 len)
{
	const __le64 *half = (const __le64 *)sqe->iv;

	if (len >= CRYPTOSIM_IV_LEN)
		return true;
	if (len >= sizeof(*half))
		return !(le64_to_cpu(half[1]) >> 8 * (len - sizeof(*half)));
	return !half[1] && !(le64_to_cpu(half[0]) >> 8 * len);
}

/* AAD and tag: used by an AEAD, zero for all others */
static int request_check_aead(const struct csim_key *key,
			      const struct cryptosim_sqe *sqe, u64 arena)
{
	if (!key->alg->class->aead)
		return sqe->aad | sqe->aad_len | sqe->tag ? -EINVAL : 0;
	if (sqe->aad_len > CRYPTOSIM_MAX_AAD)
		return -EMSGSIZE;
	if (!csim_region_has(arena, sqe->aad, sqe->aad_len) ||
	    !csim_region_has(arena, sqe->tag, key->tag_len))
		return -EFAULT;
	if (request_overlap(sqe->dst, sqe->len, sqe->aad, sqe->aad_len) ||
	    request_overlap(sqe->dst, sqe->len, sqe->tag, key->tag_len))
		return -EINVAL;
	return 0;
}

/* The fields of an SQE that has a key, one after the other */
static int request_check(const struct csim_key *key,
			 const struct cryptosim_sqe *sqe, u64 arena)
{
	const struct csim_alg *alg = key->alg;
	u32 out = sqe->opcode == CRYPTOSIM_OP_DIGEST ? key->tag_len : sqe->len;

	if (!(alg->class->ops & BIT(sqe->opcode)))
		return -EINVAL;
	if (sqe->len > CRYPTOSIM_MAX_LEN)
		return -EMSGSIZE;
	if (sqe->len > key->len_max)
		return -EOVERFLOW;
	if (sqe->len & (alg->block - 1) || sqe->len < alg->len_min)
		return -EINVAL;
	if (!csim_region_has(arena, sqe->src, sqe->len) ||
	    !csim_region_has(arena, sqe->dst, out))
		return -EFAULT;
	if (sqe->src != sqe->dst &&
	    request_overlap(sqe->src, sqe->len, sqe->dst, out))
		return -EINVAL;
	if (!request_iv_ends(sqe, key->iv_len))
		return -EINVAL;
	return request_check_aead(key, sqe, arena);
}

/**
 * csim_request_admit_keyed() - find a request's key, and check it
 * @req: as for csim_request_admit(); its session is found
 *
 * Context: the queue's lock.
 * Return: 0, or the error that is to be its result.
 */
int csim_request_admit_keyed(struct csim_request *req)
{
	const struct cryptosim_sqe *sqe = &req->sqe;
	struct csim_queue *queue = req->queue;

	if (sqe->opcode == CRYPTOSIM_OP_NOP ||
	    sqe->opcode >= CRYPTOSIM_OP_COUNT || sqe->flags || sqe->reserved ||
	    sqe->reserved2)
		return -EINVAL;
	req->key = csim_key_get(queue, sqe->key);
	if (!req->key)
		return -ENOKEY;
	return request_check(req->key, sqe, queue->arena_size);
}

/**
 * csim_request_execute() - do what a request asks for
 * @req: an admitted request; its reference on the key is dropped
 * @engine: who does it
 *
 * Context: the engine's mutex, sleeps.
 */
void csim_request_execute(struct csim_request *req, struct csim_engine *engine)
{
	struct csim_key *key = req->key;

	if (key) {
		if (!req->result)
			req->result = key->alg->class->run(req, engine);
		csim_key_put(key);
		req->key = NULL;
	}
	if (req->result < 0)
		WRITE_ONCE(engine->errors, engine->errors + 1);
	else
		WRITE_ONCE(engine->bytes, engine->bytes + req->sqe.len);
}

#include "selftest/request.c"
