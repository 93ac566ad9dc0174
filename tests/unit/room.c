// SPDX-License-Identifier: MIT
/* A full ring says when to come back, to whom, and how often. */
#include <criterion/criterion.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <libasync/async.h>
#include "core/internal.h"
#include "fakedev.h"

#define SQ		8
#define CQ		16
#define SESSIONS	4
#define ARENA		4096

static const uint8_t iv[16];
static uint8_t text[ARENA];
static struct async_session *sessions[SESSIONS];
static struct async_request *requests[CQ];
static struct async_queue *queue;
static struct async_key cbc;
static struct fakedev *dev;
static atomic_uint calls[SESSIONS];

static int count(void *arg)
{
	atomic_fetch_add((atomic_uint *)arg, 1);
	return 1;
}

static void setup(void)
{
	const struct async_queue_params params = {
		.sq_entries = SQ,
		.cq_entries = CQ,
		.arena_size = ARENA,
	};
	const struct async_key_params key = {
		.alg = CRYPTOSIM_ALG_AES_CBC,
		.key = text,
		.key_len = 16,
	};
	unsigned int i;

	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	cr_assert_eq(async_key_add(queue, &key, &cbc), 0);
	for (i = 0; i < SESSIONS; i++)
		cr_assert_eq(async_session_open(queue, &sessions[i]), 0);
}

static void teardown(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		async_session_close(sessions[i]);
	async_queue_close(queue);
}

TestSuite(room, .init = setup, .fini = teardown, .timeout = 60);

/* What the kernel would say of the session's fd */
static bool readable(unsigned int n)
{
	return (int32_t)(dev->done[n] - dev->consumed[n]) > 0;
}

static int try_nop(struct async_session *session, struct async_request **request)
{
	struct async_op op = { .session = session };

	return async_prepare(queue, &op, 1, request);
}

static void run(void)
{
	while (fakedev_run(dev, CQ))
		;
}

/* All slots are in use, by requests that are done with but not collected */
static void fill(struct async_session *session)
{
	unsigned int i;

	for (i = 0; i < CQ; i++) {
		cr_assert_eq(try_nop(session, &requests[i]), 1);
		cr_assert_eq(async_submit(queue), 1);
		run();
	}
	cr_assert_eq(try_nop(session, requests), 0);
}

static void collect(unsigned int n)
{
	async_reap(queue);
	cr_assert_eq(async_collect(requests[n]), 0);
}

/* What is waited for has come, by fd; it gets its slot and gives it back */
static void come_back(unsigned int n)
{
	struct async_request *request;

	async_reap(queue);
	cr_assert_eq(try_nop(sessions[n], &request), 1);
	cr_assert_not(readable(n));
	cr_assert_eq(async_submit(queue), 1);
	run();
	cr_assert(readable(n));
	async_reap(queue);
	cr_assert_eq(async_collect(request), 0);
	cr_assert_not(readable(n));
}

Test(room, told_by_fd)
{
	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	run();
	cr_assert_not(readable(0), "told while there is none");
	collect(0);
	run();
	cr_assert(readable(0));
	come_back(0);
	cr_assert_eq(queue->strays, 0);
}

Test(room, told_by_callback)
{
	async_session_set_callback(sessions[0], count, &calls[0]);
	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_reap(queue);
	cr_assert_eq(calls[0], 0);
	collect(0);
	run();
	async_reap(queue);
	cr_assert_eq(calls[0], 1);
	collect(1);
	run();
	async_reap(queue);
	cr_assert_eq(calls[0], 1, "told once too often");
	cr_assert_eq(try_nop(sessions[0], &requests[0]), 1);
}

/* There was room after all, when it asked */
Test(room, at_once)
{
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	run();
	cr_assert(readable(0));
	come_back(0);
}

Test(room, first_come_first_served)
{
	struct async_request *request;
	unsigned int i;

	fill(NULL);
	for (i = 0; i < 3; i++)
		cr_assert_eq(async_room_wait(sessions[i]), 0);
	for (i = 0; i < 3; i++) {
		collect(i);
		run();
		async_reap(queue);
		/* Nobody else gets it, whether in the line or not */
		cr_assert_eq(try_nop(sessions[3], &request), 0);
		cr_assert_eq(try_nop(NULL, &request), 0);
		cr_assert(readable(i));
		cr_assert(i == 2 || !readable(i + 1));
		cr_assert_eq(try_nop(sessions[i], &requests[i]), 1);
		async_submit(queue);
	}
	collect(3);
	cr_assert_eq(try_nop(sessions[3], &request), 1, "there is no line now");
}

