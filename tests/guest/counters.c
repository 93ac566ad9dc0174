// SPDX-License-Identifier: MIT
/*
 * The counters of a device, as netlink tells them. Every test has the module
 * loaded anew, since they count from load.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include "control/control.h"

/* A test that failed may have left it */
static void start_unloaded(void)
{
	control_unload();
}

static void load_two(void)
{
	start_unloaded();
	cr_assert_eq(control_load(NULL, "devices=2"), 0);
}

static void unload(void)
{
	cr_assert_eq(control_unload(), 0);
}

TestSuite(counters, .init = load_two, .fini = unload);
TestSuite(one_by_one, .init = start_unloaded);

/* One request at a time: prepare, submit, wait, collect */
static int run_one(struct async_queue *queue, const struct async_op *op)
{
	struct async_request *request;

	cr_assert_eq(async_prepare(queue, op, 1, &request), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	return async_collect(request);
}

static void run_nops(struct async_queue *queue, unsigned int n)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP };
	struct async_request *requests[64];
	struct async_op ops[64];
	unsigned int i, reaped;
	int ret;

	for (i = 0; i < n; i++)
		ops[i] = op;
	cr_assert_eq(async_prepare(queue, ops, n, requests), (int)n);
	cr_assert_eq(async_submit(queue), (int)n);
	for (reaped = 0; reaped < n; reaped += ret) {
		ret = async_wait(queue, n - reaped, ASYNC_FOREVER);
		cr_assert_gt(ret, 0);
	}
	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

static struct control_stats stats_of(unsigned int index)
{
	struct control_device device;

	cr_assert_eq(control_device(index, &device), 0);
	return device.stats;
}

Test(counters, nops)
{
	struct async_queue *queue;
	struct control_stats stats;
	uint64_t lines;

	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	run_nops(queue, 64);
	stats = stats_of(0);
	cr_expect_eq(stats.requests, 64);
	cr_expect_eq(stats.completions, 64);
	cr_expect_eq(stats.bytes, 0);
	cr_expect_eq(stats.errors, 0);
	cr_expect_geq(stats.doorbells, 1);
	cr_expect_leq(stats.doorbells, 65);
	cr_expect_geq(stats.interrupts, 1);
	cr_expect_leq(stats.interrupts, 64);
	/*
	 * Neither is the other's limit: a handler that is busy runs again for
	 * what came meanwhile, and one that is a thread runs once for many.
	 */
	cr_assert_eq(control_interrupts(0, &lines), 0);
	cr_expect_geq(lines, 1);
	/* and the other device did nothing */
	stats = stats_of(1);
	cr_expect_eq(stats.requests, 0);
	cr_expect_eq(stats.interrupts, 0);
	cr_assert_eq(control_interrupts(1, &lines), 0);
	cr_expect_eq(lines, 0);
	async_queue_close(queue);
}

/* One interrupt is one in either count; more can come while one is served */
Test(one_by_one, interrupt)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP };
	struct async_queue *queue;
	uint64_t lines;

	cr_assert_eq(control_load(NULL, "devices=1 moderation_count=1"), 0);
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	cr_assert_eq(run_one(queue, &op), 0);
	cr_expect_eq(control_interrupts(0, &lines), 0);
	cr_expect_eq(lines, 1);
	cr_expect_eq(stats_of(0).interrupts, 1);
	async_queue_close(queue);
	cr_assert_eq(control_unload(), 0);
}

Test(counters, queues)
{
	struct async_queue *queues[2];
	struct control_device device;

	cr_assert_eq(async_queue_open(&queues[0], 1, NULL), 0);
	cr_assert_eq(async_queue_open(&queues[1], 1, NULL), 0);
	cr_assert_eq(control_device(1, &device), 0);
	cr_expect_eq(device.queues, 2);
	cr_assert_eq(control_device(0, &device), 0);
	cr_expect_eq(device.queues, 0);
	async_queue_close(queues[0]);
	async_queue_close(queues[1]);
}

/* Text is counted in bytes where it went through, and as an error if not */
Test(counters, bytes_and_errors)
{
	static const unsigned char material[32];
	struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_CTR,
		.key = material,
		.key_len = sizeof(material),
	};
	unsigned char text[1000] = { 0 };
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.iv = material,
		.src = text,
		.dst = text,
		.len = sizeof(text),
	};
	struct async_queue *queue;
	struct async_key key;

	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	cr_assert_eq(async_key_add(queue, &params, &key), 0);
	op.key = &key;
	cr_assert_eq(run_one(queue, &op), (int)sizeof(text));
	cr_expect_eq(stats_of(0).bytes, sizeof(text));
	cr_expect_eq(stats_of(0).errors, 0);
	key.id += 12345;
	cr_assert_eq(run_one(queue, &op), -ENOKEY);
	cr_expect_eq(stats_of(0).bytes, sizeof(text));
	cr_expect_eq(stats_of(0).errors, 1);
	cr_expect_eq(stats_of(0).requests, 2);
	cr_expect_eq(stats_of(0).completions, 2);
	async_queue_close(queue);
}
