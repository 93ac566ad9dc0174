// SPDX-License-Identifier: MIT
/*
 * The ioctls with everything that can be wrong about them: values, order,
 * numbers, addresses. What fails takes nothing with it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define PAGE		4096u
#define MAX_KEYS	4
#define MAX_SESSIONS	4

static const struct cryptosim_setup sizes = {
	.sq_entries = 8,
	.cq_entries = 16,
	.max_keys = MAX_KEYS,
	.max_sessions = MAX_SESSIONS,
	.arena_size = PAGE,
};

static const struct cryptosim_sqe nop;

static void load(void)
{
	guest_load("engines=1 latency_ns=1000 moderation_count=5 moderation_ns=70000");
}

TestSuite(ioctls, .init = load, .fini = guest_unload);

/* A good argument, but for one field, and what the ioctl says to it */
struct row {
	const char *what;
	int result;
	struct raw_field change;
};

#define SETUP(field, number) \
	RAW_FIELD((*(struct cryptosim_setup *)0).field, number)

static const struct row setups[] = {
	{ "an unknown flag", -EINVAL, SETUP(flags, 2) },
	{ "last flag", -EINVAL, SETUP(flags, 1u << 31) },
	{ "no SQEs", -EINVAL, SETUP(sq_entries, 0) },
	{ "3 SQEs", -EINVAL, SETUP(sq_entries, 3) },
	{ "more SQEs than CQEs", -EINVAL, SETUP(sq_entries, 32) },
	{ "2^31 SQEs", -EINVAL, SETUP(sq_entries, 1u << 31) },
	{ "no CQEs", -EINVAL, SETUP(cq_entries, 0) },
	{ "12 CQEs", -EINVAL, SETUP(cq_entries, 12) },
	{ "fewer CQEs than SQEs", -EINVAL, SETUP(cq_entries, 4) },
	{ "too many CQEs", -EINVAL,
	  SETUP(cq_entries, 2 * CRYPTOSIM_MAX_ENTRIES) },
	{ "2^32 - 1 CQEs", -EINVAL, SETUP(cq_entries, UINT32_MAX) },
	{ "no keys", -EINVAL, SETUP(max_keys, 0) },
	{ "too many keys", -EINVAL, SETUP(max_keys, CRYPTOSIM_MAX_KEYS + 1) },
	{ "2^32 - 1 keys", -EINVAL, SETUP(max_keys, UINT32_MAX) },
	{ "no sessions", -EINVAL, SETUP(max_sessions, 0) },
	{ "too many sessions", -EINVAL,
	  SETUP(max_sessions, CRYPTOSIM_MAX_SESSIONS + 1) },
	{ "2^32 - 1 sessions", -EINVAL, SETUP(max_sessions, UINT32_MAX) },
	{ "reserved", -EINVAL, SETUP(reserved, 1) },
	{ "arena of a byte", -EINVAL, SETUP(arena_size, 1) },
	{ "a byte less than a page", -EINVAL, SETUP(arena_size, PAGE - 1) },
	{ "a byte more than a page", -EINVAL, SETUP(arena_size, PAGE + 1) },
	{ "arena too big", -EINVAL,
	  SETUP(arena_size, CRYPTOSIM_MAX_ARENA + PAGE) },
	{ "arena of 2^32 bytes", -EINVAL, SETUP(arena_size, 1ull << 32) },
	{ "arena of 2^64 bytes, nearly", -EINVAL, SETUP(arena_size, -4096ull) },
	{ }
};