/* A slot that is kept does not keep others from what else there is */
Test(room, told_and_not_yet_back)
{
	struct async_request *request;

	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	collect(0);
	collect(1);
	run();
	cr_assert(readable(0));
	cr_assert_eq(try_nop(sessions[1], &request), 1);
	cr_assert_eq(try_nop(sessions[1], &request), 0);
	async_submit(queue);
	come_back(0);
}

/* The SQ is full of what the device has not taken: that makes room as well */
Test(room, of_the_sq)
{
	unsigned int i;

	for (i = 0; i < SQ; i++)
		cr_assert_eq(try_nop(sessions[1], &requests[i]), 1);
	cr_assert_eq(try_nop(sessions[0], &requests[i]), 0);
	/* It hands over what was prepared, or nothing would ever come */
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	run();
	cr_assert(readable(1));
	cr_assert_not(readable(0));
	async_reap(queue);
	run();
	cr_assert(readable(0));
	come_back(0);
}

static struct async_op cbc_op(struct async_session *session, size_t len)
{
	return (struct async_op) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.key = &cbc,
		.session = session,
		.iv = iv,
		.src = text,
		.dst = text,
		.len = len,
	};
}

/* Told of a slot, it finds no room for its text: it is told again for that */
Test(room, of_the_arena)
{
	struct async_op op = cbc_op(sessions[0], ARENA / 2);
	void *half = async_buf_alloc(queue, ARENA / 2);
	void *quarter = async_buf_alloc(queue, ARENA / 4);
	struct async_request *request;
	unsigned int i;

	cr_assert_eq(async_prepare(queue, &op, 1, &request), 0);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	for (i = 0; i < 3; i++) {
		run();
		async_reap(queue);
		cr_assert_eq(readable(0), i == 0);
		cr_assert_eq(async_prepare(queue, &op, 1, &request), 0);
		cr_assert_eq(async_room_wait(sessions[0]), 0);
	}
	/* Others do not get past it, which would starve it */
	cr_assert_eq(try_nop(sessions[1], &request), 0);
	async_buf_free(queue, half);
	run();
	cr_assert(readable(0));
	async_reap(queue);
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
	async_submit(queue);
	run();
	async_reap(queue);
	cr_assert_eq(async_collect(request), ARENA / 2);
	cr_assert_not(readable(0));
	async_buf_free(queue, quarter);
}

/* What a given-up request has of the arena comes back with it */
Test(room, of_the_arena_by_an_orphan)
{
	struct async_op op = cbc_op(sessions[1], ARENA);
	struct async_request *request;

	cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
	async_submit(queue);
	op.session = sessions[0];
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 0);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	/* It is told of the slot first, and overtakes the other by that */
	fakedev_post(dev, 1ull << 32 | 1, 0);
	dev->done[0]++;
	async_reap(queue);
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 0);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_session_close(sessions[1]);
	sessions[1] = NULL;
	fakedev_run(dev, 1);
	atomic_fetch_add(dev->sq_head, 1);
	/* The watch, which it is as there are orphans, and then room */
	cr_assert(readable(0));
	async_reap(queue);
	run();
	cr_assert_eq(dev->done[0] - dev->consumed[0], 2);
	async_reap(queue);
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
	async_submit(queue);
	run();
	async_reap(queue);
	cr_assert_eq(async_collect(request), ARENA);
	cr_assert_not(readable(0));
}

Test(room, forgotten)
{
	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	async_room_forget(sessions[0]);
	async_room_forget(sessions[2]);
	collect(0);
	run();
	cr_assert_not(readable(0));
	cr_assert(readable(1));
	/* Told, and then not interested: the next one gets it */
	cr_assert_eq(async_room_wait(sessions[3]), 0);
	async_room_forget(sessions[1]);
	run();
	async_reap(queue);
	run();
	cr_assert_not(readable(1));
	cr_assert(readable(3));
	come_back(3);
}

