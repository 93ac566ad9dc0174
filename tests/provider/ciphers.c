// SPDX-License-Identifier: MIT
/*
 * Every cipher of the provider against the default provider's: sizes, pieces,
 * both directions, in a job and outside one. In a job the device must have done
 * it, outside one nothing may have reached it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <string.h>

#include "guest.h"
#include "harness.h"

#define TEXT_MAX	(40 * 1024)
#define ROOM		64
#define AAD_LEN		29

/**
 * struct kind - a cipher and how it is used
 * @name: the cipher's
 * @iv_len: bytes of IV, set where it is not the preset one
 * @tag_len: bytes of tag; 0: no AEAD
 * @block: the text is in multiples of this (without padding)
 * @least: bytes of text that it takes at least
 * @ccm: the length of the text is announced
 * @whole: the text comes in one piece
 */
struct kind {
	char name[24];
	size_t iv_len;
	size_t tag_len;
	size_t block;
	size_t least;
	bool ccm;
	bool whole;
};

static struct kind kinds[] = {
	{ "AES-128-CBC", 16, 0, 16, 16, .whole = false },
	{ "AES-192-CBC", 16, 0, 16, 16, .whole = false },
	{ "AES-256-CBC", 16, 0, 16, 16, .whole = false },
	{ "AES-128-GCM", 12, 16, 1, 1, .whole = false },
	{ "AES-192-GCM", 12, 16, 1, 1, .whole = false },
	{ "AES-256-GCM", 12, 16, 1, 1, .whole = false },
	{ "AES-128-CCM", 12, 16, 1, 1, .ccm = true, .whole = true },
	{ "AES-192-CCM", 7, 8, 1, 1, .ccm = true, .whole = true },
	{ "AES-256-CCM", 13, 4, 1, 1, .ccm = true, .whole = true },
	{ "AES-128-XTS", 16, 0, 1, 16, .whole = true },
	{ "AES-256-XTS", 16, 0, 1, 16, .whole = true },
	{ "ChaCha20-Poly1305", 12, 16, 1, 1, .whole = false },
};

/**
 * struct message - what is done, and what came out
 * @kind: the cipher
 * @libctx: whose implementation
 * @properties: likewise
 * @len: bytes of text
 * @piece: bytes that are handed over at once; 0: all
 * @padding: on
 * @enc: encrypt
 * @in_place: the output is where the input was
 * @in: the input
 * @out: what came out
 * @out_len: its bytes
 * @tag: made, or to be checked
 * @verdict: what the last call returned
 */
struct message {
	const struct kind *kind;
	OSSL_LIB_CTX *libctx;
	const char *properties;
	size_t len;
	size_t piece;
	bool padding;
	bool enc;
	bool in_place;
	const uint8_t *in;
	uint8_t out[TEXT_MAX + ROOM];
	size_t out_len;
	uint8_t tag[16];
	int verdict;
};

static uint8_t text[TEXT_MAX], key[64], iv[16], aad[AAD_LEN];
static OSSL_LIB_CTX *plain, *ours;
static struct message reference, result;

static void setup(void)
{
	guest_load("");
	harness_random(text, sizeof(text), 1);
	harness_random(key, sizeof(key), 2);
	harness_random(iv, sizeof(iv), 3);
	harness_random(aad, sizeof(aad), 4);
	plain = OSSL_LIB_CTX_new();
	ours = harness_open("threshold = 0");
}

static void teardown(void)
{
	OSSL_LIB_CTX_free(plain);
	OSSL_LIB_CTX_free(ours);
	guest_unload();
}

TestSuite(ciphers, .init = setup, .fini = teardown, .timeout = 240);

static int start(EVP_CIPHER_CTX *ctx, EVP_CIPHER *cipher, struct message *m)
{
	const struct kind *kind = m->kind;
	int n;

	if (!EVP_CipherInit_ex2(ctx, cipher, NULL, NULL, m->enc, NULL))
		return 0;
	if (kind->tag_len &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
				(int)kind->iv_len, NULL) <= 0)
		return 0;
	if (kind->tag_len && (kind->ccm || !m->enc) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, (int)kind->tag_len,
				m->enc ? NULL : m->tag) <= 0)
		return 0;
	if (!EVP_CipherInit_ex2(ctx, NULL, key, iv, m->enc, NULL))
		return 0;
	if (!m->padding)
		EVP_CIPHER_CTX_set_padding(ctx, 0);
	if (kind->ccm && !EVP_CipherUpdate(ctx, NULL, &n, NULL, (int)m->len))
		return 0;
	/* AAD in two pieces, but for CCM, which takes one */
	if (kind->tag_len && !kind->ccm &&
	    (!EVP_CipherUpdate(ctx, NULL, &n, aad, 5) ||
	     !EVP_CipherUpdate(ctx, NULL, &n, aad + 5, AAD_LEN - 5)))
		return 0;
	return !kind->ccm || EVP_CipherUpdate(ctx, NULL, &n, aad, AAD_LEN);
}

static int pass(EVP_CIPHER_CTX *ctx, struct message *m)
{
	size_t piece = m->piece ? m->piece : m->len;
	const uint8_t *in = m->in;
	size_t at, take;
	int n;

	if (m->in_place) {
		memcpy(m->out, m->in, m->len);
		in = m->out;
	}
	m->out_len = 0;
	for (at = 0; at < m->len; at += take) {
		take = m->len - at < piece ? m->len - at : piece;
		if (!EVP_CipherUpdate(ctx, m->out + m->out_len, &n, in + at,
				      (int)take))
			return 0;
		m->out_len += n;
	}
	if (!EVP_CipherFinal_ex(ctx, m->out + m->out_len, &n))
		return 0;
	m->out_len += n;
	return !m->enc || !m->kind->tag_len ||
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
				   (int)m->kind->tag_len, m->tag) > 0;
}