/* The fd stays as good as new */
Test(ioctls, setup)
{
	struct cryptosim_setup setup;
	struct raw_queue queue;
	const struct row *row;
	int fd = raw_node(0);
	int ret;

	cr_assert_geq(fd, 0);
	for (row = setups; row->what; row++) {
		setup = sizes;
		raw_set(&setup, &row->change);
		ret = raw_ioctl(fd, CRYPTOSIM_IOC_SETUP, &setup);
		cr_expect_eq(ret, row->result, "%s: %d", row->what, ret);
	}
	cr_assert_eq(raw_setup(&queue, fd, &sizes), 0);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

#define KEY(field, number) \
	RAW_FIELD((*(struct cryptosim_key_add *)0).field, number)
#define ALG(name)		KEY(alg, CRYPTOSIM_ALG_##name)

/* A key of 16 bytes for AES in CBC mode, but for two fields */
static const struct {
	const char *what;
	int result;
	struct raw_field change[3];
} keys[] = {
	{ "first unknown algorithm", -EINVAL, { ALG(COUNT) } },
	{ "last unknown algorithm", -EINVAL, { KEY(alg, UINT32_MAX) } },
	{ "AES: no key", -EINVAL, { KEY(key_len, 0) } },
	{ "AES: 15 bytes", -EINVAL, { KEY(key_len, 15) } },
	{ "AES: 17 bytes", -EINVAL, { KEY(key_len, 17) } },
	{ "AES: 40 bytes", -EINVAL, { KEY(key_len, 40) } },
	{ "AES: too long for any", -EINVAL, { KEY(key_len, 1025) } },
	{ "AES: 2^32 - 1 bytes", -EINVAL, { KEY(key_len, UINT32_MAX) } },
	{ "XTS: one key only", -EINVAL, { ALG(AES_XTS), KEY(key_len, 16) } },
	{ "XTS: 40 bytes", -EINVAL, { ALG(AES_XTS), KEY(key_len, 40) } },
	{ "ChaCha20: 31 bytes", -EINVAL,
	  { ALG(CHACHA20_POLY1305), KEY(key_len, 31) } },
	{ "SHA: a key", -EINVAL, { ALG(SHA512), KEY(key_len, 1) } },
	{ "HMAC: 1025 bytes", -EINVAL,
	  { ALG(HMAC_SHA256), KEY(key_len, 1025) } },
	{ "CMAC: 20 bytes", -EINVAL, { ALG(CMAC_AES), KEY(key_len, 20) } },
	{ "cipher: auth_len", -EINVAL, { KEY(auth_len, 1) } },
	{ "AEAD: auth_len", -EINVAL, { ALG(AES_GCM), KEY(auth_len, 16) } },
	{ "authenc: all of it is the MAC's", -EINVAL,
	  { ALG(AUTHENC_SHA1_CBC), KEY(auth_len, 16) } },
	{ "authenc: more than all", -EINVAL,
	  { ALG(AUTHENC_SHA256_CBC), KEY(auth_len, 17) } },
	{ "authenc: 2^32 - 1 bytes", -EINVAL,
	  { ALG(AUTHENC_SHA256_CBC), KEY(auth_len, UINT32_MAX) } },
	{ "authenc: 15 bytes are left", -EINVAL,
	  { ALG(AUTHENC_SHA1_CBC), KEY(auth_len, 1) } },
	{ "cipher: tag", -EINVAL, { KEY(tag_len, 16) } },
	{ "GCM: tag of 3", -EINVAL, { ALG(AES_GCM), KEY(tag_len, 3) } },
	{ "GCM: tag of 5", -EINVAL, { ALG(AES_GCM), KEY(tag_len, 5) } },
	{ "GCM: tag of 17", -EINVAL, { ALG(AES_GCM), KEY(tag_len, 17) } },
	{ "CCM: tag of 5", -EINVAL, { ALG(AES_CCM), KEY(tag_len, 5) } },
	{ "CCM: tag of 256 + 16", -EINVAL,
	  { ALG(AES_CCM), KEY(tag_len, 272) } },
	{ "SHA: digest of 33", -EINVAL,
	  { ALG(SHA256), KEY(key_len, 0), KEY(tag_len, 33) } },
	{ "SHA: digest of 2^32 - 1", -EINVAL,
	  { ALG(SHA256), KEY(key_len, 0), KEY(tag_len, UINT32_MAX) } },
	{ "CBC: IV of 8", -EINVAL, { KEY(iv_len, 8) } },
	{ "CBC: IV of 256 + 16", -EINVAL, { KEY(iv_len, 272) } },
	{ "GCM: IV of 11", -EINVAL, { ALG(AES_GCM), KEY(iv_len, 11) } },
	{ "GCM: IV of 16", -EINVAL, { ALG(AES_GCM), KEY(iv_len, 16) } },
	{ "CCM: nonce of 6", -EINVAL, { ALG(AES_CCM), KEY(iv_len, 6) } },
	{ "CCM: nonce of 14", -EINVAL, { ALG(AES_CCM), KEY(iv_len, 14) } },
	{ "CMAC: an IV", -EINVAL, { ALG(CMAC_AES), KEY(iv_len, 1) } },
	{ "no material", -EFAULT, { KEY(key, 0) } },
	{ "material of the kernel's", -EFAULT,
	  { KEY(key, 0xffff800000000000ull) } },
	{ "material at the very end", -EFAULT, { KEY(key, UINT64_MAX) } },
	{ "GCM: lengths said", 0,
	  { ALG(AES_GCM), KEY(tag_len, 4), KEY(iv_len, 12) } },
	{ "CCM: longest nonce", 0,
	  { ALG(AES_CCM), KEY(tag_len, 4), KEY(iv_len, 13) } },
	{ "SHA: one byte of it", 0,
	  { ALG(SHA256), KEY(key_len, 0), KEY(tag_len, 1) } },
	{ "HMAC: no key", 0, { ALG(HMAC_SHA512), KEY(key_len, 0) } },
	{ "HMAC: longest key", 0, { ALG(HMAC_SHA384), KEY(key_len, 1024) } },
	{ "authenc: a MAC without a key", 0, { ALG(AUTHENC_SHA256_CBC) } },
	{ }
};

static int key_del(const struct raw_queue *queue, uint32_t id)
{
	struct cryptosim_key_del del = { .id = id };

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_DEL, &del);
}

