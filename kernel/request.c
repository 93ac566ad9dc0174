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

/* A NOP has nothing but what it is announced with */
static int request_check_nop(const struct cryptosim_sqe *sqe)
{
	if (sqe->key | sqe->len | sqe->src | sqe->dst | sqe->aad |
	    sqe->aad_len | sqe->tag)
		return -EINVAL;
	return memchr_inv(sqe->iv, 0, sizeof(sqe->iv)) ? -EINVAL : 0;
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
	if (memchr_inv(sqe->iv + key->iv_len, 0, sizeof(sqe->iv) - key->iv_len))
		return -EINVAL;
	return request_check_aead(key, sqe, arena);
}

/**
 * csim_request_admit() - find a request's session and key, and check it
 * @req: has its SQE and its queue; gets references, and its error or 0 in
 *	@result
 *
 * Context: the queue's lock.
 */
void csim_request_admit(struct csim_request *req)
{
	const struct cryptosim_sqe *sqe = &req->sqe;
	struct csim_queue *queue = req->queue;

	req->session = NULL;
	req->key = NULL;
	req->result = -EINVAL;
	/* First the session, so that the other errors are announced there */
	if (sqe->session) {
		req->session = csim_session_get(queue, sqe->session);
		if (!req->session) {
			req->result = -ENOENT;
			return;
		}
	}
	if (sqe->opcode >= CRYPTOSIM_OP_COUNT || sqe->flags || sqe->reserved ||
	    sqe->reserved2)
		return;
	if (sqe->opcode == CRYPTOSIM_OP_NOP) {
		req->result = request_check_nop(sqe);
		return;
	}
	req->key = csim_key_get(queue, sqe->key);
	if (!req->key) {
		req->result = -ENOKEY;
		return;
	}
	req->result = request_check(req->key, sqe, queue->arena_size);
}

/**
 * csim_request_execute() - do what a request asks for
 * @req: an admitted request; its reference on the key is dropped
 * @engine: who does it
 *
 * Context: the engine's thread, sleeps.
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
