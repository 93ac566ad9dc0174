// SPDX-License-Identifier: MIT
/* The fds of several sessions in one epoll: cc epoll.c -lasync */
#include <errno.h>
#include <libasync/async.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Ends the program where a call failed. */
static void check(const char *call, int ret)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "epoll: %s: %s\n", call, strerror(-ret));
	exit(1);
}

static void submit(struct client *client)
{
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_DIGEST, .key = &sha256,
		.session = client->session, .src = client->digest,
		.dst = client->digest, .len = sizeof(client->digest),
	};
	int ret;

	ret = async_prepare(queue, &op, 1, &client->request);
	check("async_prepare", ret ? ret : -EAGAIN);	/* 0: the ring is full */
	check("async_submit", async_submit(queue));
}

static void start(int epoll, struct client *client, int number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };

	client->number = number;
	check("async_session_open", async_session_open(queue, &client->session));
	/* One fd for the session's life; it is never read from. */
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, async_session_fd(client->session),
		      &event))
		check("epoll_ctl", -errno);
	submit(client);
}

/* The client's fd is readable: the device is done, or was just before. */
static void go_on(struct client *client)
{
	int ret;

	check("async_reap", async_reap(queue));
	ret = async_collect(client->request);
	if (ret == -EINPROGRESS)
		return;
	check("async_collect", ret);
	printf("client %d, round %d: %02x%02x...\n", client->number,
	       ++client->round, client->digest[0], client->digest[1]);
	if (client->round < ROUNDS) {
		submit(client);
	} else {
		async_session_close(client->session);	/* and with it the fd */
		working--;
	}
}

int main(void)
{
	struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct client clients[CLIENTS] = { 0 };
	struct epoll_event event;
	int epoll, i;

	check("/dev/cryptosim0", async_queue_open(&queue, 0, NULL));
	check("async_key_add", async_key_add(queue, &params, &sha256));
	epoll = epoll_create1(EPOLL_CLOEXEC);
	check("epoll_create1", epoll < 0 ? -errno : 0);
	for (i = 0; i < CLIENTS; i++)
		start(epoll, &clients[i], i);
	while (working) {
		if (epoll_wait(epoll, &event, 1, -1) < 0)
			check("epoll_wait", -errno);
		go_on(event.data.ptr);
	}
	close(epoll);
	async_queue_close(queue);
	return 0;
}
