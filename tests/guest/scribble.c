// SPDX-License-Identifier: MIT
/*
 * Shared memory that its user fills with nonsense, by mistake or on purpose,
 * while the device works on it. Whatever is there: the engine goes on, a queue
 * beside it on the same engine notices nothing, and the queue itself is as good
 * as before once its indices are mended.
 */
#include <criterion/criterion.h>
#include <criterion/logging.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"
#include "rng.h"

#define ARENA		(64u << 10)
#define ENTRIES		64u
#define LEN		256u
#define SESSIONS	4u
#define ROUNDS		3000u

static const struct cryptosim_setup sizes = {
	.sq_entries = ENTRIES,
	.cq_entries = ENTRIES,
	.max_keys = 8,
	.max_sessions = SESSIONS,
	.arena_size = ARENA,
};

static const struct cryptosim_sqe nop;

/* The queue that is ill treated, the one beside it, and that one's key */
static struct raw_queue queue, neighbour;
static struct cryptosim_sqe encrypt;
static unsigned char expected[LEN];

static void start(void)
{
	guest_load("engines=1");
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_open(&neighbour, 0, &sizes), 0);
	encrypt = (struct cryptosim_sqe) {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.len = LEN,
		.dst = LEN,
	};
	cr_assert_eq(raw_key(&neighbour, CRYPTOSIM_ALG_AES_CTR, 32,
			     &encrypt.key), 0);
	memset(neighbour.arena, 42, ARENA);
	cr_assert_eq(guest_run(&neighbour, &encrypt), (int)LEN);
	memcpy(expected, neighbour.arena + LEN, LEN);
}

static void stop(void)
{
	raw_close(&queue);
	raw_close(&neighbour);
	guest_unload();
}

TestSuite(scribble, .init = start, .fini = stop);

/* Requests on the neighbour, each as it has to be */
static void use_neighbour(unsigned int count)
{
	struct cryptosim_cqe cqe;
	unsigned int i;

	for (i = 0; i < count; i++) {
		memset(neighbour.arena + LEN, 0, LEN);
		encrypt.user_data++;
		cr_assert_eq(raw_run(&neighbour, &encrypt, &cqe), 0);
		cr_assert_eq(cqe.result, (int)LEN);
		cr_assert_eq(cqe.user_data, encrypt.user_data);
		cr_assert_eq(memcmp(neighbour.arena + LEN, expected, LEN), 0);
	}
	for (i = 2 * LEN; i < ARENA; i++)
		cr_assert_eq(neighbour.arena[i], 42, "byte %u", i);
}

/*
 * Makes both indices right: no SQE is there, all CQEs are reaped. After a
 * request of the neighbour that was pushed later, the one engine of both goes
 * by the new sq_tail.
 */
static void mend(void)
{
	uint32_t taken;

	do {
		taken = raw_load(queue.sq_head);
		raw_store(queue.sq_tail, taken);
		use_neighbour(1);
	} while (raw_load(queue.sq_head) != taken);
	/* each SQE taken makes one CQE */
	guest_wait(queue.cq_tail, taken);
	cr_assert_eq(raw_load(queue.cq_tail), taken);
	raw_store(queue.cq_head, taken);
}

/* A whole ring of requests, each completes once, in order */
static void expect_sound(struct raw_queue *tried)
{
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++) {
		sqe.user_data = ~i;
		raw_push(tried, &sqe);
	}
	cr_assert_eq(raw_ring(tried, ENTRIES, ENTRIES, RAW_WATCHDOG_NS),
		     (int)ENTRIES);
	for (i = 0; i < ENTRIES; i++) {
		cr_assert(raw_reap(tried, &cqe));
		cr_assert_eq(cqe.result, 0);
		cr_assert_eq(cqe.user_data, ~i);
	}
	cr_assert_not(raw_reap(tried, NULL));
}

