// SPDX-License-Identifier: MIT
/*
 * Requests of all kinds that are not good, or only just: each gets one CQE with
 * the error that <linux/cryptosim.h> has for it, is announced, changes nothing
 * in the arena, and what comes after it is served.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define ARENA		(2u << 20)
#define PAGE		4096u

/* Where a good request has its parts: each page has a neighbour of its own */
#define SRC		0u
#define DST		(16 * PAGE)
#define AAD		(32 * PAGE)
#define TAG		(34 * PAGE)
#define LEN		64u
#define AAD_LEN		20u
#define TAG_LEN		16u
#define DIGEST_LEN	32u

enum kind { NOP, CBC, CTR, XTS, GCM, CCM, CHACHA, SHA, KINDS };

/* What the requests of a kind have in common; NOP has no key */
static const struct {
	uint8_t opcode;
	uint32_t alg;
	uint32_t key_len;
	uint32_t iv_len;
	bool aead;
} kinds[KINDS] = {
	[NOP] = { CRYPTOSIM_OP_NOP, 0, 0, 0, false },
	[CBC] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_AES_CBC, 16, 16, false },
	[CTR] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_AES_CTR, 16, 16, false },
	[XTS] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_AES_XTS, 32, 16, false },
	[GCM] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_AES_GCM, 16, 12, true },
	[CCM] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_AES_CCM, 16, 13, true },
	[CHACHA] = { CRYPTOSIM_OP_ENCRYPT, CRYPTOSIM_ALG_CHACHA20_POLY1305, 32,
		     12, true },
	[SHA] = { CRYPTOSIM_OP_DIGEST, CRYPTOSIM_ALG_SHA256, 0, 0, false },
};

#define SET(field, number) \
	RAW_FIELD((*(struct cryptosim_sqe *)0).field, number)
#define SET_IV(byte, number)	SET(iv[byte], number)

#define MAX_CHANGES	5

/* A good request of a kind, but for some fields, and what comes of it */
struct row {
	const char *what;
	enum kind kind;
	int result;
	struct raw_field change[MAX_CHANGES];
};

