// SPDX-License-Identifier: MIT
/* Requests: what is refused, what the device gets, and how room comes back. */
#include "ops.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

TestSuite(request, .init = setup, .fini = teardown, .timeout = 60);

#define REFUSED(error, make, change) do { \
	struct async_op op = make(); \
	change; \
	cr_expect_eq(prepare(&op), error, #make " with " #change); \
} while (0)

Test(request, what_is_refused)
{
	struct async_key long_iv = gcm;

	long_iv.iv_len = CRYPTOSIM_IV_LEN + 1;
	cr_assert_eq(prepare(&(struct async_op) { 0 }), 1);
	REFUSED(-EINVAL, gcm_op, op.opcode = CRYPTOSIM_OP_DIGEST);
	REFUSED(-EINVAL, gcm_op, op.opcode = CRYPTOSIM_OP_COUNT);
	REFUSED(-EINVAL, gcm_op, op.opcode = 32);
	REFUSED(-EINVAL, gcm_op, op.opcode = CRYPTOSIM_OP_NOP);
	REFUSED(-EINVAL, gcm_op, op.key = NULL);
	REFUSED(-EINVAL, gcm_op, op.key = &long_iv);
	REFUSED(-EINVAL, gcm_op, op.iv = NULL);
	REFUSED(-EINVAL, gcm_op, op.src = NULL);
	REFUSED(-EINVAL, gcm_op, op.dst = NULL);
	REFUSED(-EINVAL, gcm_op, op.aad = NULL);
	REFUSED(-EINVAL, gcm_op, op.tag = NULL);
	REFUSED(-EINVAL, gcm_op, op.dst = text + 1);
	REFUSED(-EINVAL, gcm_op, op.dst = text + 99);
	REFUSED(-EINVAL, gcm_op, op.src = out + 99);
	REFUSED(-EMSGSIZE, gcm_op, op.len = CRYPTOSIM_MAX_LEN + 1);
	REFUSED(-EMSGSIZE, gcm_op, op.len = SIZE_MAX);
	REFUSED(-EMSGSIZE, gcm_op, op.aad_len = CRYPTOSIM_MAX_AAD + 1);
	REFUSED(-EMSGSIZE, gcm_op, op.src = out; op.len = ARENA - 28);
	REFUSED(-EINVAL, cbc_op, op.aad = aad);
	REFUSED(-EINVAL, cbc_op, op.aad_len = 1);
	REFUSED(-EINVAL, cbc_op, op.tag = tag);
	REFUSED(-EINVAL, sha_op, op.tag = tag);
	REFUSED(-EINVAL, sha_op, op.dst = NULL);
	REFUSED(-EINVAL, sha_op, op.dst = text + 99);
	REFUSED(-EINVAL, sha_op, op.opcode = CRYPTOSIM_OP_ENCRYPT);
	cr_assert_eq(async_submit(queue), 1, "something was left on the ring");
	cr_assert_not_null(async_arena_alloc(&queue->arena, ARENA),
			   "something was left in the arena");
}

/* Whatever the arena has room for. */
Test(request, limits_of_the_device)
{
	const struct async_queue_params params = { .arena_size = 8 << 20 };
	struct async_op op = gcm_op();
	struct async_queue *large;
	uint8_t *buf;

	cr_assert_eq(async_queue_open(&large, 1, &params), 0);
	buf = async_buf_alloc(large, 4 << 20);
	op.session = NULL;
	op.src = buf;
	op.dst = buf;
	op.aad = buf + (2 << 20);
	op.aad_len = CRYPTOSIM_MAX_AAD + 1;
	cr_expect_eq(async_prepare(large, &op, 1, requests), -EMSGSIZE);
	op.aad_len--;
	op.len = CRYPTOSIM_MAX_LEN + 1;
	cr_expect_eq(async_prepare(large, &op, 1, requests), -EMSGSIZE);
	op.len--;
	cr_expect_eq(async_prepare(large, &op, 1, requests), 1);
	async_queue_close(large);
}