/* There is room for exactly so many keys and sessions: nothing was used up */
static void expect_room(const struct raw_queue *queue)
{
	struct cryptosim_session_add sessions[MAX_SESSIONS];
	struct cryptosim_session_add session;
	uint32_t ids[MAX_KEYS];
	unsigned int i;
	uint32_t id;

	for (i = 0; i < MAX_KEYS; i++)
		cr_assert_eq(raw_key(queue, CRYPTOSIM_ALG_AES_CBC, 16, &ids[i]),
			     0, "key %u", i);
	cr_expect_eq(raw_key(queue, CRYPTOSIM_ALG_AES_CBC, 16, &id), -ENOSPC);
	for (i = 0; i < MAX_SESSIONS; i++)
		cr_assert_eq(raw_session(queue, &sessions[i]), 0, "session %u",
			     i);
	cr_expect_eq(raw_session(queue, &session), -ENOSPC);
	for (i = 0; i < MAX_KEYS; i++)
		cr_assert_eq(key_del(queue, ids[i]), 0);
	for (i = 0; i < MAX_SESSIONS; i++)
		close(sessions[i].fd);
}

Test(ioctls, key_add)
{
	static const unsigned char material[1024];
	struct cryptosim_key_add add;
	struct raw_queue queue;
	unsigned int i, j;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	for (i = 0; keys[i].what; i++) {
		add = (struct cryptosim_key_add) {
			.alg = CRYPTOSIM_ALG_AES_CBC,
			.key_len = 16,
			.key = (uintptr_t)material,
		};
		for (j = 0; j < 3; j++)
			raw_set(&add, &keys[i].change[j]);
		ret = raw_ioctl(queue.fd, CRYPTOSIM_IOC_KEY_ADD, &add);
		cr_expect_eq(ret, keys[i].result, "%s: %d", keys[i].what, ret);
		if (!ret)
			cr_expect_eq(key_del(&queue, add.id), 0);
	}
	expect_room(&queue);
	expect_room(&queue);
	raw_close(&queue);
}