/* In the order of the fields of struct cryptosim_sqe */
static const struct row refused[] = {
	{ "first unknown opcode", CTR, -EINVAL, { SET(opcode, 4) } },
	{ "last unknown opcode", CTR, -EINVAL, { SET(opcode, 255) } },
	{ "NOP with an unknown opcode", NOP, -EINVAL, { SET(opcode, 4) } },
	{ "cipher: digest", CTR, -EINVAL, { SET(opcode, 3) } },
	{ "AEAD: digest", GCM, -EINVAL, { SET(opcode, 3) } },
	{ "hash: encrypt", SHA, -EINVAL, { SET(opcode, 1) } },
	{ "hash: decrypt", SHA, -EINVAL, { SET(opcode, 2) } },
	{ "NOP with all that a cipher has", CTR, -EINVAL, { SET(opcode, 0) } },
	{ "first flag", CTR, -EINVAL, { SET(flags, 1) } },
	{ "last flag", NOP, -EINVAL, { SET(flags, 0x80) } },
	{ "reserved", GCM, -EINVAL, { SET(reserved, 1) } },
	{ "reserved, high byte", NOP, -EINVAL, { SET(reserved, 0x8000) } },
	{ "reserved2", SHA, -EINVAL, { SET(reserved2, 1) } },
	{ "reserved2, high bit", NOP, -EINVAL, { SET(reserved2, 1u << 31) } },

	{ "no key", CTR, -ENOKEY, { SET(key, 0) } },
	{ "no such key", GCM, -ENOKEY, { SET(key, UINT32_MAX) } },

	{ "NOP: key", NOP, -EINVAL, { SET(key, 0x10000) } },
	{ "NOP: len", NOP, -EINVAL, { SET(len, 1) } },
	{ "NOP: src", NOP, -EINVAL, { SET(src, 1) } },
	{ "NOP: dst", NOP, -EINVAL, { SET(dst, 1) } },
	{ "NOP: aad", NOP, -EINVAL, { SET(aad, 1) } },
	{ "NOP: aad_len", NOP, -EINVAL, { SET(aad_len, 1) } },
	{ "NOP: tag", NOP, -EINVAL, { SET(tag, 1) } },
	{ "NOP: first byte of IV", NOP, -EINVAL, { SET_IV(0, 1) } },
	{ "NOP: last byte of IV", NOP, -EINVAL, { SET_IV(15, 1) } },

	{ "len too long", CTR, -EMSGSIZE,
	  { SET(len, CRYPTOSIM_MAX_LEN + 1) } },
	{ "len far too long", GCM, -EMSGSIZE, { SET(len, UINT32_MAX) } },
	{ "len too long: hash", SHA, -EMSGSIZE, { SET(len, UINT32_MAX) } },
	{ "CBC: a byte less than blocks", CBC, -EINVAL, { SET(len, 63) } },
	{ "CBC: a byte more than blocks", CBC, -EINVAL, { SET(len, 65) } },
	{ "XTS: less than a block", XTS, -EINVAL, { SET(len, 15) } },
	{ "XTS: nothing", XTS, -EINVAL, { SET(len, 0) } },

	{ "src reaches out by a byte", CTR, -EFAULT,
	  { SET(src, ARENA - LEN + 1) } },
	{ "src outside", CTR, -EFAULT, { SET(src, ARENA) } },
	{ "src outside, of no bytes", CTR, -EFAULT,
	  { SET(src, ARENA + 1), SET(len, 0) } },
	{ "src + len is 2^32", GCM, -EFAULT, { SET(src, 0u - LEN) } },
	{ "src + len is beyond 2^32", SHA, -EFAULT, { SET(src, 1u - LEN) } },
	{ "src is 2^32 - 1", CTR, -EFAULT, { SET(src, UINT32_MAX) } },
	{ "dst reaches out by a byte", CTR, -EFAULT,
	  { SET(dst, ARENA - LEN + 1) } },
	{ "dst outside", GCM, -EFAULT, { SET(dst, ARENA) } },
	{ "dst + len is 2^32", GCM, -EFAULT, { SET(dst, 0u - LEN) } },
	{ "dst + len is beyond 2^32", CTR, -EFAULT, { SET(dst, 1u - LEN) } },
	{ "digest reaches out by a byte", SHA, -EFAULT,
	  { SET(dst, ARENA - DIGEST_LEN + 1) } },
	{ "digest of nothing reaches out", SHA, -EFAULT,
	  { SET(dst, ARENA - DIGEST_LEN + 1), SET(len, 0) } },

	{ "dst a byte behind src", CTR, -EINVAL, { SET(dst, SRC + 1) } },
	{ "dst a byte before src", CTR, -EINVAL,
	  { SET(src, DST + 1) } },
	{ "src's last byte", GCM, -EINVAL, { SET(dst, SRC + LEN - 1) } },
	{ "dst's last byte", GCM, -EINVAL, { SET(src, DST + LEN - 1) } },
	{ "digest inside the text", SHA, -EINVAL, { SET(dst, SRC + 1) } },
	{ "digest's last byte", SHA, -EINVAL,
	  { SET(src, DST + DIGEST_LEN - 1) } },
	{ "dst over the AAD", GCM, -EINVAL, { SET(dst, AAD + AAD_LEN - 1) } },
	{ "dst over the tag", GCM, -EINVAL, { SET(dst, TAG + TAG_LEN - 1) } },

	{ "cipher: aad", CTR, -EINVAL, { SET(aad, 1) } },
	{ "cipher: aad_len", CBC, -EINVAL, { SET(aad_len, 1) } },
	{ "cipher: tag", XTS, -EINVAL, { SET(tag, 1) } },
	{ "hash: aad", SHA, -EINVAL, { SET(aad, 1) } },
	{ "hash: aad_len", SHA, -EINVAL, { SET(aad_len, 1) } },
	{ "hash: tag", SHA, -EINVAL, { SET(tag, 1) } },

	{ "aad reaches out by a byte", GCM, -EFAULT,
	  { SET(aad, ARENA - AAD_LEN + 1) } },
	{ "aad + aad_len is 2^32", GCM, -EFAULT, { SET(aad, 0u - AAD_LEN) } },
	{ "aad + aad_len is beyond", CCM, -EFAULT, { SET(aad, 1u - AAD_LEN) } },
	{ "aad_len too long", GCM, -EMSGSIZE,
	  { SET(aad_len, CRYPTOSIM_MAX_AAD + 1) } },
	{ "aad_len far too long", CCM, -EMSGSIZE,
	  { SET(aad_len, UINT32_MAX) } },
	{ "tag reaches out by a byte", GCM, -EFAULT,
	  { SET(tag, ARENA - TAG_LEN + 1) } },
	{ "tag outside", GCM, -EFAULT, { SET(tag, ARENA) } },
	{ "tag's end is 2^32", CCM, -EFAULT, { SET(tag, 0u - TAG_LEN) } },
	{ "tag's end is beyond 2^32", GCM, -EFAULT,
	  { SET(tag, 1u - TAG_LEN) } },

	{ "GCM: IV of 13 bytes", GCM, -EINVAL, { SET_IV(12, 1) } },
	{ "ChaCha20: IV of 13 bytes", CHACHA, -EINVAL, { SET_IV(12, 1) } },
	{ "GCM: IV of 16 bytes", GCM, -EINVAL, { SET_IV(15, 0x80) } },
	{ "CCM: IV of 14 bytes", CCM, -EINVAL, { SET_IV(13, 1) } },
	{ "hash: an IV", SHA, -EINVAL, { SET_IV(0, 1) } },
	{ "CCM: 2^16 bytes, counted in 2", CCM, -EOVERFLOW,
	  { SET(len, 1u << 16), SET(dst, SRC) } },
	{ "CCM: far more", CCM, -EOVERFLOW,
	  { SET(len, CRYPTOSIM_MAX_LEN), SET(aad, ARENA - PAGE),
	    SET(tag, ARENA - 2 * PAGE), SET(dst, SRC) } },
	{ }
};

