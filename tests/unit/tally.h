/* SPDX-License-Identifier: MIT */
/* A queue with sessions whose callbacks count: for one test program. */
#ifndef TESTS_UNIT_TALLY_H
#define TESTS_UNIT_TALLY_H

#include <criterion/criterion.h>
#include <errno.h>
#include <malloc.h>
#include <sched.h>

#include "core/internal.h"
#include "fakedev.h"

#define SQ		256
#define CQ		512
#define SESSIONS	4
#define MAX_SESSIONS	2048

/* What a session's callback is called with. */
struct tally {
	atomic_uint calls;
	struct async_session *session;
};

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *requests[CQ];
static struct tally tallies[SESSIONS];
static struct async_queue *queue;
static struct fakedev *dev;

static inline int count(void *arg)
{
	struct tally *tally = arg;

	atomic_fetch_add(&tally->calls, 1);
	return 1;
}

static inline void setup(void)
{
	const struct async_queue_params params = {
		.sq_entries = SQ,
		.cq_entries = CQ,
		.max_sessions = MAX_SESSIONS,
	};
	unsigned int i;

	/* What is freed is overwritten: a session used after its end shows */
	mallopt(M_PERTURB, 0x5a);
	cr_assert_eq(async_queue_open(&queue, 0, &params), 0);
	dev = fakedev_of(async_queue_fd(queue));
	for (i = 0; i < SESSIONS; i++) {
		cr_assert_eq(async_session_open(queue, &tallies[i].session), 0);
		async_session_set_callback(tallies[i].session, count,
					   &tallies[i]);
	}
}

/* An encryption in place of what is not in the arena; makes @key. */
static inline struct async_op copied_op(struct async_key *key, uint8_t *text,
					size_t len)
{
	const struct async_key_params params = {
		.alg = CRYPTOSIM_ALG_AES_CBC, .key = text, .key_len = 16,
	};

	cr_assert_eq(async_key_add(queue, &params, key), 0);
	return (struct async_op) {
		.opcode = CRYPTOSIM_OP_ENCRYPT, .key = key, .iv = text,
		.src = text, .dst = text, .len = len,
	};
}

static inline void teardown(void)
{
	unsigned int i;

	for (i = 0; i < SESSIONS; i++)
		async_session_close(tallies[i].session);
	async_queue_close(queue);
}

/* Submits a NOP for a session, if there is room. */
static inline bool try_nop(struct async_request **request, unsigned int session)
{
	struct async_op op = nop;
	int n;

	op.session = tallies[session].session;
	n = async_prepare(queue, &op, 1, request);
	cr_assert_geq(n, 0);
	cr_assert_eq(async_submit(queue), n);
	return n;
}

static inline void submit_nop(unsigned int n, unsigned int session)
{
	cr_assert(try_nop(&requests[n], session));
}

static inline void close_session(unsigned int session)
{
	async_session_close(tallies[session].session);
	tallies[session].session = NULL;
}

/* How many requests can be made: all but those that exist. */
static inline unsigned int free_slots(void)
{
	struct async_op ops[CQ] = { { 0 } };
	struct async_request *handles[CQ];
	unsigned int n, i;

	n = async_prepare(queue, ops, SQ, handles);
	async_submit(queue);
	while (fakedev_run(dev, CQ))
		;
	n += async_prepare(queue, ops, SQ, handles + n);
	async_submit(queue);
	while (fakedev_run(dev, CQ))
		;
	async_reap(queue);
	for (i = 0; i < n; i++)
		cr_assert_eq(async_collect(handles[i]), 0);
	return n;
}

#endif /* TESTS_UNIT_TALLY_H */
