// SPDX-License-Identifier: MIT
/*
 * What is wrong with TLS 1.2 records and no well-meaning peer would notice: a
 * nonce that comes twice, a tag that nobody looks at, and padding that tells
 * whether it is good.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/prov_ssl.h>
#include <string.h>

#include "guest.h"
#include "harness.h"

#define TEXT		256
#define EXPLICIT	8
#define EXPLICIT_IV	16
#define TAG		16
#define MAC		32
#define NONCES		6

static const uint8_t key[16] = "sixteen bytes...", fixed[4] = "salt";
static OSSL_LIB_CTX *libctx;
static EVP_CIPHER_CTX *ctx;

static void setup(void)
{
	guest_load("");
	libctx = harness_open("threshold = 0");
	ctx = EVP_CIPHER_CTX_new();
}

static void teardown(void)
{
	EVP_CIPHER_CTX_free(ctx);
	OSSL_LIB_CTX_free(libctx);
	guest_unload();
}

TestSuite(frames, .init = setup, .fini = teardown, .timeout = 120);

static EVP_CIPHER *fetch(const char *name)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, name, NULL);

	cr_assert_not_null(cipher);
	return cipher;
}

/* Seals a record and takes down its explicit nonce. */
static int seal(void *nonce)
{
	uint8_t header[EVP_AEAD_TLS1_AAD_LEN] = {
		[8] = 23, 3, 3, (EXPLICIT + TEXT) >> 8, (EXPLICIT + TEXT) & 255,
	};
	uint8_t record[EXPLICIT + TEXT + TAG] = { 0 };
	int n;

	if (EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_TLS1_AAD, sizeof(header),
				header) != TAG)
		return 0;
	if (!EVP_CipherUpdate(ctx, record, &n, record, sizeof(record)))
		return 0;
	memcpy(nonce, record, EXPLICIT);
	return n == sizeof(record);
}

/* Whoever seals a record, device or software, its nonce is a new one. */
Test(frames, no_nonce_comes_twice)
{
	EVP_CIPHER *cipher = fetch("AES-128-GCM");
	uint8_t nonces[NONCES][EXPLICIT];
	int i, j;

	cr_assert_eq(EVP_EncryptInit_ex2(ctx, cipher, key, NULL, NULL), 1);
	cr_assert_gt(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IV_FIXED,
					 sizeof(fixed), (void *)fixed), 0);
	for (i = 0; i < NONCES; i++) {
		if (i % 3 == 2)
			cr_assert_eq(seal(nonces[i]), 1);
		else
			cr_assert_gt(harness_run(seal, nonces[i]), 0);
		for (j = 0; j < i; j++)
			cr_expect_arr_neq(nonces[i], nonces[j], EXPLICIT,
					  "%d and %d", i, j);
	}
	cr_expect_eq(harness_count("AES-128-GCM", OUTCOME_OFFLOADED), 4);
	cr_expect_eq(harness_count("AES-128-GCM", OUTCOME_NO_JOB), 2);
	EVP_CIPHER_free(cipher);
}

/**
 * struct opened - a record that was opened
 * @sealed: the record, of which nothing is right; then what came out
 * @mac: the MAC that was found in it
 */
struct opened {
	uint8_t sealed[TEXT];
	uint8_t mac[MAC];
};

static int open_record(void *arg)
{
	struct opened *opened = arg;
	uint8_t *mac = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_octet_ptr(OSSL_CIPHER_PARAM_TLS_MAC, (void **)&mac,
				     MAC),
		OSSL_PARAM_END
	};
	int n;

	if (!EVP_CipherUpdate(ctx, opened->sealed, &n, opened->sealed, TEXT) ||
	    !EVP_CIPHER_CTX_get_params(ctx, params))
		return 0;
	memcpy(opened->mac, mac, MAC);
	return 1;
}

/*
 * A record whose padding is bad is no error, and its MAC is no good one: some
 * bytes or other, so that nobody can choose what it will be compared with.
 */
Test(frames, bad_padding_is_a_bad_mac)
{
	EVP_CIPHER *cipher = fetch("AES-128-CBC");
	unsigned int version = TLS1_2_VERSION;
	size_t mac_len = MAC;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
		OSSL_PARAM_size_t(OSSL_CIPHER_PARAM_TLS_MAC_SIZE, &mac_len),
		OSSL_PARAM_END
	};
	static const uint8_t iv[16];
	struct opened opened[2];
	int i;

	for (i = 0; i < 2; i++) {
		harness_random(opened[i].sealed, TEXT, 11);
		cr_assert_eq(EVP_DecryptInit_ex2(ctx, cipher, key, iv, params),
			     1);
		cr_assert_gt(harness_run(open_record, &opened[i]), 0);
	}
	cr_expect_arr_eq(opened[0].sealed, opened[1].sealed, TEXT);
	cr_expect_arr_neq(opened[0].mac, opened[1].mac, MAC);
	EVP_CIPHER_free(cipher);
}

/* With encrypt-then-MAC it is an error: the record was authenticated before. */
static int refuse_padding(void *record)
{
	int n;

	return !EVP_CipherUpdate(ctx, record, &n, record, TEXT);
}

