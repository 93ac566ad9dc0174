// SPDX-License-Identifier: MIT
/*
 * HAProxy from Debian with ssl-mode-async: 2,000 handshakes from 40 clients at
 * once, a reload while they come, and rings that are too small for them. Its
 * handshakes are in jobs, its data is not.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"
#include "harness.h"
#include "process.h"

#define PORT		4434
#define CLIENTS		40
#define HANDSHAKES	2000
#define REQUEST		"GET / HTTP/1.0\r\n\r\n"
#define ANSWER		"HTTP/1.1 200 OK\r\n"

/**
 * struct client - one of those that are there at once
 * @fd: its connection
 * @ssl: likewise
 * @asked: the handshake is done, and the request sent
 * @got: bytes of the answer
 * @answer: these
 */
struct client {
	int fd;
	SSL *ssl;
	bool asked;
	size_t got;
	char answer[512];
};

static void setup(void)
{
	process_config("threshold = 0\nsummary = yes");
	process_files();
	guest_load("");
}

static void teardown(void)
{
	guest_unload();
}

TestSuite(haproxy, .init = setup, .fini = teardown, .timeout = 600);

static void write_config(void)
{
	FILE *file = fopen("/tmp/haproxy.cfg", "we");

	cr_assert_not_null(file);
	/* Its provider's fds are not counted by maxconn */
	fprintf(file,
		"global\n"
		"  maxconn 400\n"
		"  nbthread 2\n"
		"  ssl-provider-path /\n"
		"  ssl-provider cryptosim\n"
		"  ssl-provider default\n"
		"  ssl-propquery ?provider=cryptosim\n"
		"  ssl-mode-async\n"
		"defaults\n"
		"  mode http\n"
		"  timeout client 60s\n"
		"  timeout connect 60s\n"
		"  timeout server 60s\n"
		"frontend tls\n"
		"  bind 127.0.0.1:%d ssl crt /tmp/both.pem\n"
		"  http-request return status 200 content-type text/plain string done\n",
		PORT);
	cr_assert_eq(fclose(file), 0);
}

static void client_start(struct client *client, SSL_CTX *ctx)
{
	const struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(PORT),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};

	memset(client, 0, sizeof(*client));
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	cr_assert_geq(client->fd, 0);
	cr_assert_eq(connect(client->fd, (const struct sockaddr *)&address,
			     sizeof(address)), 0, "%s", strerror(errno));
	cr_assert_eq(fcntl(client->fd, F_SETFL, O_NONBLOCK), 0);
	client->ssl = SSL_new(ctx);
	SSL_set_fd(client->ssl, client->fd);
	SSL_set_connect_state(client->ssl);
}

/* As far as it goes now. Returns true when the answer is there. */
static bool client_step(struct client *client)
{
	size_t n;

	if (!client->asked) {
		if (!SSL_write_ex(client->ssl, REQUEST, strlen(REQUEST), &n)) {
			n = SSL_get_error(client->ssl, 0);
			cr_assert(n == SSL_ERROR_WANT_READ ||
				  n == SSL_ERROR_WANT_WRITE, "%zu", n);
			return false;
		}
		client->asked = true;
	}
	while (SSL_read_ex(client->ssl, client->answer + client->got,
			   sizeof(client->answer) - 1 - client->got, &n))
		client->got += n;
	return SSL_get_error(client->ssl, 0) != SSL_ERROR_WANT_READ;
}

static void client_end(struct client *client)
{
	cr_assert_eq(strncmp(client->answer, ANSWER, strlen(ANSWER)), 0,
		     "answered: \"%s\"", client->answer);
	SSL_free(client->ssl);
	close(client->fd);
}