/* At the border, on its good side */
static const struct row accepted[] = {
	{ "src's end is the arena's", CTR, 64, { SET(src, ARENA - LEN) } },
	{ "dst's end is the arena's", CTR, 64, { SET(dst, ARENA - LEN) } },
	{ "nothing, at the arena's end", CTR, 0,
	  { SET(src, ARENA), SET(dst, ARENA), SET(len, 0) } },
	{ "digest's end is the arena's", SHA, 32,
	  { SET(dst, ARENA - DIGEST_LEN) } },
	{ "digest of nothing", SHA, 32, { SET(src, ARENA), SET(len, 0) } },
	{ "aad's end is the arena's", GCM, 64, { SET(aad, ARENA - AAD_LEN) } },
	{ "no AAD, at the arena's end", GCM, 64,
	  { SET(aad, ARENA), SET(aad_len, 0) } },
	{ "tag's end is the arena's", GCM, 64, { SET(tag, ARENA - TAG_LEN) } },
	{ "no text", GCM, 0, { SET(len, 0) } },
	{ "no text, no AAD", CCM, 0, { SET(len, 0), SET(aad_len, 0) } },
	{ "no text: CBC", CBC, 0, { SET(len, 0) } },
	{ "XTS: one block", XTS, 16, { SET(len, 16) } },
	{ "XTS: a block and a byte", XTS, 17, { SET(len, 17) } },
	{ "in place", CBC, 64, { SET(dst, SRC) } },
	{ "in place: AEAD", GCM, 64, { SET(dst, SRC) } },
	{ "digest onto its text", SHA, 32, { SET(dst, SRC) } },
	{ "dst right behind src", CTR, 64, { SET(dst, SRC + LEN) } },
	{ "dst right before src", CTR, 64, { SET(src, DST + LEN) } },
	{ "digest right before its text", SHA, 32,
	  { SET(src, DST + DIGEST_LEN) } },
	{ "dst right before the AAD", GCM, 64, { SET(dst, AAD - LEN) } },
	{ "dst right behind the tag", GCM, 64, { SET(dst, TAG + TAG_LEN) } },
	{ "longest text", CTR, CRYPTOSIM_MAX_LEN,
	  { SET(len, CRYPTOSIM_MAX_LEN), SET(dst, SRC) } },
	{ "longest text, elsewhere, odd", CTR, CRYPTOSIM_MAX_LEN - 1,
	  { SET(len, CRYPTOSIM_MAX_LEN - 1), SET(src, 1),
	    SET(dst, CRYPTOSIM_MAX_LEN + 1) } },
	{ "longest AAD", GCM, 64,
	  { SET(aad_len, CRYPTOSIM_MAX_AAD), SET(aad, ARENA / 2 + 1) } },
	{ "longest of both", GCM, CRYPTOSIM_MAX_LEN,
	  { SET(len, CRYPTOSIM_MAX_LEN), SET(dst, SRC), SET(tag, ARENA - PAGE),
	    SET(aad, ARENA / 2 + 1), SET(aad_len, CRYPTOSIM_MAX_AAD) } },
	{ "CCM: 2^16 - 1 bytes", CCM, 65535,
	  { SET(len, 65535), SET(dst, SRC) } },
	{ "all bytes of IV", CTR, 64, { SET_IV(0, 255), SET_IV(15, 255) } },
	{ }
};

