// SPDX-License-Identifier: MIT
/*
 * TLS: a client and a server in one process, both with SSL_MODE_ASYNC, over a
 * pair of BIOs. What was sent has to arrive, both ways, and the device has to
 * have done it. One end has the default provider, once the one and once the
 * other: what both ends did wrong in the same way would go unnoticed.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <poll.h>
#include <string.h>

#include "guest.h"
#include "harness.h"

#define BULK	(256 * 1024)

/**
 * struct suite - a cipher suite
 * @name: OpenSSL's
 * @version: of the protocol
 * @etm: with encrypt-then-MAC, where that is to choose
 * @counted: the algorithm that is to have been offloaded
 */
struct suite {
	char name[40];
	int version;
	int etm;
	char counted[28];
};

static struct suite suites[] = {
	{ "TLS_AES_128_GCM_SHA256", TLS1_3_VERSION, 0, "AES-128-GCM" },
	{ "TLS_AES_256_GCM_SHA384", TLS1_3_VERSION, 0, "AES-256-GCM" },
	{ "TLS_CHACHA20_POLY1305_SHA256", TLS1_3_VERSION, 0,
	  "ChaCha20-Poly1305" },
	{ "TLS_AES_128_CCM_SHA256", TLS1_3_VERSION, 0, "AES-128-CCM" },
	{ "TLS_AES_128_CCM_8_SHA256", TLS1_3_VERSION, 0, "AES-128-CCM" },
	{ "ECDHE-ECDSA-AES128-GCM-SHA256", TLS1_2_VERSION, 0, "AES-128-GCM" },
	{ "ECDHE-ECDSA-AES256-GCM-SHA384", TLS1_2_VERSION, 0, "AES-256-GCM" },
	{ "ECDHE-ECDSA-CHACHA20-POLY1305", TLS1_2_VERSION, 0,
	  "ChaCha20-Poly1305" },
	{ "ECDHE-ECDSA-AES128-CCM", TLS1_2_VERSION, 0, "AES-128-CCM" },
	{ "ECDHE-ECDSA-AES256-CCM8", TLS1_2_VERSION, 0, "AES-256-CCM" },
	{ "ECDHE-ECDSA-AES128-SHA", TLS1_2_VERSION, 1, "AES-128-CBC" },
	{ "ECDHE-ECDSA-AES128-SHA", TLS1_2_VERSION, 0,
	  "AES-128-CBC-HMAC-SHA1" },
	{ "ECDHE-ECDSA-AES256-SHA", TLS1_2_VERSION, 0,
	  "AES-256-CBC-HMAC-SHA1" },
	{ "ECDHE-ECDSA-AES128-SHA256", TLS1_2_VERSION, 1, "AES-128-CBC" },
	{ "ECDHE-ECDSA-AES128-SHA256", TLS1_2_VERSION, 0,
	  "AES-128-CBC-HMAC-SHA256" },
	{ "ECDHE-ECDSA-AES256-SHA384", TLS1_2_VERSION, 1, "AES-256-CBC" },
	{ "ECDHE-ECDSA-AES256-SHA384", TLS1_2_VERSION, 0, "AES-256-CBC" },
	{ "ECDHE-ECDSA-AES128-SHA", TLS1_1_VERSION, 1, "AES-128-CBC" },
	{ "ECDHE-ECDSA-AES128-SHA", TLS1_1_VERSION, 0,
	  "AES-128-CBC-HMAC-SHA1" },
	/* Each record is chained to the one before it */
	{ "ECDHE-ECDSA-AES128-SHA", TLS1_VERSION, 1, "AES-128-CBC" },
};

/* Properties of client and server: whose ciphers they have */
static const char *const pairs[][2] = {
	{ "?provider=cryptosim", "?provider=default" },
	{ "?provider=default", "?provider=cryptosim" },
};

/**
 * struct end - one of the two
 * @ssl: it
 * @sent: bytes of @bulk that were sent
 * @got: bytes that have arrived
 * @waiting: in a job that is paused for the device
 */