Test(room, closed)
{
	unsigned int i;

	fill(NULL);
	for (i = 0; i < 3; i++)
		cr_assert_eq(async_room_wait(sessions[i]), 0);
	async_session_close(sessions[1]);
	sessions[1] = NULL;
	collect(0);
	/* Its NOP is on its way */
	async_session_close(sessions[0]);
	sessions[0] = NULL;
	run();
	async_reap(queue);
	run();
	cr_assert(readable(2));
	come_back(2);
	cr_assert_eq(queue->strays, 0);
}

/* An operation that can't be taken at all does not keep a slot for ever */
Test(room, a_bad_operation)
{
	struct async_op bad = { .opcode = 200, .session = sessions[0] };
	struct async_request *request;

	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	collect(0);
	run();
	async_reap(queue);
	cr_assert_eq(async_prepare(queue, &bad, 1, &request), -EINVAL);
	run();
	async_reap(queue);
	cr_assert_not(readable(0));
	cr_assert(readable(1));
	come_back(1);
}

/*
 * All that is in flight was given up, so no fd tells of it and nobody reaps:
 * who waits is told of any completion, and reaps.
 */
Test(room, only_orphans)
{
	unsigned int i;

	for (i = 0; i < CQ; i++) {
		cr_assert_eq(try_nop(sessions[1 + i % 2], &requests[i]), 1);
		cr_assert_eq(async_submit(queue), 1);
		/* All are with the device, and none is posted */
		atomic_store(dev->sq_head, i + 1);
	}
	cr_assert_eq(try_nop(sessions[0], requests), 0);
	async_session_close(sessions[1]);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_session_close(sessions[2]);
	sessions[1] = NULL;
	sessions[2] = NULL;
	cr_assert_not(readable(0));
	for (i = 0; i < CQ; i++)
		fakedev_post(dev, 1ull << 32 | i, 0);
	cr_assert(readable(0));
	cr_assert_eq(dev->watches, 1);
	cr_assert_eq(async_reap(queue), CQ);
	run();
	come_back(0);
	cr_assert_eq(queue->strays, 0);
}

/* All slots are those of requests that were given up, and that go on */
static void fill_with_orphans(void)
{
	unsigned int i;

	for (i = 0; i < CQ; i++) {
		cr_assert_eq(try_nop(sessions[3], &requests[i]), 1);
		cr_assert_eq(async_submit(queue), 1);
		atomic_store(dev->sq_head, i + 1);
	}
	async_session_close(sessions[3]);
	sessions[3] = NULL;
}

/* Another is the watch: each is told once, and left as it was found */
Test(room, the_watch_forgets)
{
	fill_with_orphans();
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_room_forget(sessions[0]);
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	fakedev_post(dev, 1ull << 32, 0);
	cr_assert_eq(dev->watches, 1);
	cr_assert_not(readable(0));
	cr_assert(readable(1));
	async_reap(queue);
	run();
	come_back(1);
	cr_assert_eq(dev->done[0], dev->consumed[0]);
}

/* It was announced before another took its place */
Test(room, the_watch_forgets_late)
{
	fill_with_orphans();
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	fakedev_post(dev, 1ull << 32, 0);
	cr_assert(readable(0));
	async_room_forget(sessions[0]);
	cr_assert_not(readable(0));
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	cr_assert(readable(1), "there is something to reap");
	async_reap(queue);
	run();
	come_back(1);
	cr_assert_eq(dev->done[0], dev->consumed[0]);
}

/* It has forgotten, and is announced all the same: reaping settles that */
Test(room, the_watch_forgets_and_is_told)
{
	fill_with_orphans();
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_room_forget(sessions[0]);
	fakedev_post(dev, 1ull << 32, 0);
	cr_assert(readable(0));
	async_reap(queue);
	cr_assert_not(readable(0));
	cr_assert_eq(try_nop(sessions[0], requests), 1);
}

Test(room, the_watch_ends)
{
	fill_with_orphans();
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	async_session_close(sessions[0]);
	sessions[0] = NULL;
	cr_assert_eq(*dev->watch, 2);
	fakedev_post(dev, 1ull << 32, 0);
	cr_assert(readable(1));
	async_reap(queue);
	run();
	come_back(1);
}

