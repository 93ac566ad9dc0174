// SPDX-License-Identifier: MIT
/*
 * s_server -async and s_client -async, as they come with Debian: transfers both
 * ways, ends that are killed, and handshakes that are given up at every point.
 * They ask over and over rather than wait, and free everything while a request
 * is in flight.
 *
 * What s_client can't do, whoever is asynchronous: a connection has one job, and
 * where it calls SSL_write(3) while a read is paused, that resumes the read, and
 * it takes what was read for written. It does so until its own first text is
 * out, so a server speaks second here, and without session tickets, and one way
 * comes after the other. And a record that a read was paused for it only looks
 * at again when more comes: so more is sent than is looked at.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guest.h"
#include "harness.h"
#include "process.h"

#define PORT	4433
/* Pipes: what is written to them is sent then, by server and client */
#define LATER	"/tmp/later"
#define HELLO	"/tmp/hello"

/**
 * struct tls - a connection
 * @client: options of the client
 * @counted: the algorithm that is to have been offloaded
 */
struct tls {
	char client[80];
	char counted[28];
};

static struct tls connections[] = {
	{ "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256", "AES-128-GCM" },
	{ "-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256",
	  "ChaCha20-Poly1305" },
	{ "-tls1_2 -cipher ECDHE-ECDSA-AES256-GCM-SHA384", "AES-256-GCM" },
	{ "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA256", "AES-128-CBC" },
	{ "-tls1_2 -no_etm -cipher ECDHE-ECDSA-AES128-SHA256",
	  "AES-128-CBC-HMAC-SHA256" },
};

static void setup(void)
{
	process_config("threshold = 64");
	process_files();
}

static void teardown(void)
{
	guest_unload();
}

TestSuite(tls, .init = setup, .fini = teardown, .timeout = 600);

static pid_t start_server(const char *in)
{
	pid_t pid = process_spawn(in, "/tmp/c2s",
				  "openssl s_server -async -quiet \\\n"
				  "    -accept %d -num_tickets 0 -no_ticket \\\n"
				  "    -cert /tmp/cert.pem -key /tmp/key.pem",
				  PORT);

	process_listens(PORT);
	return pid;
}

static pid_t start_client(const char *in, const char *options)
{
	return process_spawn(in, "/tmp/s2c",
			     "openssl s_client -async -quiet \\\n"
			     "    -connect 127.0.0.1:%d %s", PORT, options);
}

/* A client that has said hello and now listens. */
static pid_t start_listener(const char *options)
{
	pid_t pid;

	process_sh("rm -f " HELLO "; mkfifo " HELLO);
	pid = start_client(HELLO, options);
	process_sh("timeout %d sh -c 'echo hello >" HELLO "\n"
		   "until grep -q hello /tmp/c2s; do usleep 10000; done'",
		   PROCESS_WATCHDOG);
	return pid;
}

/* The server says all of it. */
static void send_later(void)
{
	process_sh("timeout %d sh -c 'cat " PROCESS_BULK " >" LATER "'",
		   PROCESS_WATCHDOG);
}

/* The server begins to say it, and goes on while others do something else. */
static void send_some(void)
{
	process_sh("timeout %d sh -c 'cat " PROCESS_BULK " >" LATER "' &",
		   PROCESS_WATCHDOG);
}

/*
 * After so many transfers all but all was the device's. Returns how much was, of
 * all algorithms.
 */
static uint64_t expect_counts(pid_t pid, const char *name,
			      unsigned int transfers)
{
	/* Records of 16 KiB at most */
	uint64_t least = transfers * (PROCESS_BULK_LEN / 16384);
	uint64_t offloaded = process_count(pid, name, OUTCOME_OFFLOADED);

	cr_expect_geq(offloaded, least, "%s: %llu offloaded", name,
		      (unsigned long long)offloaded);
	cr_expect_eq(process_count(pid, NULL, OUTCOME_FAILED), 0);
	cr_expect_eq(process_count(pid, NULL, OUTCOME_NO_DEVICE), 0);
	cr_expect_eq(process_count(pid, NULL, OUTCOME_FULL), 0);
	cr_expect_eq(process_count(pid, name, OUTCOME_UNSUITED), 0);
	cr_expect_eq(process_count(pid, name, OUTCOME_NO_JOB), 0);
	return process_count(pid, NULL, OUTCOME_OFFLOADED);
}

ParameterizedTestParameters(tls, transfer)
{
	return cr_make_param_array(struct tls, connections,
				   sizeof(connections) /
				   sizeof(connections[0]));
}

