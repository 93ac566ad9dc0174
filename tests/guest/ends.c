// SPDX-License-Identifier: MIT
/*
 * Ends while requests are in flight: of a session, of a queue, of the process
 * that forked; and 10,000 sessions on one queue. In the suite "late" the device
 * takes so long over a request that it is in flight for certain.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <libasync/async.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"
#include "op.h"

#define CQ		64
#define SESSIONS	10000
#define FOREVER		(-1)

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[CQ];
static struct async_session *session;
static struct async_queue *queue;
static atomic_uint calls;

static int count_call(void *arg)
{
	(void)arg;
	atomic_fetch_add(&calls, 1);
	return 0;
}

static void load_and_open(const char *load)
{
	struct async_queue_params params = {
		.sq_entries = CQ,
		.cq_entries = CQ,
	};

	guest_load(load);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	cr_assert_eq(async_session_open(queue, &session), 0);
	async_session_set_callback(session, count_call, NULL);
}

static void setup(void)
{
	load_and_open(NULL);
}

static void setup_late(void)
{
	load_and_open("latency_ns=2000000000");
}

static void teardown(void)
{
	async_session_close(session);
	async_queue_close(queue);
	guest_unload();
}

TestSuite(ends, .init = setup, .fini = teardown, .timeout = 120);
TestSuite(late, .init = setup_late, .fini = teardown, .timeout = 120);

/* Fills the queue with requests of the session; none of them is done */
static void fill_queue(void)
{
	struct async_op ops[CQ];
	unsigned int i;

	for (i = 0; i < CQ; i++) {
		ops[i] = nop;
		ops[i].session = session;
	}
	cr_assert_eq(async_prepare(queue, ops, CQ, requests), CQ);
	cr_assert_eq(async_submit(queue), CQ);
	cr_assert_eq(async_reap(queue), 0);
}

/* Whether all of the queue's requests can be had again */
static void expect_all_room(void)
{
	unsigned int i;

	session = NULL;
	fill_queue();
	op_drain(queue);
	for (i = 0; i < CQ; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

Test(late, session_closed_with_requests_in_flight)
{
	fill_queue();
	async_session_close(session);
	session = NULL;
	cr_expect_eq(async_prepare(queue, &nop, 1, requests), 0);
	op_drain(queue);
	cr_expect_eq(atomic_load(&calls), 0);
	expect_all_room();
}

/* The next session is not told of what the former one had in flight */
Test(late, session_closed_and_opened)
{
	struct pollfd pfd = { .events = POLLIN };

	fill_queue();
	async_session_close(session);
	cr_assert_eq(async_session_open(queue, &session), 0);
	async_session_set_callback(session, count_call, NULL);
	pfd.fd = async_session_fd(session);
	op_drain(queue);
	cr_expect_eq(atomic_load(&calls), 0);
	cr_expect_eq(poll(&pfd, 1, 0), 0);
}

/* Those that are done and not collected are given up too */
Test(ends, session_closed_before_collecting)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP, .session = session };
	unsigned int i;

	for (i = 0; i < CQ; i++)
		cr_assert_eq(async_prepare(queue, &op, 1, &requests[i]), 1);
	cr_assert_eq(async_submit(queue), CQ);
	op_drain(queue);
	cr_assert_eq(atomic_load(&calls), CQ);
	cr_assert_eq(async_prepare(queue, &nop, 1, requests), 0);
	async_session_close(session);
	session = NULL;
	cr_assert_eq(async_prepare(queue, &nop, 1, requests), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	cr_assert_eq(async_collect(requests[0]), 0);
}

/* Copies are kept until the device is done with them */
Test(late, session_closed_with_copies_in_flight)
{
	static const unsigned char zeros[32];
	struct async_key_params params = {
		CRYPTOSIM_ALG_AES_CTR, zeros, sizeof(zeros), 0, 0, 0
	};
	static unsigned char text[4096];
	struct async_key key;
	struct async_op op = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &key,
		.session = session,
		.iv = zeros,
		.src = text,
		.dst = text,
		.len = sizeof(text),
	};
	size_t arena = 4u << 20;
	void *all;

	cr_assert_eq(async_key_add(queue, &params, &key), 0);
	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	cr_assert_eq(async_submit(queue), 1);
	async_session_close(session);
	session = NULL;
	cr_expect_null(async_buf_alloc(queue, arena));
	op_drain(queue);
	cr_expect_eq(text[0], 0);
	all = async_buf_alloc(queue, arena);
	cr_expect_not_null(all);
	async_buf_free(queue, all);
}

static void close_queue_first(void)
{
	struct pollfd pfd = { .fd = async_session_fd(session) };

	async_queue_close(queue);
	queue = NULL;
	cr_expect_eq(poll(&pfd, 1, 0), 1);
	cr_expect(pfd.revents & POLLHUP);
	async_session_close(session);
	session = NULL;
	cr_expect_eq(atomic_load(&calls), 0);
}

Test(ends, queue_closed_before_session)
{
	close_queue_first();
}

Test(late, queue_closed_with_requests_in_flight)
{
	fill_queue();
	close_queue_first();
}

Test(late, queue_closed_under_poller)
{
	cr_assert_eq(async_poller_start(queue), 0);
	fill_queue();
	close_queue_first();
}