Test(scribble, nonsense_tail)
{
	static const uint32_t wrong[] = {
		ENTRIES + 1, 2 * ENTRIES, 1u << 16, INT32_MAX, 1u << 31,
		0u - 2 * ENTRIES, -ENTRIES, -1u,
	};
	uint32_t taken;
	unsigned int i;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		taken = raw_load(queue.sq_head);
		raw_store(queue.sq_tail, taken + wrong[i]);
		cr_expect_eq(raw_ring(&queue, 1, 0, 0), -EINVAL, "%x",
			     wrong[i]);
		cr_expect_eq(raw_ring(&queue, 0, 0, 0), -EINVAL, "%x",
			     wrong[i]);
		cr_expect_eq(raw_ring(&queue, 1, 1, 1000000), -EINVAL,
			     "%x", wrong[i]);
		/* the engine looks at both rings when it is awake */
		use_neighbour(10);
		cr_expect_eq(raw_load(queue.sq_head), taken);
		cr_expect_eq(raw_load(queue.cq_tail), taken);
		raw_store(queue.sq_tail, taken);
		expect_sound(&queue);
	}
}

Test(scribble, nonsense_head)
{
	static const uint32_t wrong[] = {
		1, 2, ENTRIES, ENTRIES + 1, INT32_MAX, 1u << 31,
		-ENTRIES - 1, 0u - 2 * ENTRIES,
	};
	unsigned int i;
	uint32_t head;
	int ret;

	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		head = *queue.cq_head;
		raw_store(queue.cq_head, head + wrong[i]);
		raw_push(&queue, &nop);
		ret = raw_ring(&queue, 1, 0, 0);
		cr_expect(ret >= 0 && ret <= (int)ENTRIES, "%d", ret);
		use_neighbour(10);
		raw_store(queue.cq_head, head);
		/* taken already or not: it is there once, and not twice */
		cr_expect_eq(raw_ring(&queue, 1, 1, RAW_WATCHDOG_NS), 1);
		cr_expect(raw_reap(&queue, NULL));
		cr_expect_not(raw_reap(&queue, NULL));
		expect_sound(&queue);
	}
}

/* The status of the engine's thread, proc(5) */
static char engine_status[64];

/* How often it went to sleep */
static unsigned long engine_sleeps(void)
{
	unsigned long count = 0;
	char line[128];
	FILE *file;

	file = fopen(engine_status, "re");
	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file))
		sscanf(line, "voluntary_ctxt_switches: %lu", &count);
	fclose(file);
	return count;
}

static void load_slow(void)
{
	guest_load("engines=1 latency_ns=2000000000");
	snprintf(engine_status, sizeof(engine_status), "/proc/%d/status",
		 guest_engine());
	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
}

static void stop_slow(void)
{
	raw_close(&queue);
	guest_unload();
}

/* Fills the SQ, and waits until the engine has seen that and sleeps again */
static void push_all_and_settle(void)
{
	unsigned long before = engine_sleeps();
	bool slept;
	unsigned int i;

	for (i = 0; i < ENTRIES; i++)
		raw_push(&queue, &nop);
	cr_assert_geq(raw_ring(&queue, ENTRIES, 0, 0), 0);
	do {
		slept = engine_sleeps() != before;
		cr_assert_eq(raw_load(queue.cq_tail), 0, "it never slept");
	} while (!slept);
}

/*
 * A user that says it has reaped what is in flight has no more room by that.
 * The engine has nothing to do until those are posted, and so does nothing.
 */
Test(scribble_slow, reaped_ahead, .init = load_slow, .fini = stop_slow)
{
	unsigned int i;

	push_all_and_settle();
	cr_assert_eq(raw_load(queue.sq_head), ENTRIES);
	raw_store(queue.cq_head, ENTRIES);
	push_all_and_settle();
	cr_assert_eq(raw_load(queue.sq_head), ENTRIES);
	raw_store(queue.cq_head, 0);
	guest_wait(queue.cq_tail, ENTRIES);
	for (i = 0; i < ENTRIES; i++)
		cr_assert(raw_reap(&queue, NULL));
	cr_expect_eq(raw_ring(&queue, 1, ENTRIES, RAW_WATCHDOG_NS),
		     (int)ENTRIES);
}

