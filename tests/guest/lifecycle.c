// SPDX-License-Identifier: MIT
/*
 * How queues end: closed, killed, unmapped, stopped, with requests in flight.
 * The device has latency, so that they are.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define COUNT	32u
#define LEN	1024u

static void load(void)
{
	guest_load("engines=1 latency_ns=20000000");
}

TestSuite(lifecycle, .init = load, .fini = guest_unload);

/* Puts requests in flight; they are taken when this returns, and not done */
static int fly(struct raw_queue *queue, uint32_t session)
{
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.session = session,
		.len = LEN,
		.aad = 2 * LEN,
		.aad_len = 13,
		.tag = 3 * LEN,
	};
	unsigned int i;
	int ret;

	ret = raw_key(queue, CRYPTOSIM_ALG_AES_GCM, 32, &sqe.key);
	if (ret)
		return ret;
	for (i = 0; i < COUNT; i++) {
		sqe.user_data = i;
		raw_push(queue, &sqe);
	}
	ret = raw_ring(queue, COUNT, 0, 0);
	if (ret < 0)
		return ret;
	while (raw_load(queue->sq_head) != COUNT)
		usleep(100);
	return 0;
}

/* The queues are gone, and what they had in flight was executed and posted */
static void expect_all_done(unsigned int requests)
{
	struct control_stats stats;

	guest_queues_gone(0);
	stats = guest_stats(0);
	cr_expect_eq(stats.requests, requests);
	cr_expect_eq(stats.completions, requests);
	cr_expect_eq(stats.errors, 0);
	cr_expect_eq(stats.bytes, requests * LEN);
}

Test(lifecycle, close_in_flight)
{
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(fly(&queue, 0), 0);
	raw_close(&queue);
	expect_all_done(COUNT);
}

/* The session's file is the last that holds the queue */
Test(lifecycle, session_outlives_the_queue)
{
	struct cryptosim_session_add session;
	struct pollfd polled;
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	cr_assert_eq(fly(&queue, session.id), 0);
	raw_close(&queue);
	polled = (struct pollfd) { .fd = session.fd, .events = POLLIN };
	cr_expect_eq(poll(&polled, 1, RAW_WATCHDOG_MS), 1);
	cr_expect(polled.revents & POLLHUP);
	/* its completions came, and are not lost on it */
	while (!(polled.revents & POLLIN))
		cr_assert_eq(poll(&polled, 1, RAW_WATCHDOG_MS), 1);
	close(session.fd);
	expect_all_done(COUNT);
}

Test(lifecycle, munmap_in_flight)
{
	struct cryptosim_doorbell bell = {
		.wait = COUNT,
		.timeout_ns = RAW_WATCHDOG_NS,
	};
	struct cryptosim_cqe cqe;
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(fly(&queue, 0), 0);
	raw_unmap(&queue);
	/* the queue is the file's, not the mappings' */
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell),
		     (int)COUNT);
	cr_assert_eq(raw_map(&queue), 0);
	for (i = 0; i < COUNT; i++) {
		cr_assert(raw_reap(&queue, &cqe));
		cr_expect_eq(cqe.user_data, i);
		cr_expect_eq(cqe.result, (int)LEN);
	}
	raw_close(&queue);
	expect_all_done(COUNT);
}

/* The mappings are the last that hold the queue, and go on to be good */
Test(lifecycle, mappings_outlive_the_file)
{
	struct cryptosim_cqe cqe = { };
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(fly(&queue, 0), 0);
	close(queue.fd);
	guest_wait(queue.cq_tail, COUNT);
	cr_expect(raw_reap(&queue, &cqe));
	cr_expect_eq(cqe.result, (int)LEN);
	cr_expect_eq(control_unload(), -EAGAIN);
	raw_unmap(&queue);
	expect_all_done(COUNT);
}

static int exit_in_flight(void *arg)
{
	struct raw_queue queue;

	(void)arg;
	return raw_open(&queue, 0, NULL) || fly(&queue, 0);
}

Test(lifecycle, exit_in_flight)
{
	guest_child(exit_in_flight, NULL);
	expect_all_done(COUNT);
}

/* Says when it has requests in flight, then waits for them to be killed */
static void die_in_flight(int said)
{
	struct raw_queue queue;

	if (raw_open(&queue, 0, NULL) || fly(&queue, 0))
		_exit(1);
	if (write(said, "x", 1) != 1)
		_exit(2);
	raw_ring(&queue, 0, COUNT, RAW_FOREVER);
	pause();
}