Test(frames, bad_padding_without_a_mac)
{
	EVP_CIPHER *cipher = fetch("AES-128-CBC");
	unsigned int version = TLS1_2_VERSION;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
		OSSL_PARAM_END
	};
	static const uint8_t iv[16];
	uint8_t record[TEXT];

	harness_random(record, TEXT, 11);
	cr_assert_eq(EVP_DecryptInit_ex2(ctx, cipher, key, iv, params), 1);
	cr_assert_gt(harness_run(refuse_padding, record), 0);
	EVP_CIPHER_free(cipher);
}

/**
 * struct aead - a cipher of records with a tag
 * @name: OpenSSL's
 * @explicit: bytes of nonce in the record
 */
struct aead {
	char name[20];
	int explicit;
};

static struct aead aeads[] = {
	{ "AES-128-GCM", EXPLICIT },
	{ "AES-128-CCM", EXPLICIT },
	{ "ChaCha20-Poly1305", 0 },
};

/**
 * struct forged - a record that nobody sealed
 * @len: its bytes
 * @bytes: these
 */
struct forged {
	int len;
	uint8_t bytes[EXPLICIT + TEXT + TAG];
};

static int refuse(void *arg)
{
	struct forged *forged = arg;
	uint8_t header[EVP_AEAD_TLS1_AAD_LEN] = {
		[8] = 23, 3, 3, forged->len >> 8, forged->len & 255,
	};
	int n;

	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_TLS1_AAD, sizeof(header),
				   header) == TAG &&
	       EVP_CipherUpdate(ctx, forged->bytes, &n, forged->bytes,
				forged->len) <= 0;
}

/* As libssl sets it up, which gives ChaCha20's IV with the key. */
static void init_open(const struct aead *aead, EVP_CIPHER *cipher)
{
	static const uint8_t long_key[32], iv[12];

	cr_assert_eq(EVP_DecryptInit_ex2(ctx, cipher, NULL, NULL, NULL), 1);
	if (!aead->explicit) {
		cr_assert_eq(EVP_DecryptInit_ex2(ctx, NULL, long_key, iv, NULL),
			     1);
		return;
	}
	if (!strcmp(aead->name, "AES-128-CCM")) {
		cr_assert_gt(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IVLEN,
						 sizeof(iv), NULL), 0);
		cr_assert_gt(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG,
						 TAG, NULL), 0);
	}
	cr_assert_eq(EVP_DecryptInit_ex2(ctx, NULL, key, NULL, NULL), 1);
	cr_assert_gt(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_IV_FIXED,
					 sizeof(fixed), (void *)fixed), 0);
}

ParameterizedTestParameters(frames, forged_records_are_refused)
{
	return cr_make_param_array(struct aead, aeads,
				   sizeof(aeads) / sizeof(aeads[0]));
}

/* By the device, and nothing of what it made of the text gets out. */
ParameterizedTest(struct aead *aead, frames, forged_records_are_refused)
{
	struct forged forged = { .len = aead->explicit + TEXT + TAG };
	static const uint8_t zeros[TEXT];
	EVP_CIPHER *cipher = fetch(aead->name);

	harness_random(forged.bytes, forged.len, 12);
	init_open(aead, cipher);
	cr_assert_gt(harness_run(refuse, &forged), 0);
	cr_expect_eq(harness_count(aead->name, OUTCOME_OFFLOADED), 1);
	cr_expect_arr_eq(forged.bytes + aead->explicit, zeros, TEXT);
	EVP_CIPHER_free(cipher);
}

static int refuse_mac(void *record)
{
	uint8_t header[EVP_AEAD_TLS1_AAD_LEN] = {
		[8] = 23, 3, 3, TEXT >> 8, TEXT & 255,
	};
	int n;

	return EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_TLS1_AAD, sizeof(header),
				   header) > 0 &&
	       EVP_CipherUpdate(ctx, record, &n, record, TEXT) <= 0;
}

/* A record of nothing but zeroes: good padding, and a MAC that is none. */
static void forge_mac(uint8_t *record)
{
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, "AES-128-CBC",
					      "provider=default");
	EVP_CIPHER_CTX *plain = EVP_CIPHER_CTX_new();
	int n;

	memset(record, 0, TEXT);
	cr_assert_eq(EVP_EncryptInit_ex2(plain, cipher, key, record, NULL), 1);
	cr_assert_eq(EVP_EncryptUpdate(plain, record + EXPLICIT_IV, &n,
				       record + EXPLICIT_IV,
				       TEXT - EXPLICIT_IV), 1);
	EVP_CIPHER_CTX_free(plain);
	EVP_CIPHER_free(cipher);
}

/* The same where the MAC is within. */
Test(frames, forged_mac_is_refused)
{
	EVP_CIPHER *cipher = fetch("AES-128-CBC-HMAC-SHA1");
	unsigned int version = TLS1_2_VERSION;
	const OSSL_PARAM params[] = {
		OSSL_PARAM_uint(OSSL_CIPHER_PARAM_TLS_VERSION, &version),
		OSSL_PARAM_END
	};
	static const uint8_t iv[16];
	uint8_t record[TEXT];

	forge_mac(record);
	cr_assert_eq(EVP_DecryptInit_ex2(ctx, cipher, key, iv, params), 1);
	cr_assert_gt(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_MAC_KEY,
					 sizeof(key), (void *)key), 0);
	cr_assert_gt(harness_run(refuse_mac, record), 0);
	EVP_CIPHER_free(cipher);
}