Test(request, a_nop_has_nothing)
{
	static const struct async_op rows[] = {
		{ .key = &gcm }, { .iv = iv }, { .src = text }, { .dst = out },
		{ .len = 1 }, { .aad = aad }, { .aad_len = 1 }, { .tag = tag },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(prepare(&rows[i]), -EINVAL, "row %u", i);
}

Test(request, a_foreign_session)
{
	struct async_op op = nop;
	struct async_queue *other;

	cr_assert_eq(async_queue_open(&other, 1, NULL), 0);
	cr_assert_eq(async_session_open(other, &op.session), 0);
	cr_assert_eq(prepare(&op), -EINVAL);
	async_session_close(op.session);
	async_queue_close(other);
}

/* The ones before it are taken, and it is refused when it comes first. */
Test(request, a_bad_one_among_good_ones)
{
	struct async_op ops[3] = { nop, nop, cbc_op() };

	ops[2].iv = NULL;
	cr_assert_eq(async_prepare(queue, ops, 3, requests), 2);
	cr_assert_eq(async_prepare(queue, ops + 2, 1, requests + 2), -EINVAL);
	cr_assert_eq(async_submit(queue), 2);
	cr_assert_eq(async_prepare(queue, ops, 0, requests), 0);
}

Test(request, the_sqe_of_a_nop)
{
	const struct cryptosim_sqe *sqe;
	struct cryptosim_sqe expected;
	struct async_op op = nop;

	memset(dev->sqes, 0xff, SQ * sizeof(*dev->sqes));
	op.session = session;
	cr_assert_eq(prepare(&op), 1);
	sqe = last_sqe();
	expected = (struct cryptosim_sqe) {
		.user_data = sqe->user_data,
		.session = session->id,
	};
	cr_assert_eq(memcmp(sqe, &expected, sizeof(expected)), 0);
}

/* Fields that are not used are zero, and offsets are those of the arena. */
Test(request, the_sqe_of_an_aead)
{
	uint8_t *buf = async_buf_alloc(queue, 4096);
	const struct cryptosim_sqe *sqe;
	struct cryptosim_sqe expected;
	struct async_op op = gcm_op();

	memset(dev->sqes, 0xff, SQ * sizeof(*dev->sqes));
	op.src = buf + 1;
	op.dst = buf + 1001;
	op.aad = buf + 2001;
	op.tag = buf + 3001;
	cr_assert_eq(prepare(&op), 1);
	sqe = last_sqe();
	expected = (struct cryptosim_sqe) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.session = session->id,
		.user_data = sqe->user_data,
		.key = gcm.id,
		.len = 100,
		.src = buf - queue->arena.base + 1,
		.dst = buf - queue->arena.base + 1001,
		.aad = buf - queue->arena.base + 2001,
		.aad_len = 13,
		.tag = buf - queue->arena.base + 3001,
	};
	memcpy(expected.iv, iv, 12);
	cr_assert_eq(memcmp(sqe, &expected, sizeof(expected)), 0);
	cr_assert_null(requests[0]->buf, "it was copied");
}

Test(request, an_empty_text)
{
	struct async_op op = gcm_op();
	const struct cryptosim_sqe *sqe;

	op.len = 0;
	op.aad_len = 0;
	op.src = NULL;
	op.dst = NULL;
	op.aad = NULL;
	cr_assert_eq(prepare(&op), 1);
	sqe = last_sqe();
	cr_assert_eq(sqe->src | sqe->dst | sqe->len | sqe->aad | sqe->aad_len,
		     0);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	cr_assert_eq(async_collect(requests[0]), 0);
}

