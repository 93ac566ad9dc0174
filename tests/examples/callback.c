// SPDX-License-Identifier: MIT
/* Callbacks in a poll() loop of one's own: cc callback.c -lasync */
#include <errno.h>
#include <libasync/async.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#define CLIENTS 4

/* In a server this would be a connection. */
struct client {
	char text[32];
	unsigned char digest[32];
	struct async_session *session;
	struct async_request *request;
};

static int waiting;	/* clients whose digest is to come */

static int fail(const char *what, int err)
{
	fprintf(stderr, "callback: %s: %s\n", what, strerror(err));
	return 1;
}

/* Runs in async_reap(), in the thread that calls that. */
static int on_done(void *arg)
{
	struct client *client = arg;
	int ret;

	ret = async_collect(client->request);
	if (ret < 0)
		fail("async_collect", -ret);
	else
		printf("%s: SHA-256 is %02x%02x...\n", client->text,
		       client->digest[0], client->digest[1]);
	waiting--;
	return 0;
}

static int start(struct async_queue *queue, const struct async_key *sha256,
		 struct client *client)
{
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST, .key = sha256,
		.src = client->text, .len = strlen(client->text),
		.dst = client->digest,
	};
	int ret;

	ret = async_session_open(queue, &client->session);
	if (ret)
		return fail("async_session_open", -ret);
	async_session_set_callback(client->session, on_done, client);
	op.session = client->session;
	ret = async_prepare(queue, &op, 1, &client->request);
	if (ret != 1)	/* 0: the ring is full */
		return fail("async_prepare", ret ? -ret : EAGAIN);
	waiting++;
	return 0;
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct async_queue *queue;
	struct async_key sha256;
	struct pollfd pfd;
	int ret, i;

	ret = async_queue_open(&queue, 0, NULL);	/* /dev/cryptosim0 */
	if (ret)
		return fail("async_queue_open", -ret);
	ret = async_key_add(queue, &params, &sha256);
	if (ret)
		return fail("async_key_add", -ret);
	for (i = 0; i < CLIENTS; i++) {
		sprintf(clients[i].text, "client %d", i);
		if (start(queue, &sha256, &clients[i]))
			return 1;
	}
	ret = async_submit(queue);	/* all of them at once */
	if (ret < 0)
		return fail("async_submit", -ret);
	pfd = (struct pollfd) { .fd = async_queue_fd(queue), .events = POLLIN };
	while (waiting) {		/* the program's other fds belong here */
		if (poll(&pfd, 1, -1) < 0 && errno != EINTR)
			return fail("poll", errno);
		ret = async_reap(queue);
		if (ret < 0)
			return fail("async_reap", -ret);
	}
	for (i = 0; i < CLIENTS; i++)
		async_session_close(clients[i].session);
	async_queue_close(queue);
	return 0;
}
