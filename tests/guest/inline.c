// SPDX-License-Identifier: MIT
/*
 * Queues whose requests are executed in the doorbell: done when it returns, told
 * of by an interrupt like any other, and in nobody's way.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"
#include "rng.h"

#define ENTRIES	8u
#define LEN	1024u

static const struct cryptosim_setup sizes = {
	.flags = CRYPTOSIM_SETUP_INLINE,
	.sq_entries = ENTRIES,
	.cq_entries = ENTRIES,
	.max_keys = 2,
	.max_sessions = 2,
	.arena_size = 65536,
};

static const struct cryptosim_sqe nop;
static struct raw_queue queue;

static void start_with(const char *params)
{
	guest_load(params);
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
}

static void start(void)
{
	start_with("engines=1");
}

static void stop(void)
{
	raw_close(&queue);
	guest_unload();
}

TestSuite(inlined, .init = start, .fini = stop);

static void push(unsigned int count)
{
	while (count--)
		raw_push(&queue, &nop);
}

/* Nobody looks at the ring before, all of it is done after */
Test(inlined, done_when_the_doorbell_returns)
{
	unsigned int round;

	for (round = 1; round <= 100; round++) {
		cr_assert(raw_need_wakeup(&queue));
		push(ENTRIES);
		cr_assert_eq(raw_load(queue.sq_head), (round - 1) * ENTRIES);
		cr_assert_geq(raw_ring(&queue, ENTRIES, 0, 0), 0);
		cr_assert_eq(raw_load(queue.sq_head), round * ENTRIES);
		cr_assert_eq(guest_stats(0).requests, round * ENTRIES);
		/* The handler may be a thread, on another CPU as well */
		cr_assert_eq(raw_ring(&queue, 0, ENTRIES, RAW_WATCHDOG_NS),
			     (int)ENTRIES);
		cr_assert_eq(raw_reap_all(&queue), ENTRIES);
	}
	cr_expect_eq(guest_stats(0).completions, 100 * ENTRIES);
	cr_expect_geq(guest_stats(0).interrupts, 100);
}

/* Submitted and waited for in one call; a session is told as well */
Test(inlined, told_like_any_other)
{
	struct cryptosim_session_add session;
	struct cryptosim_sqe sqe = nop;
	struct pollfd polled = { .events = POLLIN };

	cr_assert_eq(raw_session(&queue, &session), 0);
	polled.fd = session.fd;
	sqe.session = session.id;
	cr_expect_eq(poll(&polled, 1, 0), 0);
	raw_push(&queue, &sqe);
	cr_expect_eq(raw_ring(&queue, 1, 1, RAW_WATCHDOG_NS), 1);
	cr_expect_eq(poll(&polled, 1, RAW_WATCHDOG_MS), 1);
	cr_expect_eq(raw_load(&queue.done[session.slot]), 1);
	close(session.fd);
}

/* What the CQ has no room for stays where it is until the next doorbell */
Test(inlined, no_room_in_the_cq)
{
	push(ENTRIES);
	cr_assert_eq(raw_ring(&queue, ENTRIES, ENTRIES, RAW_WATCHDOG_NS),
		     (int)ENTRIES);
	push(3);
	cr_assert_eq(raw_ring(&queue, 3, 0, 0), (int)ENTRIES);
	cr_expect_eq(raw_load(queue.sq_head), ENTRIES);
	cr_expect_eq(raw_reap_all(&queue), ENTRIES);
	cr_expect_eq(raw_load(queue.sq_head), ENTRIES);
	/* Not one that submits, but one that waits for them */
	cr_expect_eq(raw_ring(&queue, 0, 3, RAW_WATCHDOG_NS), 3);
	cr_expect_eq(raw_reap_all(&queue), 3);
}

Test(inlined, stopped)
{
	push(1);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	cr_expect_eq(raw_ring(&queue, 1, 0, 0), -ESHUTDOWN);
	cr_expect_eq(raw_load(queue.sq_head), 0);
}