/* Returns 1; the verdict is in @arg. */
static int run(void *arg)
{
	struct message *m = arg;
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(m->libctx, m->kind->name,
					      m->properties);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	m->verdict = start(ctx, cipher, m) && pass(ctx, m);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(cipher);
	return 1;
}

/* The same by both; @job: ours in a job. Returns how often that was paused. */
static unsigned int compare(struct message *m, bool job)
{
	unsigned int pauses = 0;

	reference = *m;
	reference.libctx = plain;
	reference.properties = NULL;
	result = *m;
	result.libctx = ours;
	result.properties = "provider=cryptosim";
	run(&reference);
	if (job)
		pauses = harness_run(run, &result);
	else
		run(&result);
	cr_assert_eq(result.verdict, reference.verdict,
		     "%s: %zu bytes by %zu, enc %d, job %d: verdict %d",
		     m->kind->name, m->len, m->piece, m->enc, job,
		     result.verdict);
	if (!reference.verdict)
		return pauses;
	cr_assert_eq(result.out_len, reference.out_len,
		     "%s: %zu bytes by %zu, enc %d, job %d: %zu, not %zu",
		     m->kind->name, m->len, m->piece, m->enc, job,
		     result.out_len, reference.out_len);
	cr_assert_arr_eq(result.out, reference.out, reference.out_len,
			 "%s: %zu bytes by %zu, enc %d, job %d",
			 m->kind->name, m->len, m->piece, m->enc, job);
	cr_assert_arr_eq(result.tag, reference.tag, m->kind->tag_len,
			 "%s: %zu bytes by %zu: the tag", m->kind->name, m->len,
			 m->piece);
	return pauses;
}

/* There and back, by both. */
static unsigned int round_trip(struct message *m, bool job)
{
	static uint8_t secret[TEXT_MAX + ROOM];
	unsigned int pauses;

	m->enc = true;
	m->in = text;
	pauses = compare(m, job);
	cr_assert_eq(reference.verdict, 1, "%s: %zu", m->kind->name, m->len);
	memcpy(secret, result.out, result.out_len);
	memcpy(m->tag, result.tag, sizeof(m->tag));
	m->in = secret;
	m->len = result.out_len;
	m->enc = false;
	pauses += compare(m, job);
	cr_assert_eq(reference.verdict, 1);
	/* One bit is enough, wherever there is something to check it */
	secret[m->len / 2] ^= 1;
	pauses += compare(m, job);
	return pauses;
}

ParameterizedTestParameters(ciphers, whole)
{
	return cr_make_param_array(struct kind, kinds,
				   sizeof(kinds) / sizeof(kinds[0]));
}

ParameterizedTest(struct kind *kind, ciphers, whole)
{
	static const size_t sizes[] = { 1, 16, 31, 64, 1000, 16384, TEXT_MAX };
	static struct message m;
	unsigned int pauses = 0;
	size_t i, len;

	m.kind = kind;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		len = sizes[i] - sizes[i] % kind->block;
		if (len < kind->least)
			continue;
		m.in_place = i & 1;
		m.len = len;
		round_trip(&m, false);
		m.len = len;
		pauses += round_trip(&m, true);
	}
	cr_expect_gt(pauses, 0);
	cr_expect_geq(harness_count(kind->name, OUTCOME_OFFLOADED), pauses);
	cr_expect_gt(harness_count(kind->name, OUTCOME_NO_JOB), 0);
	cr_expect_eq(harness_count(kind->name, OUTCOME_FAILED), 0);
	cr_expect_eq(harness_count(kind->name, OUTCOME_FULL), 0);
	cr_expect_eq(harness_count(kind->name, OUTCOME_NO_DEVICE), 0);
	cr_expect_eq(harness_count(kind->name, OUTCOME_UNSUITED), 0);
}

ParameterizedTestParameters(ciphers, pieces)
{
	return cr_make_param_array(struct kind, kinds,
				   sizeof(kinds) / sizeof(kinds[0]));
}

/* Texts in pieces: some whole blocks, some not; some long enough, some not. */
ParameterizedTest(struct kind *kind, ciphers, pieces)
{
	static const size_t pieces[] = { 1, 15, 16, 17, 100, 1024, 4000 };
	static struct message m;
	size_t i;

	if (kind->whole)
		return;
	m.kind = kind;
	for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		m.piece = pieces[i];
		m.len = 10 * pieces[i] + 7;
		m.len -= m.len % kind->block;
		if (!m.len)
			continue;
		round_trip(&m, false);
		m.len = 10 * pieces[i] + 7;
		m.len -= m.len % kind->block;
		round_trip(&m, true);
	}
	cr_expect_gt(harness_count(kind->name, OUTCOME_OFFLOADED), 0);
}

ParameterizedTestParameters(ciphers, padding)
{
	return cr_make_param_array(struct kind, kinds, 3);
}

ParameterizedTest(struct kind *kind, ciphers, padding)
{
	static const size_t sizes[] = { 0, 1, 15, 16, 17, 32, 1000, 4096 };
	static const size_t pieces[] = { 0, 1, 16, 33, 512 };
	static struct message m;
	size_t i, j;

	m.kind = kind;
	m.padding = true;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (j = 0; j < sizeof(pieces) / sizeof(pieces[0]); j++) {
			m.piece = pieces[j];
			m.len = sizes[i];
			round_trip(&m, false);
			/* Byte by byte nothing more is seen in long texts */
			if (pieces[j] == 1 && sizes[i] > 100)
				continue;
			m.len = sizes[i];
			round_trip(&m, true);
		}
	}
	cr_expect_gt(harness_count(kind->name, OUTCOME_OFFLOADED), 0);
}
