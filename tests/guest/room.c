// SPDX-License-Identifier: MIT
/*
 * Room and data: short counts where something is full, and room after
 * collecting; copies; waiting; times; keys, sessions and queues that are
 * refused.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "op.h"

#define SQ	8
#define CQ	16
#define PAGE	4096
#define ARENA	(16 * PAGE)
#define NOBODY	65534
#define HELD_NS	50000000u	/* the latency of the suite "held" */

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[2 * CQ];
static struct async_op ops[2 * CQ];
static struct async_queue *queue;
static unsigned char text[2 * ARENA];

static void load_and_open(const char *params)
{
	struct async_queue_params size = {
		.sq_entries = SQ,
		.cq_entries = CQ,
		.max_keys = 4,
		.max_sessions = 4,
		.arena_size = ARENA,
	};
	unsigned int i;

	guest_load(params);
	cr_assert_eq(async_queue_open(&queue, 0, &size), 0);
	for (i = 0; i < 2 * CQ; i++)
		ops[i] = nop;
}

static void setup(void)
{
	load_and_open(NULL);
}

static void setup_held(void)
{
	load_and_open("latency_ns=50000000");
}

static void teardown(void)
{
	async_queue_close(queue);
	guest_unload();
}

TestSuite(room, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(held, .init = setup_held, .fini = teardown, .timeout = 120);

static void submit_and_drain(int n)
{
	cr_assert_eq(async_submit(queue), n);
	op_drain(queue);
}

static void collect(unsigned int first, unsigned int n)
{
	unsigned int i;

	for (i = first; i < first + n; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

static void add_key(enum cryptosim_alg alg, struct async_key *key)
{
	static const unsigned char material[32];
	struct async_key_params params = {
		.alg = alg,
		.key = material,
		.key_len = sizeof(material),
	};

	cr_assert_eq(async_key_add(queue, &params, key), 0);
}

Test(room, ring_is_full)
{
	cr_expect_eq(async_prepare(queue, ops, 2 * SQ, requests), SQ);
	cr_expect_eq(async_prepare(queue, ops, 1, requests + SQ), 0);
	submit_and_drain(SQ);
	collect(0, SQ);
}

Test(room, requests_are_full_until_collected)
{
	cr_assert_eq(async_prepare(queue, ops, SQ, requests), SQ);
	submit_and_drain(SQ);
	cr_assert_eq(async_prepare(queue, ops, SQ, requests + SQ), SQ);
	submit_and_drain(SQ);
	/* All are done, but they are still there */
	cr_expect_eq(async_prepare(queue, ops, 1, requests + CQ), 0);
	collect(0, 3);
	cr_assert_eq(async_prepare(queue, ops, SQ, requests + CQ), 3);
	submit_and_drain(3);
	collect(3, CQ);
	cr_expect_eq(async_prepare(queue, ops, SQ, requests), SQ);
	submit_and_drain(SQ);
	collect(0, SQ);
}

Test(room, arena_is_full_of_copies)
{
	struct async_key key;
	int i, n;

	add_key(CRYPTOSIM_ALG_AES_CTR, &key);
	for (i = 0; i < SQ; i++) {
		ops[i] = (struct async_op) {
			.opcode = CRYPTOSIM_OP_ENCRYPT,
			.key = &key,
			.iv = text,
			.src = text + i * (ARENA / 4),
			.dst = text + i * (ARENA / 4),
			.len = ARENA / 4,
		};
	}
	n = async_prepare(queue, ops, SQ, requests);
	cr_assert_eq(n, 4);
	cr_expect_null(async_buf_alloc(queue, 1));
	submit_and_drain(n);
	cr_expect_eq(async_prepare(queue, ops, 1, requests + n), 0);
	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(requests[i]), ARENA / 4);
	cr_assert_eq(async_prepare(queue, ops, 2, requests), 2);
	submit_and_drain(2);
	for (i = 0; i < 2; i++)
		cr_assert_eq(async_collect(requests[i]), ARENA / 4);
	async_buf_free(queue, async_buf_alloc(queue, ARENA));
}

/* One that can never be taken is an error, but only as the first */
Test(room, more_than_the_arena_could_ever_copy)
{
	struct async_key key;

	add_key(CRYPTOSIM_ALG_AES_CTR, &key);
	ops[1] = (struct async_op) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &key,
		.iv = text,
		.src = text,
		.dst = text,
		.len = 2 * ARENA,
	};
	cr_expect_eq(async_prepare(queue, ops, 2, requests), 1);
	cr_expect_eq(async_prepare(queue, ops + 1, 1, requests + 1), -EMSGSIZE);
	submit_and_drain(1);
	collect(0, 1);
}

/* Inputs are taken by prepare, outputs given by collect, neither between */
Test(room, copies)
{
	struct async_key key;
	unsigned char iv[12] = { 1 }, aad[20] = { 2 }, tag[16], good_tag[16];
	unsigned char in[100] = { 3 }, out[100], good[100];
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.iv = iv,
		.src = in,
		.dst = good,
		.len = sizeof(in),
		.aad = aad,
		.aad_len = sizeof(aad),
		.tag = good_tag,
	};

	add_key(CRYPTOSIM_ALG_AES_GCM, &key);
	op.key = &key;
	cr_assert_eq(op_run(queue, &op), sizeof(in));
	op.dst = out;
	op.tag = tag;
	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	memset(iv, 0xff, sizeof(iv));
	memset(aad, 0xff, sizeof(aad));
	memset(in, 0xff, sizeof(in));
	memset(out, 0xee, sizeof(out));
	memset(tag, 0xee, sizeof(tag));
	op = (struct async_op) { 0 };
	submit_and_drain(1);
	cr_expect(async_done(requests[0]));
	cr_expect_eq(out[0], 0xee);
	cr_expect_eq(tag[0], 0xee);
	cr_expect_eq(async_collect(requests[0]), sizeof(in));
	cr_expect_arr_eq(out, good, sizeof(good));
	cr_expect_arr_eq(tag, good_tag, sizeof(good_tag));
}

