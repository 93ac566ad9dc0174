// SPDX-License-Identifier: MIT
/* Sessions: who is told of what, and how many there can be. */
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define MANY		10000u
#define MANY_ENTRIES	16384u

static void load(void)
{
	guest_load(NULL);
}

static void load_slow(void)
{
	guest_load("latency_ns=20000000");
}

TestSuite(session, .init = load, .fini = guest_unload);
TestSuite(many_sessions, .init = load_slow, .fini = guest_unload);

static const struct cryptosim_sqe nop;

static const struct cryptosim_setup only_one = {
	.sq_entries = 8,
	.cq_entries = 8,
	.max_keys = 1,
	.max_sessions = 1,
};

static short polled(int fd, int timeout_ms)
{
	struct pollfd entry = { .fd = fd, .events = POLLIN | POLLOUT };

	cr_assert_geq(poll(&entry, 1, timeout_ms), 0);
	return entry.revents;
}

static void run_for(struct raw_queue *queue, uint32_t session)
{
	const struct cryptosim_sqe sqe = { .session = session };

	cr_assert_eq(guest_run(queue, &sqe), 0);
}

/* Readable while there is something to collect, and nobody else is */
Test(session, readable)
{
	struct cryptosim_session_add one, other;
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &one), 0);
	cr_assert_eq(raw_session(&queue, &other), 0);
	cr_expect_neq(one.id, other.id);
	cr_expect_neq(one.slot, other.slot);
	cr_expect_eq(polled(one.fd, 0), 0);
	run_for(&queue, one.id);
	run_for(&queue, one.id);
	cr_expect_eq(polled(one.fd, RAW_WATCHDOG_MS), POLLIN);
	cr_expect_eq(raw_load(&queue.done[one.slot]), 2);
	queue.consumed[one.slot]++;
	cr_expect_eq(polled(one.fd, 0), POLLIN);
	queue.consumed[one.slot]++;
	cr_expect_eq(polled(one.fd, 0), 0);
	cr_expect_eq(polled(other.fd, 0), 0);
	/* and a request that has none is announced nowhere */
	cr_expect_eq(guest_run(&queue, &nop), 0);
	cr_expect_eq(polled(one.fd, 0), 0);
	cr_expect_eq(polled(other.fd, 0), 0);
	close(one.fd);
	close(other.fd);
	raw_close(&queue);
}

/* The counters are compared as what they are: numbers that wrap */
Test(session, compared_as_signed)
{
	static const struct {
		uint32_t ahead;
		short events;
	} rows[] = {
		{ 0, 0 }, { 1, 0 }, { 2, 0 }, { INT32_MAX, 0 },
		{ -1u, POLLIN }, { -2u, POLLIN },
		{ -(uint32_t)INT32_MAX, POLLIN }, { 1u << 31, 0 },
	};
	struct cryptosim_session_add session;
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		queue.consumed[session.slot] =
			raw_load(&queue.done[session.slot]) + rows[i].ahead;
		cr_expect_eq(polled(session.fd, 0), rows[i].events, "%x",
			     rows[i].ahead);
		run_for(&queue, session.id);
	}
	/* who has collected one too many misses one, and only one */
	queue.consumed[session.slot] = raw_load(&queue.done[session.slot]) + 1;
	run_for(&queue, session.id);
	cr_expect_eq(polled(session.fd, 0), 0);
	run_for(&queue, session.id);
	cr_expect_eq(polled(session.fd, 0), POLLIN);
	close(session.fd);
	raw_close(&queue);
}

/* A slot's next owner begins where the last one ended, with nothing to read */
Test(session, next_owner)
{
	struct cryptosim_session_add session, other;
	uint32_t last_id = 0;
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &only_one), 0);
	for (i = 0; i < 100; i++) {
		cr_assert_eq(raw_session(&queue, &session), 0);
		cr_expect_eq(session.slot, 0);
		cr_expect_neq(session.id, last_id);
		cr_expect_neq(session.id, 0);
		cr_expect_eq(polled(session.fd, 0), 0);
		cr_expect_eq(raw_load(queue.done), i);
		run_for(&queue, session.id);
		cr_expect_eq(polled(session.fd, 0), POLLIN);
		cr_expect_eq(raw_session(&queue, &other), -ENOSPC);
		last_id = session.id;
		close(session.fd);
	}
	raw_close(&queue);
}

static void allow_files(rlim_t count)
{
	const struct rlimit limit = { count, count };

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

/* The last fd that there may be, and then none: nothing is used up */
Test(session, no_file_left)
{
	struct cryptosim_session_add session;
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &only_one), 0);
	allow_files(queue.fd + 1);
	for (i = 0; i < 10; i++)
		cr_expect_eq(raw_session(&queue, &session), -EMFILE);
	allow_files(1024);
	cr_expect_eq(raw_session(&queue, &session), 0);
	run_for(&queue, session.id);
	close(session.fd);
	raw_close(&queue);
}

