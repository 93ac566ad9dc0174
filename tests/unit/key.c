// SPDX-License-Identifier: MIT
/* Keys: what the library makes of the device's facts. */
#include <criterion/criterion.h>
#include <errno.h>

#include <libasync/async.h>
#include "fakedev.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CRYPT (1 << CRYPTOSIM_OP_ENCRYPT | 1 << CRYPTOSIM_OP_DECRYPT)
#define DIGEST (1 << CRYPTOSIM_OP_DIGEST)

static const char material[32] = "a key";
static struct async_queue *queue;
static struct fakedev *dev;

static void setup(void)
{
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	dev = fakedev_of(async_queue_fd(queue));
}

static void teardown(void)
{
	async_queue_close(queue);
}

TestSuite(key, .init = setup, .fini = teardown, .timeout = 60);

Test(key, lengths_and_defaults)
{
	static const struct {
		struct async_key_params params;
		struct async_key expected;
	} rows[] = {
		{ { .alg = CRYPTOSIM_ALG_AES_CBC }, { 1, 16, 0, CRYPT, 0 } },
		{ { .alg = CRYPTOSIM_ALG_AES_GCM }, { 2, 12, 16, CRYPT, 1 } },
		{ { .alg = CRYPTOSIM_ALG_AES_GCM, .tag_len = 8 },
		  { 3, 12, 8, CRYPT, 1 } },
		{ { .alg = CRYPTOSIM_ALG_AES_CCM }, { 4, 12, 16, CRYPT, 1 } },
		{ { .alg = CRYPTOSIM_ALG_AES_CCM, .iv_len = 7, .tag_len = 4 },
		  { 5, 7, 4, CRYPT, 1 } },
		{ { .alg = CRYPTOSIM_ALG_SHA256 }, { 6, 0, 32, DIGEST, 0 } },
		{ { .alg = CRYPTOSIM_ALG_SHA256, .tag_len = 20 },
		  { 7, 0, 20, DIGEST, 0 } },
	};
	const struct async_key *expected;
	struct cryptosim_key_add *sent;
	struct async_key key;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		expected = &rows[i].expected;
		cr_assert_eq(async_key_add(queue, &rows[i].params, &key), 0);
		cr_expect_eq(key.id, expected->id, "row %u", i);
		cr_expect_eq(key.iv_len, expected->iv_len, "row %u", i);
		cr_expect_eq(key.tag_len, expected->tag_len, "row %u", i);
		cr_expect_eq(key.ops, expected->ops, "row %u", i);
		cr_expect_eq(key.aead, expected->aead, "row %u", i);
		sent = &dev->keys[i];
		cr_expect_eq(sent->iv_len, key.iv_len, "row %u", i);
		cr_expect_eq(sent->tag_len, key.tag_len, "row %u", i);
	}
}

Test(key, the_material_is_handed_on)
{
	const struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_GCM,
		.key = material,
		.key_len = sizeof(material),
		.auth_len = 5,
	};
	struct async_key key;

	cr_assert_eq(async_key_add(queue, &params, &key), 0);
	cr_assert_eq(dev->keys[0].alg, CRYPTOSIM_ALG_AES_GCM);
	cr_assert_eq(dev->keys[0].key, (uintptr_t)material);
	cr_assert_eq(dev->keys[0].key_len, sizeof(material));
	cr_assert_eq(dev->keys[0].auth_len, 5);
}

/* None of these may lose its upper bits on the way. */
Test(key, lengths_beyond_32_bits)
{
	static const struct async_key_params rows[] = {
		{ .alg = CRYPTOSIM_ALG_AES_GCM, .key_len = 1ull << 32 },
		{ .alg = CRYPTOSIM_ALG_AES_GCM, .auth_len = 1ull << 32 },
		{ .alg = CRYPTOSIM_ALG_AES_GCM, .tag_len = (1ull << 32) + 16 },
		{ .alg = CRYPTOSIM_ALG_AES_GCM, .iv_len = (1ull << 32) + 12 },
		{ .alg = CRYPTOSIM_ALG_AES_GCM, .key_len = CRYPTOSIM_MAX_KEY_LEN + 1 },
	};
	struct async_key key;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		cr_expect_eq(async_key_add(queue, &rows[i], &key), -EINVAL,
			     "row %u", i);
	cr_assert_eq(dev->keys[0].id, 0, "one was made");
}

Test(key, algorithms_that_are_not_there)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA512 };
	struct async_key key;

	cr_assert_eq(async_key_add(queue, &params, &key), -EOPNOTSUPP);
	params.alg = CRYPTOSIM_ALG_COUNT;
	cr_assert_eq(async_key_add(queue, &params, &key), -EINVAL);
}

Test(key, the_end_of_one)
{
	const struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct async_key key, copy;

	cr_assert_eq(async_key_add(queue, &params, &key), 0);
	copy = key;
	cr_assert_eq(async_key_del(queue, &key), 0);
	cr_assert_eq(key.id, 0);
	cr_assert_eq(async_key_del(queue, &key), -ENOKEY);
	cr_assert_eq(async_key_del(queue, &copy), -ENOKEY);
	cr_assert_neq(copy.id, 0, "it failed");
}