Test(room, waiting_for_nothing)
{
	cr_expect_eq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	cr_expect_eq(async_submit_wait(queue, 5, ASYNC_FOREVER), 0);
	/* more than there are: all there are */
	cr_assert_eq(async_prepare(queue, ops, 2, requests), 2);
	cr_expect_eq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	cr_expect_eq(async_submit_wait(queue, 1000, ASYNC_FOREVER), 2);
	collect(0, 2);
}

Test(held, waiting_in_vain)
{
	uint64_t start = op_now();

	cr_assert_eq(async_prepare(queue, ops, 1, requests), 1);
	cr_expect_eq(async_submit_wait(queue, 1, 1000), -ETIME);
	cr_expect_geq(op_now() - start, 1000);
	cr_expect_eq(async_collect(requests[0]), -EINPROGRESS);
	cr_expect_eq(async_wait(queue, 1, ASYNC_FOREVER), 1);
	collect(0, 1);
}

Test(held, times)
{
	uint64_t before = op_now(), after;
	struct async_times times;

	cr_assert_eq(async_prepare(queue, ops, 1, requests), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	after = op_now();
	async_request_times(requests[0], &times);
	cr_expect_geq(times.posted_ns, before + HELD_NS);
	cr_expect_leq(times.posted_ns, after);
	cr_expect_geq(times.device_ns, HELD_NS);
	cr_expect_leq(times.device_ns, after - before);
	collect(0, 1);
}

Test(room, keys)
{
	struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_CBC,
		.key = text,
		.key_len = 17,
	};
	struct async_key keys[4], more;
	unsigned int i;

	cr_expect_eq(async_key_add(queue, &params, &more), -EINVAL);
	params.alg = CRYPTOSIM_ALG_COUNT;
	cr_expect_eq(async_key_add(queue, &params, &more), -EINVAL);
	for (i = 0; i < 4; i++)
		add_key(CRYPTOSIM_ALG_AES_CTR, &keys[i]);
	params.alg = CRYPTOSIM_ALG_AES_CBC;
	params.key_len = 16;
	cr_expect_eq(async_key_add(queue, &params, &more), -ENOSPC);
	cr_expect_eq(async_key_del(queue, &keys[2]), 0);
	cr_expect_eq(keys[2].id, 0);
	cr_expect_eq(async_key_del(queue, &keys[2]), -ENOKEY);
	cr_expect_eq(async_key_add(queue, &params, &more), 0);
	cr_expect_eq(more.iv_len, 16);
	cr_expect_eq(more.tag_len, 0);
	cr_expect_not(more.aead);
}

