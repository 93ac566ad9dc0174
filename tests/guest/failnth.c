// SPDX-License-Identifier: MIT
/*
 * Every allocation fails once: of open(), the ioctls and mmap(), and of the
 * engine that executes. The kernel makes the Nth one of a thread fail in whose
 * fail-nth N was written (Documentation/fault-injection/fault-injection.rst),
 * and copies to and from user memory as well. What is tried is done with N = 1,
 * 2, ... until nothing failed any more. Needs a kernel with
 * CONFIG_FAULT_INJECTION.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define FAIL_NTH	"/proc/thread-self/fail-nth"

/* More than any step allocates, so that a sweep that never ends is seen */
#define SWEEP_LIMIT	3000

static int fail_nth = -1;

static void write_file(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	cr_assert_geq(fd, 0, "%s: %s", path, strerror(errno));
	cr_assert_eq(write(fd, value, strlen(value)), (ssize_t)strlen(value),
		     "%s: %s", path, strerror(errno));
	close(fd);
}

static bool try_arm(unsigned int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%u", n);

	return pwrite(fail_nth, text, len, 0) == len;
}

static void arm(unsigned int n)
{
	cr_assert(try_arm(n));
}

/*
 * Disarms; true if something was made to fail since arm(). Where it is one of
 * these two calls that fails, nothing was before, and nothing will be after.
 */
static bool disarm(void)
{
	char text[16] = "";
	ssize_t len = pread(fail_nth, text, sizeof(text) - 1, 0);

	if (!try_arm(0))
		arm(0);
	return len > 0 && text[0] == '0';
}

/*
 * Which allocations count: those of a slab, whose number is always the same, or
 * pages as well, which a slab needs at one time and not at another. Nothing has
 * as many pages as the first asks for.
 */
static const char * const min_orders[] = { "99", "0" };

#define NR_ORDERS	(sizeof(min_orders) / sizeof(min_orders[0]))

static void count_pages_from(const char *order)
{
	write_file("/sys/kernel/debug/fail_page_alloc/min-order", order);
}

static void setup(void)
{
	/*
	 * By default only allocations that may not sleep ever fail, and each
	 * shows a trace, as trouble does.
	 */
	static const char * const knobs[][2] = {
		{ "/sys/kernel/debug/failslab/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/failslab/verbose", "0" },
		{ "/sys/kernel/debug/fail_page_alloc/ignore-gfp-wait", "N" },
		{ "/sys/kernel/debug/fail_page_alloc/verbose", "0" },
		{ "/sys/kernel/debug/fail_usercopy/verbose", "0" },
	};
	unsigned int i;

	fail_nth = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
	if (fail_nth < 0)
		cr_skip_test("this kernel has no " FAIL_NTH);
	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++)
		write_file(knobs[i][0], knobs[i][1]);
	guest_load(NULL);
}

static void teardown(void)
{
	if (fail_nth >= 0)
		guest_unload();
}

TestSuite(failnth, .init = setup, .fini = teardown);

/**
 * struct step - something that allocates
 * @name: for messages
 * @run: does it; returns an errno or what it made
 * @undo: undoes what it made
 * @errors: what it may fail with, up to a 0; a user copy that failed is
 *	-EFAULT everywhere
 */
struct step {
	const char *name;
	int (*run)(struct raw_queue *queue);
	void (*undo)(struct raw_queue *queue, int made);
	int errors[4];
};

static int run_open(struct raw_queue *queue)
{
	(void)queue;
	return raw_node(0);
}

static void undo_open(struct raw_queue *queue, int made)
{
	(void)queue;
	close(made);
}

static int run_setup(struct raw_queue *queue)
{
	queue->setup = (struct cryptosim_setup) {
		.sq_entries = 64,
		.cq_entries = 64,
		.max_keys = 16,
		.max_sessions = 16,
		.arena_size = 65536,
	};
	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_SETUP, &queue->setup);
}

static int run_info(struct raw_queue *queue)
{
	struct cryptosim_info info;

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_INFO, &info);
}

static int run_alg(struct raw_queue *queue)
{
	struct cryptosim_alg_info alg = { .alg = CRYPTOSIM_ALG_AES_GCM };

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_ALG, &alg);
}

