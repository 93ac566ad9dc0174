// SPDX-License-Identifier: MIT
/* The fds of several sessions in an io_uring: cc uring.c -lasync -luring */
#include <errno.h>
#include <libasync/async.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CLIENTS 4

struct client {
	char text[32];
	unsigned char digest[32];
	struct async_session *session;
	struct async_request *request;
};

static struct async_queue *queue;
static struct async_key sha256;
static struct io_uring ring;
static int waiting;	/* clients whose digest is to come */

/* Ends the program where a call failed. */
static void check(const char *call, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "uring: %s: %s\n", call, strerror(-ret));
	exit(1);
}

/* Has the ring tell once when the client's fd is readable. */
static void watch(struct client *client)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	check("io_uring_get_sqe", sqe ? 0 : -EBUSY);
	io_uring_prep_poll_add(sqe, async_session_fd(client->session), POLLIN);
	io_uring_sqe_set_data(sqe, client);
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
	op.session = client->session;
	ret = async_prepare(queue, &op, 1, &client->request);
	check("async_prepare", ret ? ret : -EAGAIN);	/* 0: the ring is full */
	watch(client);
	waiting++;
}

/* The client's fd is readable: the device is done. */
static void finish(struct client *client)
{
	check("async_reap", async_reap(queue));
	if (!async_done(client->request)) {	/* readable once too often */
		watch(client);
		return;
	}
	check("async_collect", async_collect(client->request));
	printf("%s: SHA-256 is %02x%02x...\n", client->text, client->digest[0],
	       client->digest[1]);
	async_session_close(client->session);
	waiting--;
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct io_uring_cqe *cqe;
	int i;

	check("/dev/cryptosim0", async_queue_open(&queue, 0, NULL));
	check("async_key_add", async_key_add(queue, &params, &sha256));
	check("io_uring_queue_init", io_uring_queue_init(CLIENTS, &ring, 0));
	for (i = 0; i < CLIENTS; i++)
		start(&clients[i], i);
	check("async_submit", async_submit(queue));
	while (waiting) {
		check("io_uring", io_uring_submit_and_wait(&ring, 1));
		while (!io_uring_peek_cqe(&ring, &cqe)) {
			check("poll", cqe->res);
			finish(io_uring_cqe_get_data(cqe));
			io_uring_cqe_seen(&ring, cqe);
		}
	}
	io_uring_queue_exit(&ring);
	async_queue_close(queue);
	return 0;
}