ParameterizedTest(struct tls *tls, tls, transfer)
{
	pid_t server, client;
	uint64_t counted;

	guest_load("");
	process_sh("rm -f " LATER "; mkfifo " LATER);
	server = start_server(LATER);
	client = start_client(PROCESS_BULK, tls->client);
	process_grown("/tmp/c2s", PROCESS_BULK_LEN);
	counted = expect_counts(client, tls->counted, 1);
	cr_expect_not(process_crashed(process_end(client, SIGTERM)));
	process_sh("cmp -s -n %u " PROCESS_BULK " /tmp/c2s", PROCESS_BULK_LEN);
	client = start_listener(tls->client);
	send_later();
	process_grown("/tmp/s2c", PROCESS_BULK_LEN);
	counted += expect_counts(client, tls->counted, 1);
	counted += expect_counts(server, tls->counted, 2);
	/* What they call offloaded the device has seen */
	cr_expect_geq(guest_stats(0).requests, counted);
	process_sh("cryptosimctl show sessions %d | grep -q '^thread '",
		   server);
	cr_expect_not(process_crashed(process_end(client, SIGTERM)));
	cr_expect_not(process_crashed(process_end(server, SIGTERM)));
	process_sh("cmp -s -n %u " PROCESS_BULK " /tmp/s2c", PROCESS_BULK_LEN);
	guest_queues_gone(0);
}

/* One end is killed in the middle of a transfer; the other goes on. */
static void kill_one(const char *params, bool the_server)
{
	pid_t server, client;
	int status;

	guest_load(params);
	process_sh("rm -f " LATER "; mkfifo " LATER);
	server = start_server(LATER);
	client = start_listener("");
	send_some();
	process_grown("/tmp/s2c", 32768);
	if (the_server) {
		process_end(server, SIGKILL);
		/* It notices that its peer is gone */
		status = process_end(client, 0);
	} else {
		process_end(client, SIGKILL);
		status = process_end(server, SIGTERM);
	}
	cr_expect_not(process_crashed(status), "%x", status);
	guest_queues_gone(0);
	guest_unload();
}

Test(tls, killed_in_the_middle)
{
	static const char *const latencies[] = {
		"", "latency_ns=1000000", "latency_ns=20000000",
		"latency_ns=150000000",
	};
	size_t i;

	for (i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++) {
		kill_one(latencies[i], false);
		kill_one(latencies[i], true);
	}
	guest_load("");
}

static int connect_tcp(void)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	/* The end is a reset, which comes at once and wherever it is */
	const struct linger linger = { .l_onoff = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	cr_assert_geq(fd, 0);
	cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger,
				sizeof(linger)), 0);
	cr_assert_eq(connect(fd, (const struct sockaddr *)&address,
			     sizeof(address)), 0);
	return fd;
}

/*
 * A handshake that is given up: before it has begun, in the first message, as
 * soon as the server says something, after so many bytes of what it says, or
 * when it is done and there is data under way.
 */
static void abort_handshake(SSL_CTX *ctx, unsigned int round)
{
	int fd = connect_tcp();
	SSL *ssl = SSL_new(ctx);
	uint8_t mem[4096];
	BIO *in, *out;
	int n;

	in = BIO_new(BIO_s_mem());
	out = BIO_new(BIO_s_mem());
	SSL_set_bio(ssl, in, out);
	SSL_set_connect_state(ssl);
	SSL_do_handshake(ssl);
	n = BIO_read(out, mem, sizeof(mem));
	switch (round % 5) {
	case 0:
		break;
	case 1:
		cr_assert_eq(write(fd, mem, n / 2), n / 2);
		break;
	case 2:
		cr_assert_eq(write(fd, mem, n), n);
		break;
	case 3:
		cr_assert_eq(write(fd, mem, n), n);
		cr_assert_gt(read(fd, mem, 1 + round * 7 % 500), 0);
		break;
	case 4:
		cr_assert_eq(write(fd, mem, n), n);
		while (!SSL_is_init_finished(ssl)) {
			n = read(fd, mem, sizeof(mem));
			cr_assert_gt(n, 0);
			BIO_write(in, mem, n);
			SSL_do_handshake(ssl);
		}
		SSL_write(ssl, "half", 4);
		n = BIO_read(out, mem, sizeof(mem));
		cr_assert_eq(write(fd, mem, n), n);
		break;
	}
	close(fd);
	SSL_free(ssl);
}

static void abort_many(const char *params, unsigned int rounds)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	pid_t server, client;
	unsigned int i;

	process_config("threshold = 0");
	guest_load(params);
	process_sh("rm -f " LATER "; mkfifo " LATER);
	server = start_server(LATER);
	for (i = 0; i < rounds; i++)
		abort_handshake(ctx, i);
	/* It serves all the same, and has sessions for nobody else */
	client = start_listener("");
	send_later();
	process_grown("/tmp/s2c", 65536);
	cr_expect_gt(process_count(server, NULL, OUTCOME_OFFLOADED), rounds);
	process_sh("cryptosimctl show sessions %d >/tmp/sessions\n"
		   "test $(grep -c '^thread ' /tmp/sessions) -eq 1", server);
	process_end(client, SIGTERM);
	cr_expect_not(process_crashed(process_end(server, SIGTERM)));
	SSL_CTX_free(ctx);
	guest_queues_gone(0);
	guest_unload();
}

Test(tls, aborted_handshakes)
{
	abort_many("", 70);
	abort_many("latency_ns=1000000", 70);
	abort_many("latency_ns=20000000", 40);
	abort_many("latency_ns=150000000", 20);
	guest_load("");
}