static int run_map(struct raw_queue *queue)
{
	return raw_map(queue);
}

static void undo_map(struct raw_queue *queue, int made)
{
	(void)made;
	raw_unmap(queue);
}

static int add_key(struct raw_queue *queue, uint32_t alg, uint32_t key_len)
{
	uint32_t id;
	int ret = raw_key(queue, alg, key_len, &id);

	return ret ?: (int)id;
}

static int run_key_cipher(struct raw_queue *queue)
{
	return add_key(queue, CRYPTOSIM_ALG_AES_CBC, 16);
}

static int run_key_aead(struct raw_queue *queue)
{
	return add_key(queue, CRYPTOSIM_ALG_AES_GCM, 32);
}

static int run_key_hash(struct raw_queue *queue)
{
	return add_key(queue, CRYPTOSIM_ALG_HMAC_SHA256, 32);
}

static int run_key_authenc(struct raw_queue *queue)
{
	static const unsigned char material[48];
	struct cryptosim_key_add add = {
		.alg = CRYPTOSIM_ALG_AUTHENC_SHA256_CBC,
		.key_len = sizeof(material),
		.key = (uintptr_t)material,
		.auth_len = 32,
	};
	int ret = raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_ADD, &add);

	return ret ?: (int)add.id;
}

static void undo_key(struct raw_queue *queue, int made)
{
	struct cryptosim_key_del del = { .id = made };

	cr_assert_eq(raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_DEL, &del), 0);
}

/* The key to delete; one that could not be is still there */
static uint32_t doomed;

static int run_key_del(struct raw_queue *queue)
{
	struct cryptosim_key_del del = { .id = doomed };

	return raw_ioctl(queue->fd, CRYPTOSIM_IOC_KEY_DEL, &del);
}

static void undo_key_del(struct raw_queue *queue, int made)
{
	(void)made;
	cr_assert_eq(raw_key(queue, CRYPTOSIM_ALG_AES_GCM, 16, &doomed), 0);
}

static int run_session(struct raw_queue *queue)
{
	struct cryptosim_session_add session = { 0 };
	int ret = raw_ioctl(queue->fd, CRYPTOSIM_IOC_SESSION_ADD, &session);

	return ret ?: session.fd;
}

static int run_doorbell(struct raw_queue *queue)
{
	const struct cryptosim_sqe nop = { 0 };
	int ret;

	raw_push(queue, &nop);
	ret = raw_ring(queue, 1, 1, RAW_WATCHDOG_NS);
	if (ret < 0) {
		/* It is on the ring all the same */
		disarm();
		cr_assert_eq(raw_ring(queue, 1, 1, RAW_WATCHDOG_NS), 1);
	}
	cr_assert(raw_reap(queue, NULL));
	return ret;
}

static void undo_nothing(struct raw_queue *queue, int made)
{
	(void)queue;
	(void)made;
}

static const struct step open_step = {
	"open", run_open, undo_open, { -ENOMEM, -ENFILE }
};

static const struct step setup_step = {
	"SETUP", run_setup, undo_nothing, { -ENOMEM }
};

/* Steps on a queue that is set up, in the order of a queue's life */
static const struct step steps[] = {
	{ "INFO", run_info, undo_nothing, { -ENOMEM } },
	{ "ALG", run_alg, undo_nothing, { -ENOMEM } },
	{ "mmap", run_map, undo_map, { -ENOMEM } },
	{ "KEY_ADD, cipher", run_key_cipher, undo_key, { -ENOMEM } },
	{ "KEY_ADD, AEAD", run_key_aead, undo_key, { -ENOMEM } },
	{ "KEY_ADD, MAC", run_key_hash, undo_key, { -ENOMEM } },
	{ "KEY_ADD, authenc", run_key_authenc, undo_key, { -ENOMEM } },
	{ "KEY_DEL", run_key_del, undo_key_del, { 0 } },
	{ "SESSION_ADD", run_session, undo_open, { -ENOMEM, -ENFILE, -EMFILE } },
};

static bool documented(const struct step *step, int ret)
{
	unsigned int i;

	for (i = 0; step->errors[i]; i++)
		if (step->errors[i] == ret)
			return true;
	return ret == -EFAULT;
}