/* @half_way: called when half of them are done. */
static void run_clients(unsigned int total, void (*half_way)(void *arg),
			void *arg)
{
	/* With nothing of OPENSSL_CONF, which is HAProxy's */
	OSSL_LIB_CTX *libctx = OSSL_LIB_CTX_new();
	SSL_CTX *ctx = SSL_CTX_new_ex(libctx, NULL, TLS_client_method());
	static struct client clients[CLIENTS];
	struct pollfd fds[CLIENTS];
	unsigned int started, done = 0;
	int i;

	for (started = 0; started < CLIENTS; started++)
		client_start(&clients[started], ctx);
	while (done < total) {
		for (i = 0; i < CLIENTS; i++)
			fds[i] = (struct pollfd) {
				.fd = clients[i].ssl ? clients[i].fd : -1,
				.events = POLLIN,
			};
		for (i = 0; i < CLIENTS; i++) {
			if (!clients[i].ssl || !client_step(&clients[i]))
				continue;
			client_end(&clients[i]);
			clients[i].ssl = NULL;
			fds[i].fd = -1;
			if (++done == total / 2 && half_way)
				half_way(arg);
			if (started < total) {
				client_start(&clients[i], ctx);
				started++;
			}
			break;
		}
		/* One that has just begun has something to write */
		if (i == CLIENTS)
			cr_assert_gt(poll(fds, CLIENTS, 60000), 0);
	}
	SSL_CTX_free(ctx);
	OSSL_LIB_CTX_free(libctx);
}

static pid_t start_haproxy(void)
{
	pid_t pid;

	write_config();
	pid = process_spawn("/dev/null", "/tmp/haproxy",
			    "haproxy -W -f /tmp/haproxy.cfg");
	process_listens(PORT);
	return pid;
}

/* What the workers printed when they ended. */
static void expect_summaries(unsigned int handshakes)
{
	process_sh("cat /tmp/haproxy.err");
	/* In each, the client's Finished at least, and what the server says */
	cr_expect_geq(process_summed("/tmp/haproxy.err", " offloaded"),
		      2 * handshakes);
	cr_expect_eq(process_summed("/tmp/haproxy.err", " failed"), 0);
	cr_expect_eq(process_summed("/tmp/haproxy.err", " no device"), 0);
	cr_expect_gt(process_summed("/tmp/haproxy.err", " no job"), 0);
}

Test(haproxy, handshakes)
{
	pid_t pid = start_haproxy();

	run_clients(HANDSHAKES, NULL, NULL);
	cr_expect_not(process_crashed(process_end(pid, SIGUSR1)));
	expect_summaries(HANDSHAKES);
	guest_queues_gone(0);
}

static void reload(void *arg)
{
	cr_assert_eq(kill(*(pid_t *)arg, SIGUSR2), 0);
}

Test(haproxy, reload_under_load)
{
	pid_t pid = start_haproxy();

	run_clients(HANDSHAKES / 4, reload, &pid);
	cr_expect_not(process_crashed(process_end(pid, SIGUSR1)));
	expect_summaries(HANDSHAKES / 4);
	guest_queues_gone(0);
}

/* How often its rings of two were full, which is to be counted as full. */
static unsigned long long run_full(const char *config)
{
	pid_t pid;

	process_config(config);
	guest_load("latency_ns=5000000");
	pid = start_haproxy();
	run_clients(HANDSHAKES / 10, NULL, NULL);
	cr_expect_not(process_crashed(process_end(pid, SIGUSR1)));
	guest_queues_gone(0);
	return process_summed("/tmp/haproxy.err", " full");
}

/* Its jobs wait for room, by the fds that it polls as ever. */
Test(haproxy, full_rings)
{
	cr_expect_eq(run_full("threshold = 0\nsummary = yes\ndepth = 2\n"
			      "full = wait"), 0);
	expect_summaries(HANDSHAKES / 10);
}

/* Or do not: else that would have shown nothing. */
Test(haproxy, full_rings_in_software)
{
	cr_expect_gt(run_full("threshold = 0\nsummary = yes\ndepth = 2"), 0);
}