struct end {
	SSL *ssl;
	size_t sent;
	size_t got;
	bool waiting;
};

static uint8_t bulk[BULK], got[2][BULK];
static OSSL_LIB_CTX *libctx;
static EVP_PKEY *key;
static X509 *cert;

static void make_certificate(void)
{
	X509_NAME *name;

	key = EVP_PKEY_Q_keygen(libctx, NULL, "EC", "P-256");
	cr_assert_not_null(key);
	cert = X509_new_ex(libctx, NULL);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_set_pubkey(cert, key);
	name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)"test", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	cr_assert_gt(X509_sign(cert, key, EVP_sha256()), 0);
}

static void setup(void)
{
	guest_load("");
	harness_random(bulk, sizeof(bulk), 7);
	libctx = harness_open("threshold = 64");
	make_certificate();
}

static void teardown(void)
{
	X509_free(cert);
	EVP_PKEY_free(key);
	OSSL_LIB_CTX_free(libctx);
	guest_unload();
}

TestSuite(records, .init = setup, .fini = teardown, .timeout = 240);

static SSL *new_ssl(const struct suite *suite, const char *properties,
		    const SSL_METHOD *method)
{
	SSL_CTX *ctx = SSL_CTX_new_ex(libctx, properties, method);
	SSL *ssl;

	cr_assert_not_null(ctx);
	/* So short a key is for old versions and for suites with short tags */
	SSL_CTX_set_security_level(ctx, 0);
	cr_assert_eq(SSL_CTX_set_min_proto_version(ctx, suite->version), 1);
	cr_assert_eq(SSL_CTX_set_max_proto_version(ctx, suite->version), 1);
	if (suite->version == TLS1_3_VERSION)
		cr_assert_eq(SSL_CTX_set_ciphersuites(ctx, suite->name), 1);
	else
		cr_assert_eq(SSL_CTX_set_cipher_list(ctx, suite->name), 1,
			     "%s", suite->name);
	if (!suite->etm)
		SSL_CTX_set_options(ctx, SSL_OP_NO_ENCRYPT_THEN_MAC);
	SSL_CTX_set_mode(ctx, SSL_MODE_ASYNC);
	ssl = SSL_new(ctx);
	cr_assert_not_null(ssl);
	SSL_CTX_free(ctx);
	return ssl;
}

static void connect_ends(struct end *ends, const struct suite *suite,
			 const char *const *properties)
{
	BIO *a, *b;

	cr_assert_eq(BIO_new_bio_pair(&a, 40000, &b, 40000), 1);
	ends[0].ssl = new_ssl(suite, properties[0], TLS_client_method());
	ends[1].ssl = new_ssl(suite, properties[1], TLS_server_method());
	cr_assert_eq(SSL_use_certificate(ends[1].ssl, cert), 1);
	cr_assert_eq(SSL_use_PrivateKey(ends[1].ssl, key), 1);
	SSL_set_bio(ends[0].ssl, a, a);
	SSL_set_bio(ends[1].ssl, b, b);
	SSL_set_connect_state(ends[0].ssl);
	SSL_set_accept_state(ends[1].ssl);
}

static void free_ends(struct end *ends)
{
	SSL_free(ends[0].ssl);
	SSL_free(ends[1].ssl);
}

/* Returns whether the call is to be made again. */
static bool again(struct end *end, int ret)
{
	int error = SSL_get_error(end->ssl, ret);

	end->waiting = error == SSL_ERROR_WANT_ASYNC;
	return end->waiting || error == SSL_ERROR_WANT_READ ||
	       error == SSL_ERROR_WANT_WRITE;
}

/* One call that writes, if anything is left; false: it failed. */
static bool step_write(struct end *end)
{
	size_t n;
	int ret;

	if (end->sent >= BULK)
		return true;
	ret = SSL_write_ex(end->ssl, bulk + end->sent, BULK - end->sent, &n);
	if (ret == 1)
		end->sent += n;
	return ret == 1 || again(end, ret);
}