/* Ends the hostile threads */
static atomic_bool enough;

/* What they poll: the queue, and sessions where there are any */
static struct pollfd polls[1 + SESSIONS];
static unsigned int nr_polls;

/* Small numbers, random ones, and those around what would be right */
static uint32_t any_index(struct rng *rng)
{
	uint64_t bits = rng_next(rng);
	uint32_t near = raw_load(queue.sq_head) + bits % 200 - 100;

	return bits >> 62 ? near : bits >> 16;
}

static void *scribble_indices(void *arg)
{
	struct rng *rng = arg;

	while (!atomic_load(&enough)) {
		raw_store(queue.sq_tail, any_index(rng));
		raw_store(queue.cq_head, any_index(rng));
	}
	return NULL;
}

/* Doorbells, each with an answer that <linux/cryptosim.h> has for it */
static void *ring_at_random(void *arg)
{
	struct cryptosim_doorbell bell;
	struct rng *rng = arg;
	intptr_t wrong = 0;
	int ret;

	while (!atomic_load(&enough)) {
		bell = (struct cryptosim_doorbell) {
			.submit = rng_below(rng, ENTRIES + 2),
			.wait = rng_below(rng, 4) ? 0 :
				rng_below(rng, ENTRIES + 2),
			.cq_head = any_index(rng),
			.timeout_ns = rng_below(rng, 100000),
		};
		ret = raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell);
		if (ret > (int)ENTRIES ||
		    (ret < 0 && ret != -EINVAL && ret != -ETIME))
			wrong = ret;
		if (poll(polls, nr_polls, 0) < 0)
			wrong = -errno;
	}
	return (void *)wrong;
}

/*
 * Two threads against the queue while the neighbour is in use, and until so
 * many requests got through by chance
 */
static void attack(void *(*scribbler)(void *arg), uint32_t through)
{
	struct rng rngs[2] = { { rng_seed() } };
	pthread_t threads[2];
	void *wrong;

	polls[0] = (struct pollfd) { queue.fd, POLLIN, 0 };
	nr_polls = nr_polls ?: 1;
	cr_log_info("CRYPTOSIM_SEED=%#llx", (unsigned long long)rngs[0].state);
	rngs[1].state = ~rngs[0].state;
	cr_assert_eq(pthread_create(&threads[0], NULL, scribbler, &rngs[0]), 0);
	cr_assert_eq(pthread_create(&threads[1], NULL, ring_at_random,
				    &rngs[1]), 0);
	use_neighbour(ROUNDS);
	while (raw_load(queue.cq_tail) < through)
		use_neighbour(1);
	expect_sound(&neighbour);
	atomic_store(&enough, true);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], &wrong);
	cr_expect_null(wrong, "a doorbell said %d", (int)(intptr_t)wrong);
	mend();
}

Test(scribble, random_indices)
{
	/* More than one round of the rings */
	attack(scribble_indices, ENTRIES + 1);
	expect_sound(&queue);
	/* SQEs were taken from a ring of zeroes: NOPs all of them */
	cr_expect_eq(guest_stats(0).errors, 0);
}

static struct cryptosim_session_add sessions[SESSIONS];
static uint32_t keys[8];

/* An SQE that gets as far as can be, or is nonsense in a field or in all */
static struct cryptosim_sqe any_sqe(struct rng *rng)
{
	struct cryptosim_sqe sqe = { };
	uint64_t kind = rng_below(rng, 8);

