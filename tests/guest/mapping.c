// SPDX-License-Identifier: MIT
/* mmap() of a queue: what can be mapped, how, and what is found there. */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define PAGE	4096ll
#define DEVICE	((off_t)CRYPTOSIM_MMAP_DEVICE)
#define USER	((off_t)CRYPTOSIM_MMAP_USER)
#define ARENA	((off_t)CRYPTOSIM_MMAP_ARENA)
#define R	PROT_READ
#define W	PROT_WRITE
#define X	PROT_EXEC

static const struct cryptosim_setup sizes = {
	.sq_entries = 256,
	.cq_entries = 512,
	.max_keys = 16,
	.max_sessions = 2000,
	.arena_size = 64 << 10,
};

static const struct cryptosim_sqe nop;

static void load(void)
{
	guest_load(NULL);
}

TestSuite(mapping, .init = load, .fini = guest_unload);

/* mmap() of a part, of which there is more or less by some bytes */
static const struct row {
	const char *what;
	int result;
	off_t part;
	off_t offset;
	int more;
	int prot;
	int flags;
} rows[] = {
	{ "device: write", -EACCES, DEVICE, 0, 0, R | W, MAP_SHARED },
	{ "device: write only", -EACCES, DEVICE, 0, 0, W, MAP_SHARED },
	{ "device: execute", -EACCES, DEVICE, 0, 0, R | X, MAP_SHARED },
	{ "user: execute", -EACCES, USER, 0, 0, R | W | X, MAP_SHARED },
	{ "arena: execute", -EACCES, ARENA, 0, 0, R | W | X, MAP_SHARED },
	{ "arena: execute only", -EACCES, ARENA, 0, 0, X, MAP_SHARED },
	{ "device: private", -EINVAL, DEVICE, 0, 0, R, MAP_PRIVATE },
	{ "user: private", -EINVAL, USER, 0, 0, R | W, MAP_PRIVATE },
	{ "arena: private", -EINVAL, ARENA, 0, 0, R | W, MAP_PRIVATE },
	{ "device: less", -EINVAL, DEVICE, 0, -PAGE, R, MAP_SHARED },
	{ "device: more", -EINVAL, DEVICE, 0, PAGE, R, MAP_SHARED },
	{ "user: less", -EINVAL, USER, 0, -PAGE, R | W, MAP_SHARED },
	{ "user: more", -EINVAL, USER, 0, PAGE, R | W, MAP_SHARED },
	{ "arena: less", -EINVAL, ARENA, 0, -PAGE, R | W, MAP_SHARED },
	{ "arena: more", -EINVAL, ARENA, 0, PAGE, R | W, MAP_SHARED },
	{ "device: inside", -EINVAL, DEVICE, PAGE, -PAGE, R, MAP_SHARED },
	{ "user: inside", -EINVAL, USER, PAGE, -PAGE, R | W, MAP_SHARED },
	{ "arena: inside", -EINVAL, ARENA, PAGE, -PAGE, R | W, MAP_SHARED },
	{ "before the user's", -EINVAL, USER, -PAGE, 0, R, MAP_SHARED },
	{ "after the arena", -EINVAL, ARENA, 0x10000000, 0, R, MAP_SHARED },
	{ "2^32 behind", -EINVAL, DEVICE, 1ll << 32, 0, R, MAP_SHARED },
	{ "2^62 behind", -EINVAL, ARENA, 1ll << 62, 0, R, MAP_SHARED },
	{ "arena: write only", 0, ARENA, 0, 0, W, MAP_SHARED },
	{ "user: read only", 0, USER, 0, 0, R, MAP_SHARED },
	{ "device: nothing", 0, DEVICE, 0, 0, PROT_NONE, MAP_SHARED },
	{ }
};

static size_t size_of(const struct raw_queue *queue, off_t part)
{
	if (part == DEVICE)
		return queue->setup.device_size;
	return part == USER ? queue->setup.user_size : queue->setup.arena_size;
}

static int try_mmap(const struct raw_queue *queue, const struct row *row)
{
	size_t size = size_of(queue, row->part) + row->more;
	void *at;

	at = mmap(NULL, size, row->prot, row->flags, queue->fd,
		  row->part + row->offset);
	if (at == MAP_FAILED)
		return -errno;
	munmap(at, size);
	return 0;
}