/* One step with its Nth allocation failing; false: it has fewer than N */
static bool try_step(const struct step *step, struct raw_queue *queue,
		     unsigned int n, int *ret)
{
	bool injected;

	arm(n);
	*ret = step->run(queue);
	injected = disarm();
	if (*ret < 0)
		cr_assert(injected && documented(step, *ret),
			  "%s, allocation %u: %s", step->name, n,
			  strerror(-*ret));
	return injected;
}

/* All N of a step, and the step once more when nothing fails any more */
static unsigned int sweep_once(const struct step *step, struct raw_queue *queue)
{
	unsigned int n, failed = 0;
	bool injected = true;
	int ret;

	for (n = 1; injected; n++) {
		cr_assert_lt(n, SWEEP_LIMIT, "%s", step->name);
		injected = try_step(step, queue, n, &ret);
		failed += ret < 0;
		if (ret >= 0)
			step->undo(queue, ret);
	}
	fprintf(stderr, "%s: %u allocations, %u fail it\n", step->name, n - 2,
		failed);
	return failed;
}

static void sweep(const struct step *step, struct raw_queue *queue)
{
	unsigned int i, failed = 0;

	for (i = 0; i < NR_ORDERS; i++) {
		count_pages_from(min_orders[i]);
		failed += sweep_once(step, queue);
	}
	cr_assert_gt(failed, 0, "%s: nothing failed", step->name);
}

Test(failnth, open)
{
	sweep(&open_step, NULL);
}

/* What attempts that failed have left is not taken for the queue's requests */
static void use_all_requests(struct raw_queue *queue)
{
	const struct cryptosim_sqe nop = { };
	unsigned int round, i;

	cr_assert_eq(raw_map(queue), 0);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 64; i++)
			raw_push(queue, &nop);
		cr_assert_eq(raw_ring(queue, 64, 64, RAW_WATCHDOG_NS), 64);
		cr_assert_eq(raw_reap_all(queue), 64);
	}
	raw_unmap(queue);
}

/* A queue that could not be set up can be tried again */
static void sweep_setup(void)
{
	struct raw_queue queue = { .fd = raw_node(0) };
	unsigned int n, failed = 0;
	bool injected = true;
	int ret;

	cr_assert_geq(queue.fd, 0);
	for (n = 1; injected; n++) {
		cr_assert_lt(n, SWEEP_LIMIT);
		injected = try_step(&setup_step, &queue, n, &ret);
		failed += ret < 0;
		if (ret == -ENOMEM)
			ret = run_setup(&queue);
		/* Else it was the last word that did not get out */
		if (ret != -EFAULT) {
			cr_assert_eq(ret, 0, "again after allocation %u", n);
			use_all_requests(&queue);
		}
		close(queue.fd);
		queue.fd = raw_node(0);
	}
	fprintf(stderr, "SETUP: %u allocations, %u fail it\n", n - 2, failed);
	cr_assert_gt(failed, 0);
	close(queue.fd);
}

Test(failnth, setup)
{
	unsigned int i;

	for (i = 0; i < NR_ORDERS; i++) {
		count_pages_from(min_orders[i]);
		sweep_setup();
	}
}

Test(failnth, queue)
{
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	raw_unmap(&queue);
	undo_key_del(&queue, 0);
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		sweep(&steps[i], &queue);
	cr_assert_eq(raw_map(&queue), 0);
	cr_assert_eq(run_doorbell(&queue), 1);
	raw_close(&queue);
	guest_queues_gone(0);
}

Test(failnth, doorbell)
{
	struct raw_queue queue;
	bool injected = true;
	unsigned int n;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	for (n = 1; injected; n++) {
		int ret;

		cr_assert_lt(n, SWEEP_LIMIT);
		arm(n);
		ret = run_doorbell(&queue);
		injected = disarm() || ret < 0;
		cr_assert(ret == 1 || ret == -EFAULT, "%d", ret);
	}
	raw_close(&queue);
}

/* Where the parts of the engine's requests lie: each across two pages */
#define PAGE	4096u
#define LEN	4096u
#define SRC	(1 * PAGE - 100)
#define DST	(3 * PAGE - 60)
#define AGAIN	(5 * PAGE - 20)
#define AAD	(8 * PAGE - 7)
#define AAD_LEN	20u
#define TAG	(9 * PAGE - 5)

