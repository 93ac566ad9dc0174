// SPDX-License-Identifier: MIT
/* The fds of several sessions in an io_uring: cc uring.c -lasync -luring */
#include <errno.h>
#include <libasync/async.h>
#include <liburing.h>
#include <poll.h>
#include <stdio.h>
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

static int fail(const char *what, int err)
{
	fprintf(stderr, "uring: %s: %s\n", what, strerror(err));
	return 1;
}

/* Has the ring tell once when the client's fd is readable. */
static int watch(struct client *client)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);

	if (!sqe)
		return fail("io_uring_get_sqe", EBUSY);
	io_uring_prep_poll_add(sqe, async_session_fd(client->session), POLLIN);
	io_uring_sqe_set_data(sqe, client);
	return 0;
}

static int start(struct client *client)
{
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST, .key = &sha256,
		.src = client->text, .len = strlen(client->text),
		.dst = client->digest,
	};
	int ret;

	ret = async_session_open(queue, &client->session);
	if (ret)
		return fail("async_session_open", -ret);
	op.session = client->session;
	ret = async_prepare(queue, &op, 1, &client->request);
	if (ret != 1)	/* 0: the ring is full */
		return fail("async_prepare", ret ? -ret : EAGAIN);
	return watch(client);
}

/* Return: 1: done; 0: readable once too often, watched again; -1: failed. */
static int finish(struct client *client)
{
	int ret;

	ret = async_reap(queue);
	if (ret >= 0)
		ret = async_collect(client->request);
	if (ret == -EINPROGRESS)
		return -watch(client);
	if (ret < 0)
		return -fail("async_collect", -ret);
	printf("%s: SHA-256 is %02x%02x...\n", client->text, client->digest[0],
	       client->digest[1]);
	async_session_close(client->session);
	return 1;
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct io_uring_cqe *cqe;
	int ret, done, i;

	ret = async_queue_open(&queue, 0, NULL);	/* /dev/cryptosim0 */
	if (ret)
		return fail("async_queue_open", -ret);
	ret = async_key_add(queue, &params, &sha256);
	if (ret)
		return fail("async_key_add", -ret);
	ret = io_uring_queue_init(CLIENTS, &ring, 0);
	if (ret)
		return fail("io_uring_queue_init", -ret);
	for (i = 0; i < CLIENTS; i++) {
		sprintf(clients[i].text, "client %d", i);
		if (start(&clients[i]))
			return 1;
	}
	ret = async_submit(queue);		/* what the device is to do */
	if (ret < 0)
		return fail("async_submit", -ret);
	for (done = 0; done < CLIENTS; done += ret) {
		ret = io_uring_submit_and_wait(&ring, 1);
		if (ret < 0 && ret != -EINTR)
			return fail("io_uring_submit_and_wait", -ret);
		if (io_uring_peek_cqe(&ring, &cqe)) {
			ret = 0;	/* a signal */
			continue;
		}
		ret = cqe->res < 0 ? -fail("poll", -cqe->res) :
			finish(io_uring_cqe_get_data(cqe));
		if (ret < 0)
			return 1;
		io_uring_cqe_seen(&ring, cqe);
	}
	io_uring_queue_exit(&ring);
	async_queue_close(queue);
	return 0;
}