#define BELL(field, number) \
	RAW_FIELD((*(struct cryptosim_doorbell *)0).field, number)

static const struct row bells[] = {
	{ "all SQEs", 0, BELL(submit, 8) },
	{ "more than all SQEs", -EINVAL, BELL(submit, 9) },
	{ "2^32 - 1 SQEs", -EINVAL, BELL(submit, UINT32_MAX) },
	{ "more than all CQEs", -EINVAL, BELL(wait, 17) },
	{ "2^32 - 1 CQEs", -EINVAL, BELL(wait, UINT32_MAX) },
	{ "all CQEs", -ETIME, BELL(wait, 16) },
	{ "a watch that is no session", -ENOENT, BELL(watch, 1u << 31) },
	{ "a time, and no wait", 0, BELL(timeout_ns, UINT64_MAX) },
	{ "lazy", 0, BELL(flags, CRYPTOSIM_DOORBELL_LAZY) },
	{ "an unknown flag", -EINVAL, BELL(flags, 2) },
	{ "the last flag", -EINVAL, BELL(flags, 1u << 31) },
	{ "reserved", -EINVAL, BELL(reserved, 1) },
	{ }
};

Test(ioctls, doorbell)
{
	struct cryptosim_doorbell bell;
	struct raw_queue queue;
	const struct row *row;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	for (row = bells; row->what; row++) {
		bell = (struct cryptosim_doorbell) { };
		raw_set(&bell, &row->change);
		ret = raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell);
		cr_expect_eq(ret, row->result, "%s: %d", row->what, ret);
	}
	bell = (struct cryptosim_doorbell) { .wait = 1, .cq_head = 1 };
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_DOORBELL, &bell),
		     -EINVAL, "a cq_head that is yet to come");
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

Test(ioctls, other_values)
{
	struct cryptosim_session_add add = { .flags = 1 };
	struct cryptosim_key_del del = { .reserved = 1 };
	struct cryptosim_alg_info alg = { .reserved = 1 };
	struct raw_queue queue;
	uint32_t id;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_SESSION_ADD, &add),
		     -EINVAL);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_AES_CBC, 16, &id), 0);
	del.id = id;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_KEY_DEL, &del), -EINVAL);
	cr_expect_eq(key_del(&queue, id), 0);
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_ALG, &alg), -EINVAL);
	alg = (struct cryptosim_alg_info) { .alg = CRYPTOSIM_ALG_COUNT };
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_ALG, &alg), -EINVAL);
	alg.alg = UINT32_MAX;
	cr_expect_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_ALG, &alg), -EINVAL);
	expect_room(&queue);
	raw_close(&queue);
}

Test(ioctls, info)
{
	struct cryptosim_info info;
	int fd = raw_node(0);

	cr_assert_geq(fd, 0);
	memset(&info, 0xff, sizeof(info));
	cr_assert_eq(raw_ioctl(fd, CRYPTOSIM_IOC_INFO, &info), 0);
	cr_expect_eq(info.features, 0);
	cr_expect_eq(info.device, 0);
	cr_expect_eq(info.engines, 1);
	cr_expect_eq(info.latency_ns, 1000);
	cr_expect_eq(info.moderation_ns, 70000);
	cr_expect_eq(info.moderation_count, 5);
	cr_expect_eq(info.reserved, 0);
	close(fd);
}