Test(inlined, late)
{
	struct cryptosim_cqe cqe;

	stop();
	start_with("engines=1 latency_ns=5000000");
	push(1);
	cr_expect_eq(raw_ring(&queue, 1, 0, 0), 0);
	cr_expect_eq(raw_load(queue.sq_head), 1);
	cr_expect_eq(raw_ring(&queue, 0, 1, RAW_WATCHDOG_NS), 1);
	cr_assert(raw_reap(&queue, &cqe));
	cr_expect_geq(cqe.device_ns, 5000000);
}

/* Encrypts again and again, and compares with what the first one gave */
static void *encrypt(void *arg)
{
	struct raw_queue *mine = arg;
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_ENCRYPT, .len = LEN, .dst = LEN,
	};
	unsigned char expected[LEN];
	unsigned int i, rounds = guest_rounds(2000);
	struct cryptosim_cqe cqe;

	cr_assert_eq(raw_key(mine, CRYPTOSIM_ALG_AES_CTR, 32, &sqe.key), 0);
	for (i = 0; i <= rounds; i++) {
		memset(mine->arena + LEN, 0, LEN);
		cr_assert_eq(raw_run(mine, &sqe, &cqe), 0);
		cr_assert_eq(cqe.result, (int)LEN);
		if (!i)
			memcpy(expected, mine->arena + LEN, LEN);
		cr_assert_eq(memcmp(mine->arena + LEN, expected, LEN), 0,
			     "round %u", i);
	}
	return NULL;
}

/* Two of them and one with a thread share an engine, its memory and its line */
Test(inlined, beside_others)
{
	struct raw_queue others[2];
	pthread_t threads[2];
	unsigned int i;

	cr_assert_eq(raw_open(&others[0], 0, NULL), 0);
	cr_assert_eq(raw_open(&others[1], 0, &sizes), 0);
	for (i = 0; i < 2; i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, encrypt,
					    &others[i]), 0);
	encrypt(&queue);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		raw_close(&others[i]);
	}
	cr_expect_eq(guest_stats(0).errors, 0);
}

static atomic_bool over;

/* Writes nonsense to both indices until it is told to stop */
static void *scribble(void *arg)
{
	struct rng *rng = arg;

	while (!atomic_load(&over)) {
		raw_store(queue.sq_tail, raw_load(queue.sq_head) +
			  rng_below(rng, ENTRIES + 2));
		raw_store(queue.cq_head, raw_load(queue.cq_tail) -
			  rng_below(rng, ENTRIES + 2));
	}
	return NULL;
}

/* The doorbell ends all the same, and the queue is as good as before */
Test(inlined, nonsense_in_the_indices)
{
	struct rng rng = { rng_seed() };
	unsigned int i, rounds = guest_rounds(20000);
	pthread_t thread;
	uint32_t taken;
	int ret;

	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)rng.state);
	cr_assert_eq(pthread_create(&thread, NULL, scribble, &rng), 0);
	/* On one CPU the other runs when this has had its turn */
	for (i = 0; i < rounds || !raw_load(queue.sq_head); i++) {
		ret = raw_ring(&queue, 1, 0, 0);
		cr_assert(ret == -EINVAL || (ret >= 0 && ret <= (int)ENTRIES),
			  "%d", ret);
	}
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	taken = raw_load(queue.sq_head);
	raw_store(queue.sq_tail, taken);
	guest_wait(queue.cq_tail, taken);
	cr_assert_eq(raw_load(queue.cq_tail), taken);
	raw_store(queue.cq_head, taken);
	push(ENTRIES);
	cr_expect_eq(raw_ring(&queue, ENTRIES, ENTRIES, RAW_WATCHDOG_NS),
		     (int)ENTRIES);
	cr_expect_eq(raw_reap_all(&queue), ENTRIES);
}
