// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../request.c. */
#ifdef CSIM_SELFTEST

#define REQUEST_ARENA	65536

static const struct csim_alg_class request_cipher_class = {
	.ops = BIT(CRYPTOSIM_OP_ENCRYPT) | BIT(CRYPTOSIM_OP_DECRYPT),
};

static const struct csim_alg_class request_aead_class = {
	.ops = BIT(CRYPTOSIM_OP_ENCRYPT) | BIT(CRYPTOSIM_OP_DECRYPT),
	.aead = true,
};

static const struct csim_alg_class request_hash_class = {
	.ops = BIT(CRYPTOSIM_OP_DIGEST),
};

/* What the rows start from, each of them good */
static const struct {
	struct csim_alg alg;
	struct csim_key key;
	struct cryptosim_sqe sqe;
} request_kinds[] = {
	{
		.alg = { .class = &request_cipher_class, .block = 16,
			 .len_min = 16 },
		.key = { .iv_len = 16, .len_max = CRYPTOSIM_MAX_LEN },
		.sqe = { .opcode = CRYPTOSIM_OP_ENCRYPT, .len = 32, .src = 64,
			 .dst = 128, .iv[15] = 1 },
	},
	{
		.alg = { .class = &request_aead_class, .block = 1 },
		.key = { .iv_len = 12, .tag_len = 16, .len_max = 1000 },
		.sqe = { .opcode = CRYPTOSIM_OP_DECRYPT, .len = 33, .src = 64,
			 .dst = 128, .aad = 1000, .aad_len = 13, .tag = 2000,
			 .iv[11] = 1 },
	},
	{
		.alg = { .class = &request_hash_class, .block = 1 },
		.key = { .tag_len = 32, .len_max = CRYPTOSIM_MAX_LEN },
		.sqe = { .opcode = CRYPTOSIM_OP_DIGEST, .len = 3, .src = 64,
			 .dst = 128 },
	},
};

enum { CIPHER, AEAD, HASH };

#define ROW(kind, field, value, want) \
	{ kind, offsetof(struct cryptosim_sqe, field), value, want }

/* One field changed, and what comes of it */
static const struct {
	u8 kind;
	u8 offset;
	u32 value;
	int want;
} request_rows[] = {
	ROW(CIPHER, opcode, CRYPTOSIM_OP_DECRYPT, 0),
	ROW(CIPHER, opcode, CRYPTOSIM_OP_DIGEST, -EINVAL),
	ROW(CIPHER, len, 0, -EINVAL),			/* below len_min */
	ROW(CIPHER, len, 16, 0),
	ROW(CIPHER, len, 33, -EINVAL),
	ROW(CIPHER, len, CRYPTOSIM_MAX_LEN + 16, -EMSGSIZE),
	ROW(CIPHER, len, 64, 0),
	ROW(CIPHER, len, 80, -EINVAL),			/* overlap */
	ROW(CIPHER, src, 128, 0),			/* in place */
	ROW(CIPHER, src, 127, -EINVAL),
	ROW(CIPHER, src, 159, -EINVAL),
	ROW(CIPHER, src, 160, 0),
	ROW(CIPHER, src, REQUEST_ARENA - 32, 0),
	ROW(CIPHER, src, REQUEST_ARENA - 31, -EFAULT),
	ROW(CIPHER, src, U32_MAX, -EFAULT),
	ROW(CIPHER, dst, REQUEST_ARENA - 32, 0),
	ROW(CIPHER, dst, REQUEST_ARENA - 31, -EFAULT),
	ROW(CIPHER, dst, U32_MAX - 15, -EFAULT),
	ROW(CIPHER, aad, 1, -EINVAL),
	ROW(CIPHER, aad_len, 1, -EINVAL),
	ROW(CIPHER, tag, 1, -EINVAL),
	ROW(AEAD, aad_len, CRYPTOSIM_MAX_AAD + 1, -EMSGSIZE),
	ROW(AEAD, aad_len, 0, 0),
	ROW(AEAD, len, 0, 0),
	ROW(AEAD, len, 1001, -EOVERFLOW),
	ROW(AEAD, aad, REQUEST_ARENA - 13, 0),
	ROW(AEAD, aad, REQUEST_ARENA - 12, -EFAULT),
	ROW(AEAD, aad, 120, -EINVAL),			/* overlaps dst */
	ROW(AEAD, aad, 64, 0),				/* overlaps src */
	ROW(AEAD, tag, REQUEST_ARENA - 16, 0),
	ROW(AEAD, tag, REQUEST_ARENA - 15, -EFAULT),
	ROW(AEAD, tag, 160, -EINVAL),			/* overlaps dst */
	ROW(AEAD, tag, 161, 0),
	ROW(AEAD, iv[12], 1, -EINVAL),			/* beyond iv_len */
	ROW(HASH, opcode, CRYPTOSIM_OP_ENCRYPT, -EINVAL),
	ROW(HASH, dst, REQUEST_ARENA - 32, 0),
	ROW(HASH, dst, REQUEST_ARENA - 31, -EFAULT),
	ROW(HASH, len, REQUEST_ARENA - 63, -EFAULT),
	ROW(HASH, len, 65, -EINVAL),			/* overlap */
	ROW(HASH, iv[0], 1, -EINVAL),
};