/* With nobody behind it; what is freed is overwritten, so that a use shows */
Test(room, the_only_watch_ends)
{
	mallopt(M_PERTURB, 0x5a);
	fill_with_orphans();
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	async_session_close(sessions[0]);
	sessions[0] = NULL;
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	cr_assert_eq(*dev->watch, 2);
	fakedev_post(dev, 1ull << 32, 0);
	async_reap(queue);
	run();
	come_back(1);
}

/* One that has a slot already goes before the watch, which was announced */
Test(room, before_the_watch)
{
	struct async_op op = cbc_op(sessions[1], ARENA);
	void *half = async_buf_alloc(queue, ARENA / 2);
	struct async_request *request;

	cr_assert_eq(async_room_wait(sessions[1]), 0);
	run();
	async_reap(queue);
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 0);
	while (try_nop(sessions[3], &request)) {
		async_submit(queue);
		atomic_fetch_add(dev->sq_head, 1);
	}
	async_session_close(sessions[3]);
	sessions[3] = NULL;
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(*dev->watch, 1);
	fakedev_post(dev, 0, 0);
	cr_assert(readable(0));
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	/* Its turn comes later, and is told of then */
	cr_assert_not(readable(0));
	cr_assert(readable(1));
	async_buf_free(queue, half);
}

/* Word of room does not show the device what is not yet to be seen */
Test(room, prepared_and_not_submitted)
{
	uint32_t tail;

	fill(NULL);
	cr_assert_eq(async_room_wait(sessions[0]), 0);
	cr_assert_eq(async_room_wait(sessions[1]), 0);
	collect(0);
	run();
	async_reap(queue);
	tail = *dev->sq_tail;
	cr_assert_eq(try_nop(sessions[0], &requests[0]), 1);
	collect(1);
	cr_assert_eq(*dev->sq_tail, tail);
	cr_assert_eq(async_submit(queue), 2);
	run();
	cr_assert(readable(1));
}

/* Waiting costs nothing while nothing happens */
Test(room, asks_the_device_no_more_than_once)
{
	unsigned int i, ioctls;

	fill(sessions[1]);
	for (i = 0; i < SESSIONS - 1; i++)
		cr_assert_eq(async_room_wait(sessions[i]), 0);
	ioctls = dev->ioctls;
	for (i = 0; i < 100; i++) {
		async_reap(queue);
		cr_assert_eq(async_room_wait(sessions[0]), 0);
		cr_assert_eq(try_nop(sessions[3], requests), 0);
	}
	cr_assert_eq(dev->ioctls, ioctls);
}

/* Threads: one collects what the other submits, and both make and find room. */

#define TOLD	20000

static struct async_request *_Atomic handed;
static atomic_bool ended;

static void *collector(void *arg)
{
	struct async_request *request;

	while (!atomic_load(&ended)) {
		request = atomic_exchange(&handed, NULL);
		if (!request) {
			sched_yield();
			continue;
		}
		while (!async_done(request))
			async_reap(queue);
		if (async_collect(request) != 0)
			return "not collected";
	}
	return arg;
}

/* No slot is lost, and no word of one, whoever frees it and when */
Test(room, collected_in_another_thread)
{
	struct async_request *kept[CQ], *request;
	unsigned int told = 0, i;
	pthread_t thread;
	void *result;

	/* One slot is left, which the other thread has time and again */
	for (i = 0; i < CQ - 1; i++) {
		cr_assert_eq(try_nop(NULL, &kept[i]), 1);
		async_submit(queue);
		run();
	}
	async_reap(queue);
	fakedev_start(dev);
	pthread_create(&thread, NULL, collector, NULL);
	while (told < TOLD) {
		while (try_nop(sessions[0], &request) != 1) {
			cr_assert_eq(async_room_wait(sessions[0]), 0);
			while (!readable(0))
				sched_yield();
			async_reap(queue);
			told++;
		}
		async_submit(queue);
		while (atomic_load(&handed))
			sched_yield();
		atomic_store(&handed, request);
	}
	while (atomic_load(&handed))
		sched_yield();
	atomic_store(&ended, true);
	pthread_join(thread, &result);
	fakedev_stop(dev);
	cr_assert_null(result, "%s", (char *)result);
	cr_assert_eq(queue->strays, 0);
}
