// SPDX-License-Identifier: MIT
/*
 * Ids of keys and sessions: good while their owner lives and on its queue, and
 * in no other case.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define LEN	16

static const struct cryptosim_setup sizes = {
	.sq_entries = 8,
	.cq_entries = 8,
	.max_keys = 3,
	.max_sessions = 3,
	.arena_size = 64 << 10,
};

static void load(void)
{
	guest_load(NULL);
}

TestSuite(ids, .init = load, .fini = guest_unload);

static int run_with(struct raw_queue *queue, uint32_t key, uint32_t session)
{
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_ENCRYPT,
		.session = session,
		.key = key,
		.len = LEN,
	};

	return guest_run(queue, &sqe);
}

static int key_del(const struct raw_queue *queue, uint32_t id)
{
	struct cryptosim_key_del del = { .id = id };

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_DEL, &del);
}

static uint32_t key_add(const struct raw_queue *queue)
{
	uint32_t id = 0;

	cr_assert_eq(raw_key(queue, CRYPTOSIM_ALG_AES_CTR, 16, &id), 0);
	cr_assert_neq(id, 0);
	return id;
}

/* What looks a bit like @id and is none */
static void expect_strangers(struct raw_queue *queue, uint32_t key, uint32_t id,
			     bool is_key)
{
	const uint32_t strangers[] = {
		id + 1, id + 2, id + 3, id - 1, id | 0xffff, id & 0xffff,
		id + 0x10000, id - 0x10000, id ^ 0x80000000, UINT32_MAX,
		0x10003, 1, 0xffff,
	};
	unsigned int i;
	int ret;

	for (i = 0; i < sizeof(strangers) / sizeof(*strangers); i++) {
		/* the one id of neither: no session at all */
		if (!strangers[i] && !is_key)
			continue;
		ret = is_key ? run_with(queue, strangers[i], 0) :
			       run_with(queue, key, strangers[i]);
		cr_expect_eq(ret, is_key ? -ENOKEY : -ENOENT, "%x, not %x: %d",
			     strangers[i], id, ret);
		if (!is_key)
			continue;
		ret = key_del(queue, strangers[i]);
		cr_expect_eq(ret, -ENOKEY, "%x, not %x: %d", strangers[i], id,
			     ret);
	}
}

Test(ids, unknown)
{
	struct cryptosim_session_add session;
	struct raw_queue queue;
	uint32_t key;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	key = key_add(&queue);
	cr_assert_eq(raw_session(&queue, &session), 0);
	expect_strangers(&queue, key, key, true);
	expect_strangers(&queue, key, session.id, false);
	cr_expect_eq(raw_load(&queue.done[session.slot]), 0);
	cr_expect_eq(run_with(&queue, key, session.id), LEN);
	cr_expect_eq(raw_load(&queue.done[session.slot]), 1);
	close(session.fd);
	raw_close(&queue);
}

/* The old id stays dead when its slot has a new owner, and another */
Test(ids, stale_key)
{
	struct raw_queue queue;
	uint32_t old, new;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	old = key_add(&queue);
	cr_expect_eq(run_with(&queue, old, 0), LEN);
	cr_expect_eq(key_del(&queue, old), 0);
	cr_expect_eq(key_del(&queue, old), -ENOKEY);
	cr_expect_eq(run_with(&queue, old, 0), -ENOKEY);
	for (i = 0; i < 3; i++) {
		new = key_add(&queue);
		cr_expect_neq(new, old);
		cr_expect_eq(run_with(&queue, old, 0), -ENOKEY);
		cr_expect_eq(key_del(&queue, old), -ENOKEY);
		cr_expect_eq(run_with(&queue, new, 0), LEN);
	}
	raw_close(&queue);
}

Test(ids, stale_session)
{
	struct cryptosim_session_add old, new;
	struct raw_queue queue;
	unsigned int i;
	uint32_t key;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	key = key_add(&queue);
	cr_assert_eq(raw_session(&queue, &old), 0);
	close(old.fd);
	cr_expect_eq(run_with(&queue, key, old.id), -ENOENT);
	for (i = 0; i < 4; i++) {
		cr_assert_eq(raw_session(&queue, &new), 0);
		cr_expect_neq(new.id, 0);
		cr_expect_neq(new.id, old.id);
		cr_expect_eq(run_with(&queue, key, old.id), -ENOENT);
		cr_expect_eq(raw_load(&queue.done[new.slot]),
			     *queue.consumed);
		cr_expect_eq(run_with(&queue, key, new.id), LEN);
		cr_expect_eq(raw_load(&queue.done[new.slot]) -
			     queue.consumed[new.slot], 1);
		close(new.fd);
		old = new;
	}
	raw_close(&queue);
}

/* Ids that are good on another queue of the same process */
Test(ids, of_another_queue)
{
	struct cryptosim_session_add sessions[3], own;
	struct raw_queue queue, other;
	uint32_t keys[3], key;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_open(&other, 0, &sizes), 0);
	key = key_add(&queue);
	cr_assert_eq(raw_session(&queue, &own), 0);
	for (i = 0; i < 3; i++) {
		keys[i] = key_add(&other);
		cr_assert_eq(raw_session(&other, &sessions[i]), 0);
	}
	for (i = 0; i < 3; i++) {
		if (keys[i] != key)
			cr_expect_eq(run_with(&queue, keys[i], 0), -ENOKEY);
		if (sessions[i].id != own.id)
			cr_expect_eq(run_with(&queue, key, sessions[i].id),
				     -ENOENT);
		cr_expect_eq(run_with(&other, keys[i], sessions[i].id), LEN);
		cr_expect_eq(raw_load(&other.done[sessions[i].slot]), 1);
		close(sessions[i].fd);
	}
	cr_expect_eq(raw_load(&queue.done[own.slot]), 0);
	close(own.fd);
	raw_close(&queue);
	raw_close(&other);
}

/* Two queues give the same id to different things: each finds its own */
Test(ids, same_on_two_queues)
{
	static const unsigned char material[2][16] = { "one", "another" };
	struct cryptosim_session_add sessions[2];
	struct raw_queue queues[2];
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		struct cryptosim_key_add key = {
			.alg = CRYPTOSIM_ALG_AES_CTR,
			.key_len = sizeof(material[i]),
			.key = (uintptr_t)material[i],
		};

		cr_assert_eq(raw_open(&queues[i], 0, &sizes), 0);
		cr_assert_eq(raw_ioctl(queues[i].fd, CRYPTOSIM_IOC_KEY_ADD,
				       &key), 0);
		cr_assert_eq(raw_session(&queues[i], &sessions[i]), 0);
		for (j = 0; j <= i; j++)
			cr_expect_eq(run_with(&queues[i], key.id,
					      sessions[i].id), LEN);
	}
	cr_expect_eq(sessions[0].id, sessions[1].id);
	for (i = 0; i < 2; i++)
		cr_expect_eq(raw_load(&queues[i].done[sessions[i].slot]),
			     i + 1);
	/* one was encrypted once, the other twice, which is not at all */
	cr_expect_neq(memcmp(queues[0].arena, queues[1].arena, LEN), 0);
	cr_expect_eq(memcmp(queues[1].arena, queues[1].arena + LEN, LEN), 0);
	for (i = 0; i < 2; i++) {
		close(sessions[i].fd);
		raw_close(&queues[i]);
	}
}