Test(mapping, how)
{
	struct raw_queue queue;
	const struct row *row;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	for (row = rows; row->what; row++) {
		ret = try_mmap(&queue, row);
		cr_expect_eq(ret, row->result, "%s: %d", row->what, ret);
	}
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

static int try_mprotect(void *at, size_t size, int prot)
{
	return mprotect(at, size, prot) ? -errno : 0;
}

/* What was mapped can't be made more of */
Test(mapping, later)
{
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_expect_eq(try_mprotect(queue.device, PAGE, R | W), -EACCES);
	cr_expect_eq(try_mprotect(queue.device, PAGE, W), -EACCES);
	cr_expect_eq(try_mprotect(queue.device, PAGE, R | X), -EACCES);
	cr_expect_eq(try_mprotect(queue.user, PAGE, R | X), -EACCES);
	cr_expect_eq(try_mprotect(queue.arena, PAGE, R | W | X), -EACCES);
	/* while it is still one mapping; a change splits it for good */
	cr_expect_eq(mremap(queue.arena, queue.setup.arena_size,
			    2 * queue.setup.arena_size, MREMAP_MAYMOVE),
		     MAP_FAILED);
	cr_expect_eq(try_mprotect(queue.arena, PAGE, R), 0);
	cr_expect_eq(try_mprotect(queue.arena, PAGE, R | W), 0);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

/* Both see the same memory */
Test(mapping, twice)
{
	struct raw_queue queue, again;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	again = queue;
	cr_assert_eq(raw_map(&again), 0);
	cr_expect_neq(again.arena, queue.arena);
	again.arena[4711] = 42;
	cr_expect_eq(queue.arena[4711], 42);
	raw_push(&again, &nop);
	cr_assert_eq(raw_ring(&again, 1, 1, RAW_WATCHDOG_NS), 1);
	raw_unmap(&again);
	cr_expect(raw_reap(&queue, NULL));
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

Test(mapping, no_arena)
{
	struct cryptosim_setup none = sizes;
	struct cryptosim_sqe sqe = { .opcode = CRYPTOSIM_OP_DIGEST };
	struct raw_queue queue;

	none.arena_size = 0;
	cr_assert_eq(raw_open(&queue, 0, &none), 0);
	cr_expect_null(queue.arena);
	errno = 0;
	cr_expect_eq(mmap(NULL, PAGE, R | W, MAP_SHARED, queue.fd, ARENA),
		     MAP_FAILED);
	cr_expect_eq(errno, EINVAL);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_SHA256, 0, &sqe.key), 0);
	cr_expect_eq(guest_run(&queue, &sqe), -EFAULT);
	cr_expect_eq(guest_run(&queue, &nop), 0);
	raw_close(&queue);
}

static bool is_zero(const void *at, size_t size)
{
	const unsigned char *byte = at;

	while (size && !*byte) {
		byte++;
		size--;
	}
	return !size;
}

/* Nothing of a former queue's is in the memory of a new one */
Test(mapping, fresh_memory_is_zero)
{
	struct raw_queue queue;
	unsigned int round;

	for (round = 0; round < 20; round++) {
		cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
		cr_expect(is_zero(queue.arena, queue.setup.arena_size));
		cr_expect(is_zero(queue.user, queue.setup.user_size));
		cr_expect_eq(*queue.sq_flags, CRYPTOSIM_SQ_NEED_WAKEUP);
		cr_expect_eq(*queue.sq_head, 0);
		cr_expect_eq(*queue.cq_tail, 0);
		cr_expect(is_zero(queue.cqes,
				  (char *)queue.device +
				  queue.setup.device_size -
				  (char *)queue.cqes));
		memset(queue.arena, 0x5a, queue.setup.arena_size);
		memset(queue.user, 0x5a, queue.setup.user_size);
		raw_close(&queue);
		/* so that the next one gets these pages */
		guest_queues_gone(0);
	}
}

/* The parts are where SETUP says, whole pages, and do not overlap */
Test(mapping, layout)
{
	struct cryptosim_setup *setup;
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	setup = &queue.setup;
	cr_expect_eq(setup->device_size % PAGE, 0);
	cr_expect_eq(setup->user_size % PAGE, 0);
	cr_expect_eq(setup->arena_size, sizes.arena_size);
	cr_expect_geq(setup->done,
		      setup->cqes + 512 * sizeof(struct cryptosim_cqe));
	cr_expect_geq(setup->device_size,
		      setup->done + 2000 * sizeof(uint32_t));
	cr_expect_geq(setup->consumed,
		      setup->sqes + 256 * sizeof(struct cryptosim_sqe));
	cr_expect_geq(setup->user_size,
		      setup->consumed + 2000 * sizeof(uint32_t));
	cr_expect_eq(setup->sqes % 64, 0);
	cr_expect_eq(setup->cqes % 32, 0);
	raw_close(&queue);
}
