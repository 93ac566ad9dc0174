/* SPDX-License-Identifier: MIT */
/* A queue with keys, and good operations to be spoilt: for one test program. */
#ifndef TESTS_UNIT_OPS_H
#define TESTS_UNIT_OPS_H

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "core/internal.h"
#include "fakedev.h"

#define SQ		8
#define CQ		16
#define ARENA		(16u << 10)

static const uint8_t iv[CRYPTOSIM_IV_LEN] = "sixteen bytes iv";
static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static uint8_t text[4096], out[4096], aad[64], tag[16];
static struct async_key gcm, cbc, sha;
static struct async_request *requests[2 * CQ];
static struct async_session *session;
static struct async_queue *queue;
static struct fakedev *dev;

static inline void make_key(struct async_key *key, enum cryptosim_alg alg)
{
	const struct async_key_params params = {
		.alg = alg,
		.key = iv,
		.key_len = 16,
	};

	cr_assert_eq(async_key_add(queue, &params, key), 0);
}

static inline void setup(void)
{
	const struct async_queue_params params = {
		.sq_entries = SQ,
		.cq_entries = CQ,
		.arena_size = ARENA,
	};
	unsigned int i;

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	cr_assert_eq(async_session_open(queue, &session), 0);
	make_key(&gcm, CRYPTOSIM_ALG_AES_GCM);
	make_key(&cbc, CRYPTOSIM_ALG_AES_CBC);
	make_key(&sha, CRYPTOSIM_ALG_SHA256);
	for (i = 0; i < sizeof(text); i++)
		text[i] = i * 7;
	memset(aad, 3, sizeof(aad));
}

static inline void teardown(void)
{
	async_session_close(session);
	async_queue_close(queue);
}

/* A good operation, to be spoilt by the tests. */
static inline struct async_op gcm_op(void)
{
	return (struct async_op) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &gcm,
		.session = session,
		.iv = iv,
		.src = text,
		.dst = out,
		.len = 100,
		.aad = aad,
		.aad_len = 13,
		.tag = tag,
	};
}

static inline struct async_op cbc_op(void)
{
	return (struct async_op) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &cbc,
		.iv = iv,
		.src = text,
		.dst = out,
		.len = 96,
	};
}

static inline struct async_op sha_op(void)
{
	return (struct async_op) {
		.opcode = CRYPTOSIM_OP_DIGEST,
		.key = &sha,
		.src = text,
		.dst = out,
		.len = 100,
	};
}

static inline int prepare(const struct async_op *op)
{
	return async_prepare(queue, op, 1, requests);
}

/* Has one operation done, and returns its result. */
static inline int run(const struct async_op *op)
{
	cr_assert_eq(prepare(op), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	return async_collect(requests[0]);
}

/* The SQE that was written last. */
static inline const struct cryptosim_sqe *last_sqe(void)
{
	return &dev->sqes[(queue->ring.tail - 1) & (SQ - 1)];
}

#endif /* TESTS_UNIT_OPS_H */