Test(lifecycle, kill_in_flight)
{
	int status, ends[2];
	char byte;
	pid_t pid;

	cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	cr_assert_geq(pid, 0);
	if (!pid)
		die_in_flight(ends[1]);
	cr_assert_eq(read(ends[0], &byte, 1), 1);
	cr_assert_eq(kill(pid, SIGKILL), 0);
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	expect_all_done(COUNT);
}

/* A thread that sleeps in a call on a queue or its session until STOP comes */
struct sleeper {
	struct raw_queue *queue;
	int fd;
	atomic_int tid;
	pthread_t thread;
	int result;
};

/* For more than will ever come */
static void *sleep_in_doorbell(void *arg)
{
	struct sleeper *sleeper = arg;

	atomic_store(&sleeper->tid, gettid());
	sleeper->result = raw_ring(sleeper->queue, 0, 64, RAW_FOREVER);
	return NULL;
}

static void *sleep_in_poll(void *arg)
{
	struct sleeper *sleeper = arg;
	struct pollfd polled = { .fd = sleeper->fd, .events = POLLIN };

	atomic_store(&sleeper->tid, gettid());
	poll(&polled, 1, -1);
	sleeper->result = polled.revents;
	return NULL;
}

static void start_sleeper(struct sleeper *sleeper, struct raw_queue *queue,
			  int fd, void *(*sleep)(void *arg))
{
	sleeper->queue = queue;
	sleeper->fd = fd;
	atomic_init(&sleeper->tid, 0);
	cr_assert_eq(pthread_create(&sleeper->thread, NULL, sleep, sleeper), 0);
	while (!atomic_load(&sleeper->tid))
		usleep(100);
	guest_asleep(atomic_load(&sleeper->tid));
}

/* A call with a timeout would find STOP by itself in the end */
static int result_of(struct sleeper *sleeper)
{
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += RAW_WATCHDOG_MS / 1000;
	cr_assert_eq(pthread_timedjoin_np(sleeper->thread, NULL, &end), 0,
		     "it sleeps on");
	return sleeper->result;
}

Test(lifecycle, stop_wakes_who_waits)
{
	struct cryptosim_session_add session;
	struct sleeper sleepers[4];
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	start_sleeper(&sleepers[0], &queue, -1, sleep_in_doorbell);
	start_sleeper(&sleepers[1], &queue, -1, sleep_in_doorbell);
	start_sleeper(&sleepers[2], &queue, queue.fd, sleep_in_poll);
	start_sleeper(&sleepers[3], &queue, session.fd, sleep_in_poll);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	cr_expect_eq(result_of(&sleepers[0]), -ESHUTDOWN);
	cr_expect_eq(result_of(&sleepers[1]), -ESHUTDOWN);
	cr_expect_eq(result_of(&sleepers[2]), POLLHUP);
	cr_expect_eq(result_of(&sleepers[3]), POLLHUP);
	close(session.fd);
	raw_close(&queue);
}

/* What is in flight completes and is announced; what is not is not taken */
Test(lifecycle, stop_in_flight)
{
	struct cryptosim_session_add session;
	const struct cryptosim_sqe nop = { };
	struct raw_queue queue, other;
	struct pollfd polled;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_open(&other, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	cr_assert_eq(fly(&queue, session.id), 0);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	raw_push(&queue, &nop);
	guest_wait(queue.cq_tail, COUNT);
	guest_wait(&queue.done[session.slot], COUNT);
	polled = (struct pollfd) { .fd = session.fd, .events = POLLIN };
	cr_expect_eq(poll(&polled, 1, 0), 1);
	cr_expect_eq(polled.revents, POLLIN | POLLHUP);
	/* the engine, which is the only one, has looked at its rings since */
	cr_expect_eq(guest_run(&other, &nop), 0);
	cr_expect_eq(raw_load(queue.sq_head), COUNT);
	cr_expect_eq(raw_load(queue.cq_tail), COUNT);
	close(session.fd);
	raw_close(&queue);
	raw_close(&other);
}

/*
 * A session ends with requests in flight. Its slot stays taken until the last is
 * there and counted, and the next owner hears of its own only.
 */
Test(lifecycle, session_closed_in_flight)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = 64,
		.cq_entries = 64,
		.max_keys = 1,
		.max_sessions = 1,
		.arena_size = 64 << 10,
	};
	struct cryptosim_session_add old, new;
	struct cryptosim_sqe nop = { };
	struct cryptosim_cqe cqe;
	struct raw_queue queue;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_session(&queue, &old), 0);
	cr_assert_eq(fly(&queue, old.id), 0);
	close(old.fd);
	do {
		ret = raw_session(&queue, &new);
		cr_assert(!ret || ret == -ENOSPC, "%d", ret);
	} while (ret);
	/* each had held the slot until it was posted */
	cr_expect_eq(raw_load(queue.cq_tail), COUNT);
	cr_expect_neq(new.id, old.id);
	cr_expect_eq(new.slot, old.slot);
	cr_expect_eq(raw_load(&queue.done[old.slot]), COUNT);
	cr_expect_eq(queue.consumed[new.slot], COUNT);
	nop.session = new.id;
	raw_push(&queue, &nop);
	cr_assert_eq(raw_ring(&queue, 1, COUNT + 1, RAW_WATCHDOG_NS),
		     (int)COUNT + 1);
	while (raw_reap(&queue, &cqe) && cqe.session != new.id)
		cr_expect_eq(cqe.session, old.id);
	cr_expect_eq(cqe.session, new.id);
	cr_expect_eq(raw_load(&queue.done[new.slot]),
		     queue.consumed[new.slot] + 1);
	close(new.fd);
	raw_close(&queue);
}