/* The engine's file in place of ours; its thread is named like its line */
static void take_engine(void)
{
	char path[64], name[32];
	glob_t found;
	FILE *file;
	size_t i;

	close(fail_nth);
	fail_nth = -1;
	cr_assert_eq(glob("/proc/[0-9]*/comm", 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc && fail_nth < 0; i++) {
		file = fopen(found.gl_pathv[i], "re");
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) &&
		    !strcmp(name, "cryptosim0-0\n")) {
			snprintf(path, sizeof(path), "%.*sfail-nth",
				 (int)strlen(found.gl_pathv[i]) - 4,
				 found.gl_pathv[i]);
			fail_nth = open(path, O_RDWR | O_CLOEXEC);
		}
		fclose(file);
	}
	globfree(&found);
	cr_assert_geq(fail_nth, 0, "the engine has no fail-nth");
}

/* One request again and again; returns how many times it failed */
static unsigned int sweep_request(struct raw_queue *queue,
				  const struct cryptosim_sqe *sqe)
{
	static const unsigned char nothing[LEN];
	unsigned int n, failed = 0;
	bool injected = true;
	int ret;

	for (n = 1; injected; n++) {
		cr_assert_lt(n, SWEEP_LIMIT);
		memset(queue->arena + sqe->dst, 0x5a, LEN);
		arm(n);
		ret = guest_run(queue, sqe);
		injected = disarm();
		if (ret >= 0)
			continue;
		cr_assert(injected && ret == -ENOMEM, "allocation %u: %d", n,
			  ret);
		failed++;
		if (sqe->opcode == CRYPTOSIM_OP_DECRYPT && sqe->aad_len)
			cr_expect_arr_eq(queue->arena + sqe->dst, nothing, LEN,
					 "text that nobody checked");
	}
	return failed;
}

/* All that the device does with an algorithm; the sweep ends in success */
static unsigned int sweep_alg(struct raw_queue *queue,
			      const struct cryptosim_alg_info *alg)
{
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_DIGEST, .len = LEN, .src = SRC, .dst = DST,
	};
	unsigned int failed;

	cr_assert_eq(raw_key(queue, alg->alg, alg->key_min, &sqe.key), 0);
	if (!(alg->ops & 1u << CRYPTOSIM_OP_DIGEST)) {
		sqe.opcode = CRYPTOSIM_OP_ENCRYPT;
		sqe.aad = alg->tag_max ? AAD : 0;
		sqe.aad_len = alg->tag_max ? AAD_LEN : 0;
		sqe.tag = alg->tag_max ? TAG : 0;
	}
	failed = sweep_request(queue, &sqe);
	if (sqe.opcode == CRYPTOSIM_OP_ENCRYPT) {
		sqe.opcode = CRYPTOSIM_OP_DECRYPT;
		sqe.src = DST;
		sqe.dst = AGAIN;
		failed += sweep_request(queue, &sqe);
		cr_expect_arr_eq(queue->arena + AGAIN, queue->arena + SRC, LEN);
	}
	undo_key(queue, sqe.key);
	return failed;
}

static unsigned int sweep_all_algs(struct raw_queue *queue)
{
	struct cryptosim_alg_info alg;
	unsigned int failed = 0;
	uint32_t i;
	int ret;

	for (i = 0; i < CRYPTOSIM_ALG_COUNT; i++) {
		alg = (struct cryptosim_alg_info) { .alg = i };
		ret = raw_ioctl(queue->fd, CRYPTOSIM_IOC_ALG, &alg);
		cr_assert(!ret || ret == -EOPNOTSUPP, "%d", ret);
		if (!ret)
			failed += sweep_alg(queue, &alg);
	}
	return failed;
}

Test(failnth, requests)
{
	struct raw_queue queue;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	for (i = 0; i < LEN; i++)
		queue.arena[SRC + i] = i;
	take_engine();
	for (i = 0; i < NR_ORDERS; i++) {
		count_pages_from(min_orders[i]);
		cr_expect_gt(sweep_all_algs(&queue), 0, "nothing failed");
	}
	raw_close(&queue);
	guest_queues_gone(0);
}