/* INFO and ALG agree, and a key can be made of what ALG says */
Test(ioctls, algorithms)
{
	struct cryptosim_alg_info alg;
	struct cryptosim_info info;
	struct raw_queue queue;
	uint32_t i, id, len;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_ioctl(queue.fd, CRYPTOSIM_IOC_INFO, &info), 0);
	cr_expect_eq(info.algs >> CRYPTOSIM_ALG_COUNT, 0);
	for (i = 0; i < CRYPTOSIM_ALG_COUNT; i++) {
		memset(&alg, 0xff, sizeof(alg));
		alg.alg = i;
		alg.reserved = 0;
		ret = raw_ioctl(queue.fd, CRYPTOSIM_IOC_ALG, &alg);
		cr_expect_eq(ret, info.algs >> i & 1 ? 0 : -EOPNOTSUPP);
		if (ret)
			continue;
		cr_expect_eq(alg.alg, i);
		cr_expect_eq(alg.reserved, 0);
		cr_expect_gt(strnlen(alg.name, sizeof(alg.name)), 0);
		cr_expect_lt(strnlen(alg.name, sizeof(alg.name)), 64);
		cr_expect_gt(strnlen(alg.driver, sizeof(alg.driver)), 0);
		cr_expect_lt(strnlen(alg.driver, sizeof(alg.driver)), 64);
		for (len = alg.key_min; len <= alg.key_max;
		     len += alg.key_max > 64 ? 341 : alg.key_step) {
			ret = raw_key(&queue, i, len, &id);
			cr_expect_eq(ret, 0, "%s: %u", alg.name, len);
			cr_assert_eq(key_del(&queue, id), 0);
			if (!alg.key_step)
				break;
		}
	}
	raw_close(&queue);
}

/* Every ioctl, with an argument that is good at its time */
static const struct command {
	const char *name;
	unsigned long cmd;
	size_t size;
	bool any_time;
} commands[] = {
	{ "INFO", CRYPTOSIM_IOC_INFO, sizeof(struct cryptosim_info), true },
	{ "ALG", CRYPTOSIM_IOC_ALG, sizeof(struct cryptosim_alg_info), true },
	{ "SETUP", CRYPTOSIM_IOC_SETUP, sizeof(struct cryptosim_setup), false },
	{ "KEY_ADD", CRYPTOSIM_IOC_KEY_ADD, sizeof(struct cryptosim_key_add),
	  false },
	{ "KEY_DEL", CRYPTOSIM_IOC_KEY_DEL, sizeof(struct cryptosim_key_del),
	  false },
	{ "SESSION_ADD", CRYPTOSIM_IOC_SESSION_ADD,
	  sizeof(struct cryptosim_session_add), false },
	{ "DOORBELL", CRYPTOSIM_IOC_DOORBELL, sizeof(struct cryptosim_doorbell),
	  false },
	{ "STOP", CRYPTOSIM_IOC_STOP, 0, false },
	{ }
};

/* What all ioctls but INFO and ALG, which always work, say; and mmap() */
static void expect_all(int fd, int setup_says, int others_say)
{
	char arg[256] = { 0 };
	const struct command *c;
	int expected, ret;

	for (c = commands; c->name; c++) {
		expected = c->cmd == CRYPTOSIM_IOC_SETUP ? setup_says :
							   others_say;
		ret = raw_ioctl(fd, c->cmd, arg);
		cr_expect_eq(ret, c->any_time ? 0 : expected, "%s: %d", c->name,
			     ret);
		memset(arg, 0, sizeof(arg));
	}
	errno = 0;
	cr_expect_eq(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			  CRYPTOSIM_MMAP_ARENA), MAP_FAILED);
	cr_expect_eq(errno, -others_say);
}

Test(ioctls, order)
{
	struct cryptosim_setup setup = sizes;
	struct raw_queue queue;
	int fd = raw_node(0);

	cr_assert_geq(fd, 0);
	/* SETUP finds nothing but zeroes, later a queue that has been set up */
	expect_all(fd, -EINVAL, -EBADFD);
	cr_assert_eq(raw_setup(&queue, fd, &sizes), 0);
	cr_expect_eq(raw_ioctl(fd, CRYPTOSIM_IOC_SETUP, &setup), -EBUSY);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	cr_expect_eq(raw_ioctl(fd, CRYPTOSIM_IOC_STOP, NULL), 0);
	expect_all(fd, -ESHUTDOWN, -ESHUTDOWN);
	raw_close(&queue);
}