static struct raw_queue queue;
static struct cryptosim_session_add session;
static uint32_t keys[KINDS];
static unsigned char before[ARENA];
static uint64_t sent;

static struct cryptosim_sqe good(enum kind kind)
{
	struct cryptosim_sqe sqe = {
		.opcode = kinds[kind].opcode,
		.session = session.id,
		.user_data = ~++sent,
		.key = keys[kind],
	};

	if (kind == NOP)
		return sqe;
	sqe.len = LEN;
	sqe.src = SRC;
	sqe.dst = DST;
	memset(sqe.iv, 7, kinds[kind].iv_len);
	if (kinds[kind].aead) {
		sqe.aad = AAD;
		sqe.aad_len = AAD_LEN;
		sqe.tag = TAG;
	}
	return sqe;
}

/* Key material is what raw_key() makes, but for CCM's choice of a nonce */
static void add_keys(void)
{
	static const unsigned char material[16];
	struct cryptosim_key_add ccm = {
		.alg = CRYPTOSIM_ALG_AES_CCM,
		.key_len = sizeof(material),
		.key = (uintptr_t)material,
		.iv_len = kinds[CCM].iv_len,
	};
	enum kind kind;

	for (kind = NOP + 1; kind < KINDS; kind++)
		cr_assert_eq(raw_key(&queue, kinds[kind].alg,
				     kinds[kind].key_len, &keys[kind]), 0);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_KEY_ADD, &ccm), 0);
	keys[CCM] = ccm.id;
}

static void start(void)
{
	static const struct cryptosim_setup sizes = {
		.sq_entries = 4,
		.cq_entries = 4,
		.max_keys = 16,
		.max_sessions = 4,
		.arena_size = ARENA,
	};
	unsigned int i;

	guest_load(NULL);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	add_keys();
	for (i = 0; i < ARENA; i++)
		queue.arena[i] = i * 31 + i / PAGE;
	memcpy(before, queue.arena, ARENA);
}

static void stop(void)
{
	close(session.fd);
	raw_close(&queue);
	guest_unload();
}

TestSuite(sqe, .init = start, .fini = stop);

/* Runs a row's request; its CQE and its announcement are as they have to be */
static void run_row(const struct row *row)
{
	struct cryptosim_sqe sqe = good(row->kind);
	struct cryptosim_cqe cqe = { };
	unsigned int i;
	int ret;

	for (i = 0; i < MAX_CHANGES; i++)
		raw_set(&sqe, &row->change[i]);
	ret = raw_run(&queue, &sqe, &cqe);
	cr_assert_eq(ret, 0, "%s: %d", row->what, ret);
	cr_expect_eq(cqe.result, row->result, "%s: %d, not %d", row->what,
		     cqe.result, row->result);
	cr_expect_eq(cqe.user_data, sqe.user_data, "%s", row->what);
	cr_expect_eq(cqe.session, session.id, "%s", row->what);
	cr_expect_neq(cqe.time_ns, 0, "%s", row->what);
	cr_expect_eq(raw_load(&queue.done[session.slot]), sent, "%s: %u",
		     row->what, raw_load(&queue.done[session.slot]));
	cr_expect_not(raw_reap(&queue, NULL), "%s: a second CQE", row->what);
}