	if (!kind) {
		rng_fill(rng, &sqe, sizeof(sqe));
		return sqe;
	}
	sqe.opcode = rng_below(rng, CRYPTOSIM_OP_COUNT + 1);
	sqe.session = sessions[rng_below(rng, SESSIONS)].id;
	sqe.key = keys[rng_below(rng, 8)];
	sqe.len = rng_below(rng, 2) ? 16 * rng_below(rng, 100) :
				      rng_below(rng, 2 * ARENA);
	sqe.src = rng_below(rng, ARENA);
	sqe.dst = rng_below(rng, 2) ? sqe.src : rng_below(rng, ARENA + LEN);
	if (rng_below(rng, 2)) {
		sqe.aad = rng_below(rng, ARENA);
		sqe.aad_len = rng_below(rng, 300);
		sqe.tag = rng_below(rng, ARENA);
	}
	if (kind == 1)
		((unsigned char *)&sqe)[rng_below(rng, sizeof(sqe))] ^=
			1 << rng_below(rng, 8);
	return sqe;
}

/* All of what the user may write to; the device reads it at the same time */
static void *scribble_all(void *arg)
{
	struct rng *rng = arg;
	uint32_t offset;

	while (!atomic_load(&enough)) {
		queue.sqes[rng_below(rng, ENTRIES)] = any_sqe(rng);
		queue.consumed[rng_below(rng, SESSIONS)] = rng_next(rng);
		if (!rng_below(rng, 4))
			raw_store(queue.sq_tail, any_index(rng));
		if (!rng_below(rng, 4))
			raw_store(queue.cq_head, any_index(rng));
		if (rng_below(rng, 64))
			continue;
		offset = rng_below(rng, ARENA - LEN);
		rng_fill(rng, queue.arena + offset, LEN);
		offset = rng_below(rng, queue.setup.user_size - LEN);
		rng_fill(rng, (char *)queue.user + offset, LEN);
	}
	return NULL;
}

/* What a CQE may say, whatever the SQE was */
static bool result_is_sane(int result)
{
	static const int errors[] = {
		-EINVAL, -ENOKEY, -ENOENT, -EMSGSIZE, -EFAULT, -EBADMSG,
	};
	unsigned int i;

	for (i = 0; i < sizeof(errors) / sizeof(*errors); i++)
		if (result == errors[i])
			return true;
	return result >= 0 && result <= (int)ARENA;
}

static void add_keys(void)
{
	static const struct {
		uint32_t alg, len;
	} kinds[] = {
		{ CRYPTOSIM_ALG_AES_CBC, 16 }, { CRYPTOSIM_ALG_AES_CTR, 16 },
		{ CRYPTOSIM_ALG_AES_XTS, 32 }, { CRYPTOSIM_ALG_AES_GCM, 16 },
		{ CRYPTOSIM_ALG_AES_CCM, 16 }, { CRYPTOSIM_ALG_SHA256, 0 },
		{ CRYPTOSIM_ALG_CHACHA20_POLY1305, 32 },
		{ CRYPTOSIM_ALG_CMAC_AES, 16 },
	};
	unsigned int i;

	for (i = 0; i < 8; i++)
		cr_assert_eq(raw_key(&queue, kinds[i].alg, kinds[i].len,
				     &keys[i]), 0);
}

Test(scribble, everything)
{
	struct control_stats stats;
	const struct cryptosim_cqe *cqe;
	unsigned int i;

	add_keys();
	for (i = 0; i < SESSIONS; i++) {
		cr_assert_eq(raw_session(&queue, &sessions[i]), 0);
		polls[1 + i] = (struct pollfd) { sessions[i].fd, POLLIN, 0 };
	}
	nr_polls = 1 + SESSIONS;
	/* So many that some of them are good and some are not */
	attack(scribble_all, 1000);
	for (i = 0; i < ENTRIES; i++) {
		cqe = &queue.cqes[i];
		cr_expect(result_is_sane(cqe->result), "CQE %u: %d", i,
			  cqe->result);
	}
	/* it was not only refused */
	stats = guest_stats(0);
	cr_expect_gt(stats.bytes, (encrypt.user_data + 1) * LEN);
	cr_expect_gt(stats.errors, 0);
	for (i = 0; i < SESSIONS; i++)
		queue.consumed[i] = raw_load(&queue.done[i]);
	cr_expect_eq(poll(polls, nr_polls, 0), 0);
	for (i = 0; i < SESSIONS; i++)
		close(sessions[i].fd);
	expect_sound(&queue);
}