Test(request, done_and_collected)
{
	struct async_times times;

	cr_assert_eq(prepare(&nop), 1);
	cr_assert_not(async_done(requests[0]));
	cr_assert_eq(async_collect(requests[0]), -EINPROGRESS);
	async_submit(queue);
	fakedev_run(dev, 1);
	cr_assert_eq(async_collect(requests[0]), -EINPROGRESS, "not reaped");
	cr_assert_eq(async_reap(queue), 1);
	cr_assert(async_done(requests[0]));
	async_request_times(requests[0], &times);
	cr_assert_eq(times.posted_ns, 1000);
	cr_assert_eq(times.device_ns, 10);
	cr_assert_eq(async_collect(requests[0]), 0);
	cr_assert_not(async_done(requests[0]));
}

Test(request, collecting_clears_the_session)
{
	struct async_op op = nop;

	op.session = session;
	*session->consumed = UINT32_MAX;
	cr_assert_eq(run(&op), 0);
	cr_assert_eq(*session->consumed, 0);
	cr_assert_eq(run(&nop), 0);
	cr_assert_eq(*session->consumed, 0, "it is nobody's");
}

Test(request, out_of_order)
{
	struct async_op ops[4];
	unsigned int i;

	for (i = 0; i < 4; i++) {
		ops[i] = sha_op();
		ops[i].len = i;
		ops[i].dst = out + 64 * i;
	}
	dev->backwards = true;
	cr_assert_eq(async_prepare(queue, ops, 4, requests), 4);
	cr_assert_eq(async_submit_wait(queue, 4, ASYNC_FOREVER), 4);
	for (i = 0; i < 4; i++) {
		cr_assert_eq(async_collect(requests[i]), 32);
		cr_assert_eq(out[64 * i], (uint8_t)(7 * i * (i - 1) / 2));
	}
}

Test(request, a_full_ring)
{
	struct async_op ops[CQ + 1] = { { 0 } };

	cr_assert_eq(async_prepare(queue, ops, CQ, requests), SQ);
	cr_assert_eq(async_prepare(queue, ops, 1, requests + SQ), 0);
	async_submit(queue);
	cr_assert_eq(async_prepare(queue, ops, 1, requests + SQ), 0);
	fakedev_run(dev, 3);
	cr_assert_eq(async_prepare(queue, ops, CQ, requests + SQ), 3);
}

/* As many as the CQ has entries exist at once, from prepared to collected. */
Test(request, a_full_table)
{
	struct async_op ops[CQ + 1] = { { 0 } };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		cr_assert_eq(async_prepare(queue, ops, SQ, requests + i * SQ),
			     SQ);
		async_submit(queue);
		fakedev_run(dev, SQ);
	}
	cr_assert_eq(prepare(ops), 0);
	cr_assert_eq(async_reap(queue), CQ);
	cr_assert_eq(prepare(ops), 0, "reaped is not collected");
	for (i = 0; i < 5; i++)
		async_collect(requests[i]);
	cr_assert_eq(async_prepare(queue, ops, CQ, requests + CQ), 5);
	cr_assert_eq(prepare(ops), 0);
}

Test(request, a_full_arena)
{
	struct async_op ops[5];
	unsigned int i;

	for (i = 0; i < 5; i++) {
		ops[i] = cbc_op();
		ops[i].len = ARENA / 4;
		ops[i].dst = (void *)text;
	}
	cr_assert_eq(async_prepare(queue, ops, 5, requests), 4);
	cr_assert_eq(async_prepare(queue, ops + 4, 1, requests + 4), 0);
	async_submit_wait(queue, 1, ASYNC_FOREVER);
	cr_assert_eq(async_prepare(queue, ops + 4, 1, requests + 4), 0);
	async_collect(requests[2]);
	cr_assert_eq(async_prepare(queue, ops + 4, 1, requests + 4), 1);
	/* The slot of the one that had no room is not lost */
	for (i = 0; i < CQ; i++)
		cr_assert_eq(prepare(ops), 0);
	cr_assert_eq(prepare(&nop), 1);
}