Test(sqe, refused)
{
	struct control_stats stats;
	struct cryptosim_sqe sqe;
	const struct row *row;

	for (row = refused; row->what; row++) {
		run_row(row);
		cr_expect_eq(memcmp(queue.arena, before, ARENA), 0,
			     "%s: the arena changed", row->what);
		sqe = good(GCM);
		cr_assert_eq(guest_run(&queue, &sqe), (int)LEN, "after %s",
			     row->what);
		memcpy(queue.arena, before, ARENA);
	}
	stats = guest_stats(0);
	cr_expect_eq(stats.errors, row - refused);
	cr_expect_eq(stats.bytes, LEN * (row - refused));
	cr_expect_eq(stats.completions, sent);
}

Test(sqe, accepted)
{
	const struct row *row;

	for (row = accepted; row->what; row++)
		run_row(row);
	cr_expect_eq(guest_stats(0).errors, 0);
}

/* No kind writes a byte beside its result */
Test(sqe, results_stay_in_their_bounds)
{
	struct cryptosim_sqe sqe;
	enum kind kind;
	int result;

	for (kind = NOP + 1; kind < KINDS; kind++) {
		sqe = good(kind);
		sqe.dst = DST + 13;
		result = guest_run(&queue, &sqe);
		cr_expect_eq(result, kind == SHA ? (int)DIGEST_LEN : (int)LEN);
		cr_expect_neq(memcmp(queue.arena + sqe.dst, before + sqe.dst,
				     result), 0, "kind %d wrote nothing", kind);
		memcpy(queue.arena + sqe.dst, before + sqe.dst, result);
		if (kinds[kind].aead)
			memcpy(queue.arena + TAG, before + TAG, TAG_LEN);
		cr_expect_eq(memcmp(queue.arena, before, ARENA), 0,
			     "kind %d wrote elsewhere", kind);
	}
}

static void flip(uint32_t offset)
{
	queue.arena[offset] ^= 0x80;
}

/* Decrypts what was encrypted, but for one bit, and looks for what comes out */
static void expect_bad(enum kind kind, uint32_t wrong, uint32_t dst)
{
	static const unsigned char zeroes[LEN];
	struct cryptosim_sqe sqe = good(kind);

	sqe.opcode = CRYPTOSIM_OP_DECRYPT;
	sqe.src = DST;
	sqe.dst = dst;
	flip(wrong);
	memcpy(before, queue.arena, ARENA);
	cr_expect_eq(guest_run(&queue, &sqe), -EBADMSG);
	cr_expect_eq(memcmp(queue.arena + dst, zeroes, LEN), 0,
		     "kind %d, byte %u: not wiped", kind, wrong);
	memcpy(queue.arena + dst, before + dst, LEN);
	cr_expect_eq(memcmp(queue.arena, before, ARENA), 0,
		     "kind %d, byte %u: wrote elsewhere", kind, wrong);
	flip(wrong);
}

/* One wrong bit in the tag, in the text, in the AAD; in place and elsewhere */
Test(sqe, wrong_tag)
{
	static const uint32_t wrong[] = {
		TAG, TAG + TAG_LEN - 1, DST, DST + LEN - 1, AAD,
		AAD + AAD_LEN - 1,
	};
	struct cryptosim_sqe sqe;
	enum kind kind;
	unsigned int i;

	for (kind = GCM; kind <= CHACHA; kind++) {
		sqe = good(kind);
		cr_assert_eq(guest_run(&queue, &sqe), (int)LEN);
		for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
			expect_bad(kind, wrong[i], DST + 2 * PAGE - 1);
			expect_bad(kind, wrong[i], DST);
		}
		/* and as it was, it is good */
		sqe.opcode = CRYPTOSIM_OP_DECRYPT;
		sqe.src = DST;
		sqe.dst = DST + 4 * PAGE;
		cr_expect_eq(guest_run(&queue, &sqe), (int)LEN);
		cr_expect_eq(memcmp(queue.arena + sqe.dst, queue.arena + SRC,
				    LEN), 0);
	}
}