/* One call that reads, likewise. */
static bool step_read(struct end *end, uint8_t *to)
{
	size_t n;
	int ret;

	if (end->got >= BULK)
		return true;
	ret = SSL_read_ex(end->ssl, to + end->got, BULK - end->got, &n);
	if (ret == 1)
		end->got += n;
	return ret == 1 || again(end, ret);
}

/* Waits until the device has something for an end that waits for it. */
static void wait_for_device(struct end *end)
{
	struct pollfd pollfd = { .events = POLLIN };
	size_t n = 0;

	cr_assert_eq(SSL_get_all_async_fds(end->ssl, NULL, &n), 1);
	cr_assert_eq(n, 1, "%zu fds", n);
	SSL_get_all_async_fds(end->ssl, &pollfd.fd, &n);
	cr_assert_eq(poll(&pollfd, 1, 60000), 1);
}

/*
 * One call of SSL_write(3), then all that arrives is read by the other end;
 * a paused call is made again before anything else is done with its SSL.
 */
static void push(struct end *from, struct end *to, uint8_t *mem)
{
	while (from->sent < BULK || to->got < BULK) {
		do {
			from->waiting = false;
			cr_assert(step_write(from));
			if (from->waiting)
				wait_for_device(from);
		} while (from->waiting);
		do {
			to->waiting = false;
			cr_assert(step_read(to, mem));
			if (to->waiting)
				wait_for_device(to);
		} while (to->waiting);
	}
}

static void handshake(struct end *ends)
{
	bool done[2] = { false };
	int i, ret;

	while (!done[0] || !done[1]) {
		for (i = 0; i < 2; i++) {
			ends[i].waiting = false;
			ret = SSL_do_handshake(ends[i].ssl);
			done[i] = ret == 1;
			cr_assert(ret == 1 || again(&ends[i], ret));
			if (ends[i].waiting)
				wait_for_device(&ends[i]);
		}
	}
}

ParameterizedTestParameters(records, suite)
{
	return cr_make_param_array(struct suite, suites,
				   sizeof(suites) / sizeof(suites[0]));
}

/* Both ways between two ends, of which one is ours. */
static void transfer(const struct suite *suite, const char *const *properties)
{
	uint64_t before = harness_count(suite->counted, OUTCOME_OFFLOADED);
	uint64_t bare = BULK / SSL3_RT_MAX_PLAIN_LENGTH;
	struct end ends[2] = { 0 };
	uint64_t offloaded;

	memset(got, 0, sizeof(got));
	connect_ends(ends, suite, properties);
	handshake(ends);
	push(&ends[0], &ends[1], got[1]);
	push(&ends[1], &ends[0], got[0]);
	cr_expect_arr_eq(got[0], bulk, BULK);
	cr_expect_arr_eq(got[1], bulk, BULK);
	free_ends(ends);
	offloaded = harness_count(suite->counted, OUTCOME_OFFLOADED) - before;
	/* Each record, sealed or opened; at the other end none */
	cr_expect_geq(offloaded, 2 * bare, "%s: %llu offloaded", suite->name,
		      (unsigned long long)offloaded);
	cr_expect_lt(offloaded, 3 * bare, "%s: %llu offloaded", suite->name,
		     (unsigned long long)offloaded);
	cr_expect_eq(harness_sessions(), 0);
}

ParameterizedTest(struct suite *suite, records, suite)
{
	size_t i;

	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		transfer(suite, pairs[i]);
	cr_expect_eq(harness_count(NULL, OUTCOME_FAILED), 0);
	cr_expect_eq(harness_count(NULL, OUTCOME_UNSUITED), 0,
		     "%s: %llu unsuited", suite->name,
		     (unsigned long long)harness_count(NULL, OUTCOME_UNSUITED));
}
