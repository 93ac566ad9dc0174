// SPDX-License-Identifier: MIT
/* The fds of several sessions in one epoll: cc epoll.c -lasync */
#include <errno.h>
#include <libasync/async.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CLIENTS	3
#define ROUNDS	3	/* of each: digests of digests, one after another */

struct client {
	int number, round;
	unsigned char digest[32];
	struct async_session *session;
	struct async_request *request;
};

static struct async_queue *queue;
static struct async_key sha256;
static int working = CLIENTS;

static int fail(const char *what, int err)
{
	fprintf(stderr, "epoll: %s: %s\n", what, strerror(err));
	return 1;
}

static int submit(struct client *client)
{
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST, .key = &sha256,
		.session = client->session,
		.src = client->digest, .len = sizeof(client->digest),
		.dst = client->digest,
	};
	int ret;

	ret = async_prepare(queue, &op, 1, &client->request);
	if (ret != 1)	/* 0: the ring is full */
		return fail("async_prepare", ret ? -ret : EAGAIN);
	ret = async_submit(queue);
	return ret < 0 ? fail("async_submit", -ret) : 0;
}

static int start(int epoll, struct client *client)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
	int ret;

	ret = async_session_open(queue, &client->session);
	if (ret)
		return fail("async_session_open", -ret);
	/* One fd for the session's life; it is never read from. */
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, async_session_fd(client->session),
		      &event))
		return fail("epoll_ctl", errno);
	return submit(client);
}

/* The client's fd is readable: the device is done, or was just before. */
static int go_on(struct client *client)
{
	int ret;

	ret = async_reap(queue);
	if (ret < 0)
		return fail("async_reap", -ret);
	ret = async_collect(client->request);
	if (ret == -EINPROGRESS)
		return 0;
	if (ret < 0)
		return fail("async_collect", -ret);
	printf("client %d, round %d: %02x%02x...\n", client->number,
	       ++client->round, client->digest[0], client->digest[1]);
	if (client->round < ROUNDS)
		return submit(client);
	async_session_close(client->session);	/* and with it the fd */
	working--;
	return 0;
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct epoll_event event;
	int epoll, ret, i;

	ret = async_queue_open(&queue, 0, NULL);	/* /dev/cryptosim0 */
	if (ret)
		return fail("async_queue_open", -ret);
	ret = async_key_add(queue, &params, &sha256);
	if (ret)
		return fail("async_key_add", -ret);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0)
		return fail("epoll_create1", errno);
	for (i = 0; i < CLIENTS; i++) {
		clients[i].number = i;
		if (start(epoll, &clients[i]))
			return 1;
	}
	while (working) {
		ret = epoll_wait(epoll, &event, 1, -1);
		if (ret < 0 && errno != EINTR)
			return fail("epoll_wait", errno);
		if (ret == 1 && go_on(event.data.ptr))
			return 1;
	}
	close(epoll);
	async_queue_close(queue);
	return 0;
}
