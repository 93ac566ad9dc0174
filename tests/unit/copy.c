// SPDX-License-Identifier: MIT
/* What requests copy for those whose memory the device does not reach. */
#include "ops.h"

TestSuite(copy, .init = setup, .fini = teardown, .timeout = 60);

/* What the device's cipher makes of it. */
static void expect_output(const uint8_t *src, const uint8_t *dst,
			  const struct async_op *op, const uint8_t *sum)
{
	uint8_t expected = 0;
	size_t i;

	for (i = 0; i < op->aad_len; i++)
		expected += aad[i];
	for (i = 0; i < op->len; i++) {
		cr_assert_eq(dst[i], (uint8_t)(src[i] ^ 0x5a));
		expected += dst[i];
	}
	for (i = 0; sum && i < gcm.tag_len; i++)
		cr_assert_eq(sum[i], (uint8_t)(expected + i));
}

/* Each part in the arena or not, in place or not, there and back. */
Test(copy, every_part)
{
	uint8_t *buf = async_buf_alloc(queue, 4096);
	struct async_op op, back;
	unsigned int in;

	for (in = 0; in < 32; in++) {
		op = gcm_op();
		memset(out, 0, sizeof(out));
		memset(tag, 0, sizeof(tag));
		if (in & 1)
			op.src = memcpy(buf + 10, text, op.len);
		if (in & 2)
			op.dst = buf + 1010;
		if (in & 4)
			op.aad = memcpy(buf + 2010, aad, op.aad_len);
		if (in & 8)
			op.tag = buf + 3010;
		if (in & 16) {
			op.dst = in & 2 ? buf + 1010 : out;
			op.src = memcpy(op.dst, text, op.len);
		}
		cr_assert_eq(run(&op), (int)op.len, "case %u", in);
		expect_output(text, op.dst, &op, op.tag);
		back = op;
		back.opcode = CRYPTOSIM_OP_DECRYPT;
		back.src = op.dst;
		cr_assert_eq(run(&back), (int)op.len, "case %u back", in);
		cr_assert_eq(memcmp(back.dst, text, op.len), 0, "case %u", in);
	}
	async_buf_free(queue, buf);
	cr_assert_not_null(async_buf_alloc(queue, ARENA), "copies are left");
}

Test(copy, a_digest)
{
	struct async_op op = sha_op();
	uint8_t sum = 0;
	size_t i;

	memset(out, 0, sizeof(out));
	cr_assert_eq(run(&op), 32);
	cr_assert_geq(last_sqe()->dst, last_sqe()->src + op.len,
		      "the digest is to be written over its text");
	for (i = 0; i < op.len; i++)
		sum += text[i];
	for (i = 0; i < 32; i++)
		cr_assert_eq(out[i], (uint8_t)(sum + i));
	cr_assert_eq(out[32], 0, "written beyond the digest");
	cr_assert_eq(text[0], 0, "the text was written to");
	/* In place: the text's first bytes give way to the digest */
	op.dst = text;
	cr_assert_eq(run(&op), 32);
	cr_assert_eq(memcmp(text, out, 32), 0);
	cr_assert_eq(text[32], (uint8_t)(32 * 7));
}

Test(copy, inputs_may_change_once_prepared)
{
	struct async_op op = gcm_op();
	uint8_t before[100];

	memcpy(before, text, sizeof(before));
	cr_assert_eq(prepare(&op), 1);
	memset(text, 0xee, sizeof(text));
	memset(tag, 0xee, sizeof(tag));
	async_submit_wait(queue, 1, ASYNC_FOREVER);
	cr_assert_eq(out[0], 0, "written before it was collected");
	memset(&op.aad_len, 0, sizeof(op.aad_len));
	cr_assert_eq(async_collect(requests[0]), 100);
	expect_output(before, out, &(struct async_op) { .len = 100 }, NULL);
}

Test(copy, nothing_is_written_for_a_wrong_tag)
{
	struct async_op op = gcm_op();

	cr_assert_eq(run(&op), 100);
	op.opcode = CRYPTOSIM_OP_DECRYPT;
	op.src = out;
	op.dst = text;
	memset(text, 0x77, sizeof(text));
	tag[3] ^= 1;
	cr_assert_eq(run(&op), -EBADMSG);
	cr_assert_eq(text[0], 0x77);
	cr_assert_eq(text[99], 0x77);
	cr_assert_not_null(async_buf_alloc(queue, ARENA), "copies are left");
}

/* A result beyond the buffer, from a device that is broken. */
Test(copy, a_result_is_no_longer_than_asked_for)
{
	struct async_op op = cbc_op();

	memset(out, 0x77, sizeof(out));
	cr_assert_eq(prepare(&op), 1);
	async_submit(queue);
	fakedev_post(dev, last_sqe()->user_data, 4096);
	cr_assert_eq(async_reap(queue), 1);
	async_collect(requests[0]);
	cr_assert_eq(out[96], 0x77);
}