/* A queue of many sessions, all of them in one epoll set */
struct crowd {
	struct raw_queue queue;
	struct cryptosim_session_add *sessions;
	unsigned char *seen;
	struct epoll_event *events;
	int set;
};

static void gather(struct crowd *crowd)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = MANY_ENTRIES,
		.cq_entries = MANY_ENTRIES,
		.max_keys = 1,
		.max_sessions = MANY,
	};
	struct cryptosim_session_add one_more;
	struct epoll_event event;
	unsigned int i;

	allow_files(MANY + 100);
	cr_assert_eq(raw_open(&crowd->queue, 0, &sizes), 0);
	crowd->sessions = calloc(MANY, sizeof(*crowd->sessions));
	crowd->events = calloc(MANY, sizeof(*crowd->events));
	crowd->seen = calloc(MANY, 1);
	crowd->set = epoll_create1(EPOLL_CLOEXEC);
	cr_assert_geq(crowd->set, 0);
	for (i = 0; i < MANY; i++) {
		cr_assert_eq(raw_session(&crowd->queue, &crowd->sessions[i]),
			     0);
		event = (struct epoll_event) {
			.events = EPOLLIN,
			.data.u32 = i,
		};
		cr_assert_eq(epoll_ctl(crowd->set, EPOLL_CTL_ADD,
				       crowd->sessions[i].fd, &event), 0);
	}
	cr_expect_eq(raw_session(&crowd->queue, &one_more), -ENOSPC);
}

static void disperse(struct crowd *crowd)
{
	unsigned int i;

	for (i = 0; i < MANY; i++)
		close(crowd->sessions[i].fd);
	close(crowd->set);
	raw_close(&crowd->queue);
	free(crowd->sessions);
	free(crowd->events);
	free(crowd->seen);
	guest_queues_gone(0);
}

/* A request for each session that the step meets, all in flight at once */
static unsigned int push_for(struct crowd *crowd, unsigned int first,
			     unsigned int step)
{
	struct cryptosim_sqe sqe = { };
	unsigned int count = 0;
	unsigned int i;

	for (i = first; i < MANY; i += step, count++) {
		sqe.session = crowd->sessions[i].id;
		sqe.user_data = i;
		raw_push(&crowd->queue, &sqe);
	}
	cr_assert_geq(raw_ring(&crowd->queue, count, 0, 0), 0);
	return count;
}

/* Notes who is readable, once each, and collects for them; returns how many */
static unsigned int collect(struct crowd *crowd, int timeout_ms)
{
	int count, i;

	count = epoll_wait(crowd->set, crowd->events, MANY, timeout_ms);
	cr_assert_geq(count, 0);
	for (i = 0; i < count; i++) {
		uint32_t who = crowd->events[i].data.u32;

		cr_assert_eq(crowd->events[i].events, EPOLLIN);
		crowd->seen[who]++;
		crowd->queue.consumed[crowd->sessions[who].slot]++;
	}
	return count;
}

static void expect_seen(struct crowd *crowd, unsigned int first,
			unsigned int step)
{
	unsigned int i, times;

	for (i = 0; i < MANY; i++) {
		times = i >= first && !((i - first) % step);
		cr_assert_eq(crowd->seen[i], times, "session %u: %u times", i,
			     crowd->seen[i]);
		crowd->seen[i] = 0;
	}
}

/* Takes all CQEs; each session that the step meets has one */
static void reap_all(struct crowd *crowd, unsigned int count)
{
	struct cryptosim_cqe cqe;
	unsigned int i;

	for (i = 0; raw_reap(&crowd->queue, &cqe); i++) {
		cr_assert_eq(cqe.result, 0);
		cr_assert_eq(cqe.session, crowd->sessions[cqe.user_data].id);
	}
	cr_assert_eq(i, count);
}

Test(many_sessions, all_announced_and_no_other)
{
	static const struct {
		unsigned int first, step;
	} waves[] = { { 0, 2 }, { 1, 2 }, { 7, 1000 }, { MANY - 1, 1 } };
	struct crowd crowd;
	unsigned int i, count;

	gather(&crowd);
	cr_expect_eq(collect(&crowd, 0), 0);
	for (i = 0; i < sizeof(waves) / sizeof(*waves); i++) {
		count = push_for(&crowd, waves[i].first, waves[i].step);
		cr_assert_eq(raw_ring(&crowd.queue, 0, count, RAW_WATCHDOG_NS),
			     (int)count);
		cr_expect_eq(collect(&crowd, 0), count);
		cr_expect_eq(collect(&crowd, 0), 0);
		expect_seen(&crowd, waves[i].first, waves[i].step);
		reap_all(&crowd, count);
	}
	/* all of them, told as they come */
	push_for(&crowd, 0, 1);
	for (count = 0; count < MANY; count += i) {
		i = collect(&crowd, RAW_WATCHDOG_MS);
		cr_assert_neq(i, 0, "%u of %u were announced", count, MANY);
	}
	expect_seen(&crowd, 0, 1);
	reap_all(&crowd, MANY);
	disperse(&crowd);
}
