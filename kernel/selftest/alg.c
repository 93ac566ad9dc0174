// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../alg.c. */
#ifdef CSIM_SELFTEST

/* What the rest of the module takes for granted of a row */
static void alg_table_test(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(algs); i++) {
		const struct csim_alg *alg = &algs[i];

		KUNIT_EXPECT_TRUE(test, alg->name && alg->class);
		KUNIT_EXPECT_TRUE(test, alg->block && is_power_of_2(alg->block));
		KUNIT_EXPECT_TRUE(test, alg->key_min <= alg->key_max);
		KUNIT_EXPECT_TRUE(test, alg->key_min == alg->key_max ||
				  alg->key_step);
		KUNIT_EXPECT_TRUE(test, alg->auth_max + alg->key_max <=
				  CRYPTOSIM_MAX_KEY_LEN);
		KUNIT_EXPECT_TRUE(test, alg->iv_min <= alg->iv_max);
		KUNIT_EXPECT_TRUE(test, alg->iv_max <= CRYPTOSIM_IV_LEN);
		KUNIT_EXPECT_TRUE(test, alg->tag_min <= alg->tag_max);
		KUNIT_EXPECT_TRUE(test, alg->tag_max <= HASH_MAX_DIGESTSIZE);
		/* A hash and an AEAD give something */
		KUNIT_EXPECT_EQ(test, !alg->tag_max,
				alg->class == &csim_skcipher_class);
	}
}

static void alg_find_test(struct kunit *test)
{
	KUNIT_EXPECT_PTR_EQ(test, csim_alg_find(CRYPTOSIM_ALG_COUNT),
			    (const struct csim_alg *)ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, csim_alg_find(U32_MAX),
			    (const struct csim_alg *)ERR_PTR(-EINVAL));
	KUNIT_EXPECT_PTR_EQ(test, csim_alg_find(CRYPTOSIM_ALG_SHA256),
			    &algs[CRYPTOSIM_ALG_SHA256]);
}

static struct kunit_case alg_cases[] = {
	KUNIT_CASE(alg_table_test),
	KUNIT_CASE(alg_find_test),
	{ }
};

struct kunit_suite csim_alg_suite = {
	.name = "cryptosim-alg",
	.test_cases = alg_cases,
};

#endif /* CSIM_SELFTEST */