/* Another slot is free: the new session gets that, and no late completion */
Test(lifecycle, session_reopened_in_flight)
{
	struct cryptosim_session_add old, new;
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &old), 0);
	cr_assert_eq(fly(&queue, old.id), 0);
	close(old.fd);
	cr_assert_eq(raw_session(&queue, &new), 0);
	cr_expect_neq(new.id, old.id);
	guest_wait(queue.cq_tail, COUNT);
	cr_expect_eq(raw_load(&queue.done[new.slot]), queue.consumed[new.slot]);
	close(new.fd);
	raw_close(&queue);
	expect_all_done(COUNT);
}

#define BIG	CRYPTOSIM_MAX_LEN
#define BIG_COUNT	16

/* Many long requests that were taken, and a key that ends before they do */
Test(lifecycle, key_deleted_in_flight)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = BIG_COUNT,
		.cq_entries = BIG_COUNT,
		.max_keys = 1,
		.max_sessions = 1,
		.arena_size = 2 * BIG,
	};
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.len = BIG,
		.dst = BIG,
	};
	struct cryptosim_key_del del = { };
	static unsigned char reference[BIG];
	struct cryptosim_cqe cqe;
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_AES_CBC, 16, &sqe.key), 0);
	cr_assert_eq(guest_run(&queue, &sqe), (int)BIG);
	memcpy(reference, queue.arena + BIG, BIG);
	memset(queue.arena + BIG, 0, BIG);
	for (i = 0; i < BIG_COUNT; i++)
		raw_push(&queue, &sqe);
	cr_assert_geq(raw_ring(&queue, BIG_COUNT, 0, 0), 0);
	guest_wait(queue.sq_head, 1 + BIG_COUNT);
	del.id = sqe.key;
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_KEY_DEL, &del), 0);
	/* in its place comes another, made of more of the same material */
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_AES_CBC, 32, &sqe.key), 0);
	cr_assert_eq(raw_ring(&queue, 0, BIG_COUNT, RAW_WATCHDOG_NS),
		     BIG_COUNT);
	while (raw_reap(&queue, &cqe))
		cr_expect_eq(cqe.result, (int)BIG);
	cr_expect_eq(memcmp(queue.arena + BIG, reference, BIG), 0);
	sqe.key = del.id;
	cr_expect_eq(guest_run(&queue, &sqe), -ENOKEY);
	raw_close(&queue);
}

/* One after the other, with a request in flight, and without ever a SETUP */
Test(lifecycle, thousand_queues)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = 4,
		.cq_entries = 4,
		.max_keys = 4,
		.max_sessions = 4,
		.arena_size = 4096,
	};
	const struct cryptosim_sqe nop = { };
	struct raw_queue queue;
	unsigned int i;
	int fd;

	for (i = 0; i < 1000; i++) {
		fd = raw_node(0);
		cr_assert_geq(fd, 0);
		close(fd);
		cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
		raw_push(&queue, &nop);
		cr_assert_geq(raw_ring(&queue, 1, 0, 0), 0);
		raw_close(&queue);
	}
	guest_queues_gone(0);
	cr_expect_eq(guest_stats(0).requests, guest_stats(0).completions);
}