Test(ioctls, unknown)
{
	static const unsigned long unknown[] = {
		0, UINT32_MAX,
		_IO(0xC5, 0x08), _IO(0xC5, 0xff), _IO(0xC4, 0x07),
		_IO(0xC6, 0x07),
		/* the right number with another size, another direction */
		_IO(0xC5, 0x00), _IO(0xC5, 0x02), _IO(0xC5, 0x06),
		_IOR(0xC5, 0x07, char), _IOW(0xC5, 0x06, char[16]),
		_IOW(0xC5, 0x06, char[40]), _IOWR(0xC5, 0x02, char[4]),
		_IOW(0xC5, 0x00, struct cryptosim_info),
		_IOWR(0xC5, 0x06, struct cryptosim_doorbell),
		_IOR(0xC5, 0x06, struct cryptosim_doorbell),
	};
	char arg[256] = { 0 };
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	for (i = 0; i < sizeof(unknown) / sizeof(*unknown); i++)
		cr_expect_eq(raw_ioctl(queue.fd, unknown[i], arg), -ENOTTY,
			     "%lx", unknown[i]);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

/* A page that is there, and behind it one that is not */
static char *edge_of_memory(void)
{
	char *page;

	page = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	cr_assert_neq(page, MAP_FAILED);
	cr_assert_eq(munmap(page + PAGE, PAGE), 0);
	return page;
}

/* An argument that is good for an ioctl, as far as there is room for it */
static void make_argument(const struct command *command, char *arg, size_t size)
{
	static const unsigned char material[16];
	static const struct cryptosim_key_add key = {
		.alg = CRYPTOSIM_ALG_AES_CBC,
		.key_len = sizeof(material),
		.key = (uintptr_t)material,
	};

	memset(arg, 0, size);
	if (command->cmd == CRYPTOSIM_IOC_KEY_ADD)
		memcpy(arg, &key, size);
	if (command->cmd == CRYPTOSIM_IOC_SETUP)
		memcpy(arg, &sizes, size);
}

/* Each ioctl that has an argument, with addresses where there is none */
static void expect_faults(int fd, const struct command *c)
{
	char *page = edge_of_memory();
	void *places[] = {
		NULL, (char *)1, page + PAGE, (char *)0xffff888000000000ul,
		(char *)0x800000000000ul, (char *)UINTPTR_MAX,
		page + PAGE - c->size + 1, page + PAGE - 1,
	};
	unsigned int i;

	make_argument(c, page + PAGE - c->size + 1, c->size - 1);
	for (i = 0; i < sizeof(places) / sizeof(*places); i++)
		cr_expect_eq(raw_ioctl(fd, c->cmd, places[i]), -EFAULT,
			     "%s at %p", c->name, places[i]);
	make_argument(c, page, c->size);
	cr_assert_eq(mprotect(page, PAGE, PROT_READ), 0);
	if (_IOC_DIR(c->cmd) & _IOC_READ)
		cr_expect_eq(raw_ioctl(fd, c->cmd, page), -EFAULT,
			     "%s can't be answered", c->name);
	munmap(page, PAGE);
}

Test(ioctls, addresses)
{
	struct raw_queue queue;
	const struct command *c;
	int fd = raw_node(0);
	int next_fd;

	cr_assert_geq(fd, 0);
	next_fd = dup(fd);
	close(next_fd);
	/* Before SETUP comes, for SETUP, and when it has come */
	for (c = commands; c->any_time || c->cmd == CRYPTOSIM_IOC_SETUP; c++)
		expect_faults(fd, c);
	cr_assert_eq(raw_setup(&queue, fd, &sizes), 0);
	for (c = commands; c->name; c++)
		if (c->size && c->cmd != CRYPTOSIM_IOC_SETUP)
			expect_faults(fd, c);
	expect_room(&queue);
	cr_expect_eq(dup(fd), next_fd, "an fd was left over");
	close(next_fd);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}
