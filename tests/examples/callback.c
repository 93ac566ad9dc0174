// SPDX-License-Identifier: MIT
/* Callbacks in a poll() loop of one's own: cc callback.c -lasync */
#include <errno.h>
#include <libasync/async.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 4

/* In a server this would be a connection. */
struct client {
	char text[32];
	unsigned char digest[32];
	struct async_session *session;
	struct async_request *request;
};

static struct async_queue *queue;
static struct async_key sha256;
static int waiting;	/* clients whose digest is to come */

/* Ends the program where a call failed. */
static void check(const char *call, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "callback: %s: %s\n", call, strerror(-ret));
	exit(1);
}

/* Runs in async_reap(), in the thread that calls that. */
static int on_done(void *arg)
{
	struct client *client = arg;

	check("async_collect", async_collect(client->request));
	printf("%s: SHA-256 is %02x%02x...\n", client->text, client->digest[0],
	       client->digest[1]);
	waiting--;
	return 0;
}

static void start(struct client *client, int number)
{
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST, .key = &sha256,
		.src = client->text, .dst = client->digest,
	};
	int ret;

	op.len = sprintf(client->text, "client %d", number);
	check("async_session_open", async_session_open(queue, &client->session));
	async_session_set_callback(client->session, on_done, client);
	op.session = client->session;
	ret = async_prepare(queue, &op, 1, &client->request);
	check("async_prepare", ret ? ret : -EAGAIN);	/* 0: the ring is full */
	waiting++;
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct pollfd pfd = { .events = POLLIN };
	int i;

	check("/dev/cryptosim0", async_queue_open(&queue, 0, NULL));
	check("async_key_add", async_key_add(queue, &params, &sha256));
	for (i = 0; i < CLIENTS; i++)
		start(&clients[i], i);
	check("async_submit", async_submit(queue));	/* all at once */
	pfd.fd = async_queue_fd(queue);
	while (waiting) {		/* the program's other fds belong here */
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			check("poll", -errno);
		check("async_reap", async_reap(queue));
	}
	for (i = 0; i < CLIENTS; i++)
		async_session_close(clients[i].session);
	async_queue_close(queue);
	return 0;
}