/* Every call that could act in the child refuses; those that end only free */
static int try_in_child(void)
{
	const struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct async_session *new_session;
	struct async_request *request;
	struct async_key key;
	const int results[] = {
		async_prepare(queue, &nop, 1, &request),
		async_submit(queue),
		async_submit_wait(queue, 1, ASYNC_FOREVER),
		async_wait(queue, 1, ASYNC_FOREVER),
		async_reap(queue),
		async_poller_start(queue),
		async_session_open(queue, &new_session),
		async_key_add(queue, &params, &key),
		async_collect(requests[0]),
	};
	int n = sizeof(results) / sizeof(results[0]), i;

	for (i = 0; i < n; i++)
		if (results[i] != -EPERM)
			return i + 1;
	async_session_close(session);
	async_queue_close(queue);
	return 0;
}

/* Has a child try everything; returns 0, or which call was not refused */
static int fork_and_try(void)
{
	int status;
	pid_t pid;

	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid)
		_exit(try_in_child());
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "the child died by signal %d",
		  WTERMSIG(status));
	return WEXITSTATUS(status);
}

Test(late, fork_with_requests_in_flight)
{
	unsigned int i;
	int wrong;

	fill_queue();
	wrong = fork_and_try();
	cr_expect_eq(wrong, 0, "call %d of the child's is not refused", wrong);
	op_drain(queue);
	cr_expect_eq(atomic_load(&calls), CQ);
	for (i = 0; i < CQ; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

Test(ends, fork_under_poller)
{
	struct async_op op = { .opcode = CRYPTOSIM_OP_NOP, .session = session };
	int wrong;

	cr_assert_eq(async_prepare(queue, &op, 1, requests), 1);
	cr_assert_eq(async_poller_start(queue), 0);
	wrong = fork_and_try();
	cr_expect_eq(wrong, 0, "call %d of the child's is not refused", wrong);
	cr_assert_eq(async_submit(queue), 1);
	while (!async_done(requests[0]))
		cr_assert_geq(async_wait(queue, 1, ASYNC_FOREVER), 0);
	async_poller_stop(queue);
	cr_expect_eq(atomic_load(&calls), 1);
	cr_expect_eq(async_collect(requests[0]), 0);
}

/* A child can have a queue of its own */
Test(ends, queue_of_the_childs_own)
{
	struct async_queue *own;
	int status, ret;
	pid_t pid;

	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid) {
		async_session_close(session);
		async_queue_close(queue);
		if (async_queue_open(&own, 0, NULL))
			_exit(1);
		ret = async_prepare(own, &nop, 1, requests);
		if (ret != 1 || async_submit_wait(own, 1, ASYNC_FOREVER) != 1)
			_exit(2);
		ret = async_collect(requests[0]);
		async_queue_close(own);
		_exit(ret ? 3 : 0);
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect_eq(status, 0);
	cr_assert_eq(async_prepare(queue, &nop, 1, requests), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
	cr_expect_eq(async_collect(requests[0]), 0);
}

/* One of ten thousand: its session, and its request */
struct one {
	struct async_session *session;
	struct async_request *request;
};

static struct one *open_many(struct async_queue *big, int epoll)
{
	struct one *many = calloc(SESSIONS, sizeof(*many));
	struct epoll_event event = { .events = EPOLLIN };
	struct async_op op = nop;
	unsigned int i;
	int ret;

	cr_assert_not_null(many);
	for (i = 0; i < SESSIONS; i++) {
		ret = async_session_open(big, &many[i].session);
		cr_assert_eq(ret, 0, "session %u: %s", i, strerror(-ret));
		event.data.ptr = &many[i];
		cr_assert_eq(epoll_ctl(epoll, EPOLL_CTL_ADD,
				       async_session_fd(many[i].session),
				       &event), 0);
		op.session = many[i].session;
		cr_assert_eq(async_prepare(big, &op, 1, &many[i].request), 1);
	}
	return many;
}

static void collect_many(struct async_queue *big, int epoll)
{
	struct epoll_event events[64];
	struct one *one;
	int left, n, i;

	for (left = SESSIONS; left; left -= n) {
		n = epoll_wait(epoll, events, 64, FOREVER);
		cr_assert_gt(n, 0);
		async_reap(big);
		for (i = 0; i < n; i++) {
			one = events[i].data.ptr;
			cr_assert_not_null(one->request);
			cr_assert_eq(async_collect(one->request), 0);
			one->request = NULL;
		}
	}
	cr_expect_eq(epoll_wait(epoll, events, 64, 0), 0);
}

Test(ends, ten_thousand_sessions)
{
	const struct rlimit files = { SESSIONS + 100, SESSIONS + 100 };
	const struct async_queue_params params = {
		.sq_entries = 16384,
		.cq_entries = 16384,
		.max_sessions = SESSIONS,
	};
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct async_queue *big;
	struct one *many;
	unsigned int i;

	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
	cr_assert_eq(async_queue_open(&big, 0, &params), 0);
	many = open_many(big, epoll);
	cr_assert_eq(async_submit(big), SESSIONS);
	collect_many(big, epoll);
	for (i = 0; i < SESSIONS; i++)
		async_session_close(many[i].session);
	async_queue_close(big);
	close(epoll);
	free(many);
}