static void request_check_test(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(request_kinds); i++) {
		struct csim_key key = request_kinds[i].key;

		key.alg = &request_kinds[i].alg;
		KUNIT_EXPECT_EQ(test, request_check(&key, &request_kinds[i].sqe,
						    REQUEST_ARENA), 0);
	}
	for (i = 0; i < ARRAY_SIZE(request_rows); i++) {
		struct csim_key key = request_kinds[request_rows[i].kind].key;
		struct cryptosim_sqe sqe =
			request_kinds[request_rows[i].kind].sqe;
		u32 value = request_rows[i].value;

		key.alg = &request_kinds[request_rows[i].kind].alg;
		/* Little endian, and what follows a shorter field is zero */
		memcpy((u8 *)&sqe + request_rows[i].offset, &value,
		       sizeof(value));
		KUNIT_EXPECT_EQ(test, request_check(&key, &sqe, REQUEST_ARENA),
				request_rows[i].want);
	}
}

static void request_overlap_test(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, request_overlap(10, 5, 14, 1));
	KUNIT_EXPECT_FALSE(test, request_overlap(10, 5, 15, 1));
	KUNIT_EXPECT_TRUE(test, request_overlap(14, 1, 10, 5));
	KUNIT_EXPECT_FALSE(test, request_overlap(15, 1, 10, 5));
	KUNIT_EXPECT_TRUE(test, request_overlap(U32_MAX, 2, U32_MAX, 1));
	KUNIT_EXPECT_FALSE(test, request_overlap(U32_MAX, 2, 0, 1));
	/* Nothing is in nobody's way */
	KUNIT_EXPECT_FALSE(test, request_overlap(12, 0, 10, 5));
	KUNIT_EXPECT_FALSE(test, request_overlap(10, 5, 12, 0));
}

/* All bytes of a NOP but those of session and user_data are to be zero */
static void request_nop_test(struct kunit *test)
{
	struct cryptosim_sqe sqe = { .session = 1, .user_data = 1 };
	unsigned int i;

	KUNIT_EXPECT_TRUE(test, csim_sqe_is_nop(&sqe));
	for (i = 0; i < sizeof(sqe); i++) {
		if (i >= offsetof(struct cryptosim_sqe, session) &&
		    i < offsetof(struct cryptosim_sqe, key))
			continue;
		((u8 *)&sqe)[i] = 1;
		KUNIT_EXPECT_FALSE(test, csim_sqe_is_nop(&sqe));
		((u8 *)&sqe)[i] = 0;
	}
}

/* Each byte of an IV behind its end is to be zero, and none before */
static void request_iv_test(struct kunit *test)
{
	struct cryptosim_sqe sqe = { };
	unsigned int len, i;

	for (len = 0; len <= CRYPTOSIM_IV_LEN; len++) {
		for (i = 0; i < CRYPTOSIM_IV_LEN; i++) {
			sqe.iv[i] = 0x80;
			KUNIT_EXPECT_EQ(test, request_iv_ends(&sqe, len),
					i < len);
			sqe.iv[i] = 0;
		}
		KUNIT_EXPECT_TRUE(test, request_iv_ends(&sqe, len));
	}
}

/* The structs are an ABI: every field where it always was */
static void request_abi_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_sqe), 64);
	KUNIT_EXPECT_EQ(test, offsetof(struct cryptosim_sqe, user_data), 8);
	KUNIT_EXPECT_EQ(test, offsetof(struct cryptosim_sqe, key), 16);
	KUNIT_EXPECT_EQ(test, offsetof(struct cryptosim_sqe, tag), 40);
	KUNIT_EXPECT_EQ(test, offsetof(struct cryptosim_sqe, iv), 48);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_cqe), 32);
	KUNIT_EXPECT_EQ(test, offsetof(struct cryptosim_cqe, time_ns), 16);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_info), 48);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_alg_info), 176);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_setup), 88);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_key_add), 32);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_key_del), 8);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_session_add), 16);
	KUNIT_EXPECT_EQ(test, sizeof(struct cryptosim_doorbell), 32);
}

static struct kunit_case request_cases[] = {
	KUNIT_CASE(request_check_test),
	KUNIT_CASE(request_overlap_test),
	KUNIT_CASE(request_nop_test),
	KUNIT_CASE(request_iv_test),
	KUNIT_CASE(request_abi_test),
	{ }
};

struct kunit_suite csim_request_suite = {
	.name = "cryptosim-request",
	.test_cases = request_cases,
};

#endif /* CSIM_SELFTEST */