/* A key that ends before the device took the request */
Test(room, key_is_gone)
{
	struct async_key key, copy;
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &copy,
		.iv = text,
		.src = text,
		.dst = text,
		.len = 16,
	};

	add_key(CRYPTOSIM_ALG_AES_CTR, &key);
	copy = key;
	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	cr_assert_eq(async_key_del(queue, &key), 0);
	submit_and_drain(1);
	cr_expect_eq(async_collect(requests[0]), -ENOKEY);
}

Test(room, sessions)
{
	struct async_session *sessions[4], *more;
	unsigned int i;

	for (i = 0; i < 4; i++)
		cr_assert_eq(async_session_open(queue, &sessions[i]), 0);
	cr_expect_eq(async_session_open(queue, &more), -ENOSPC);
	async_session_close(sessions[1]);
	cr_expect_eq(async_session_open(queue, &sessions[1]), 0);
	for (i = 0; i < 4; i++)
		async_session_close(sessions[i]);
}

/* A session of another queue is no session here */
Test(room, foreign_session)
{
	struct async_session *session;
	struct async_queue *second;

	cr_assert_eq(async_queue_open(&second, 0, NULL), 0);
	cr_assert_eq(async_session_open(second, &session), 0);
	ops[0].session = session;
	cr_expect_eq(async_prepare(queue, ops, 1, requests), -EINVAL);
	async_session_close(session);
	async_queue_close(second);
}

Test(room, queues_that_are_refused)
{
	static const struct async_queue_params bad[] = {
		{ .sq_entries = CRYPTOSIM_MAX_ENTRIES + 1 },
		{ .cq_entries = CRYPTOSIM_MAX_ENTRIES + 1 },
		{ .max_keys = CRYPTOSIM_MAX_KEYS + 1 },
		{ .max_sessions = CRYPTOSIM_MAX_SESSIONS + 1 },
		{ .arena_size = CRYPTOSIM_MAX_ARENA + 1 },
	};
	struct async_queue *more;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		cr_expect_eq(async_queue_open(&more, 0, &bad[i]), -EINVAL,
			     "row %u", i);
	cr_expect_eq(async_queue_open(&more, 1, NULL), -ENOENT);
	cr_assert_eq(seteuid(NOBODY), 0);
	cr_expect_eq(async_queue_open(&more, 0, NULL), -EACCES);
	cr_assert_eq(seteuid(0), 0);
}

Test(room, info)
{
	struct cryptosim_alg_info alg;
	struct cryptosim_info info;

	cr_assert_eq(async_queue_info(queue, &info), 0);
	cr_expect_eq(info.device, 0);
	cr_expect_geq(info.engines, 1);
	cr_expect(info.algs & 1u << CRYPTOSIM_ALG_AES_GCM);
	cr_assert_eq(async_queue_alg(queue, CRYPTOSIM_ALG_AES_GCM, &alg), 0);
	cr_expect_str_eq(alg.name, "gcm(aes)");
	cr_expect_neq(alg.driver[0], '\0');
	cr_expect_eq(async_queue_alg(queue, CRYPTOSIM_ALG_COUNT, &alg),
		     -EINVAL);
}
