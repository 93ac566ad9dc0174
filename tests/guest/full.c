// SPDX-License-Identifier: MIT
/*
 * A ring that is full a million times, in each mode of being told: nothing is
 * lost, nobody is starved, and nobody spins. Twice as many sessions as there
 * are slots want one at any time, from one thread, as a server does it.
 */
#include <criterion/criterion.h>
#include <libasync/async.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "guest.h"
#include "op.h"

#define SLOTS		4u
#define CLIENTS		(2 * SLOTS)
#define FILLS		500000u		/* in each mode */
/* System calls for each request, of both kinds together: doorbells and waits */
#define CALLS		4u
/*
 * CPU time for each request, over that where the ring is never full. What it is
 * on two CPUs depends on what else the machine does that emulates them.
 */
#define CPU_TIMES	3u
/* Who is not told by then is never told */
#define LOST_MS		30000

/**
 * struct client - one who wants a request after the other
 * @session: its session
 * @request: the one it has; NULL: it waits for room
 * @served: requests that were collected
 * @asked: how many had been submitted by all when it began to wait
 * @told: its callback ran
 */
struct client {
	struct async_session *session;
	struct async_request *request;
	unsigned int served;
	unsigned int asked;
	bool told;
};

static struct client clients[CLIENTS];
static struct async_queue *queue;
static unsigned int fills, submitted, served, calls, longest;
static int set;

/* The library's doorbell, counted (the linker has it call this) */
int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	calls++;
	return syscall(SYS_ioctl, fd, request, arg);
}

static int on_done(void *arg)
{
	((struct client *)arg)->told = true;
	return 0;
}

static void setup(void)
{
	const struct async_queue_params params = {
		.sq_entries = SLOTS,
		.cq_entries = SLOTS,
	};
	unsigned int i;

	guest_load(NULL);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	for (i = 0; i < CLIENTS; i++)
		cr_assert_eq(async_session_open(queue, &clients[i].session), 0);
}

static void teardown(void)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		async_session_close(clients[i].session);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(full, .init = setup, .fini = teardown, .timeout = 1200);

/* Submits, or waits for room */
static void want(struct client *client)
{
	struct async_op op = { .session = client->session };

	if (async_prepare(queue, &op, 1, &client->request) == 1) {
		cr_assert_geq(async_submit(queue), 0);
		if (client->asked && submitted - client->asked > longest)
			longest = submitted - client->asked;
		client->asked = 0;
		submitted++;
		return;
	}
	client->request = NULL;
	if (!client->asked)
		client->asked = submitted;
	fills++;
	cr_assert_eq(async_room_wait(client->session), 0);
}

/* It was told: of its request, or of room */
static void serve(struct client *client)
{
	if (client->request && !async_done(client->request))
		return;
	if (client->request) {
		cr_assert_eq(async_collect(client->request), 0);
		client->served++;
		served++;
	}
	want(client);
}

static void turn_by_fd(void)
{
	struct epoll_event events[CLIENTS];
	int n, i;

	calls++;
	n = epoll_wait(set, events, CLIENTS, LOST_MS);
	cr_assert_gt(n, 0, "lost after %u requests", served);
	cr_assert_geq(async_reap(queue), 0);
	for (i = 0; i < n; i++)
		serve(events[i].data.ptr);
}

static void turn_by_callback(void)
{
	struct pollfd entry = {
		.fd = async_queue_fd(queue),
		.events = POLLIN,
	};
	unsigned int i;

	calls++;
	cr_assert_eq(poll(&entry, 1, LOST_MS), 1, "lost after %u requests",
		     served);
	cr_assert_geq(async_reap(queue), 0);
	for (i = 0; i < CLIENTS; i++) {
		if (!clients[i].told)
			continue;
		clients[i].told = false;
		serve(&clients[i]);
	}
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/*
 * Lets so many clients have their requests until so many fills, or requests,
 * were there; returns the CPU time for a request.
 */
static double run(void (*turn)(void), unsigned int count,
		  const unsigned int *what, unsigned int until)
{
	double start = cpu_seconds();
	unsigned int i;

	fills = 0;
	served = 0;
	calls = 0;
	for (i = 0; i < count; i++)
		want(&clients[i]);
	while (*what < until)
		turn();
	return (cpu_seconds() - start) / served;
}

/* Collects what is there, so that no client has or wants anything */
static void settle(void)
{
	unsigned int i;

	op_drain(queue);
	for (i = 0; i < CLIENTS; i++) {
		async_room_forget(clients[i].session);
		if (clients[i].request)
			cr_assert_eq(async_collect(clients[i].request), 0);
		clients[i] = (struct client) { .session = clients[i].session };
	}
}

static void check(void (*turn)(void))
{
	unsigned int rounds = guest_rounds(FILLS);
	unsigned int least = -1u, most = 0;
	double free, full;
	unsigned int i;

	free = run(turn, SLOTS, &served, rounds / 5);
	cr_assert_eq(fills, 0);
	settle();
	full = run(turn, CLIENTS, &fills, rounds);
	for (i = 0; i < CLIENTS; i++) {
		least = clients[i].served < least ? clients[i].served : least;
		most = clients[i].served > most ? clients[i].served : most;
	}
	cr_log_info("%u requests, full %u times, %.2f system calls and %.1f us each, %.1f us without; %u to %u for a client, after %u others at most",
		    served, fills, (double)calls / served, full * 1e6,
		    free * 1e6, least, most, longest);
	cr_assert_leq(calls, CALLS * served);
	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		cr_assert_leq(full, CPU_TIMES * free);
	/* First come, first served: all others once, and what was in flight */
	cr_assert_leq(longest, CLIENTS + SLOTS);
	cr_assert_gt(least, most / 2);
	settle();
}

Test(full, told_by_fd)
{
	unsigned int i;

	set = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < CLIENTS; i++) {
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.ptr = &clients[i],
		};
		int fd = async_session_fd(clients[i].session);

		cr_assert_eq(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event), 0);
	}
	check(turn_by_fd);
	close(set);
}

Test(full, told_by_callback)
{
	unsigned int i;

	for (i = 0; i < CLIENTS; i++)
		async_session_set_callback(clients[i].session, on_done,
					   &clients[i]);
	check(turn_by_callback);
}
