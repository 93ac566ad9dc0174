// SPDX-License-Identifier: MIT
/*
 * The memory that a queue takes: the limits of its sizes, and that it counts
 * as its owner's, by RLIMIT_MEMLOCK and in its control group.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define PAGE	4096u
#define MIB	(1u << 20)
#define NOBODY	65534

static const struct cryptosim_sqe nop;

static void load(void)
{
	guest_load(NULL);
}

TestSuite(memory, .init = load, .fini = guest_unload);

static struct cryptosim_setup with_arena(uint64_t size)
{
	return (struct cryptosim_setup) {
		.sq_entries = 8,
		.cq_entries = 8,
		.max_keys = 1,
		.max_sessions = 1,
		.arena_size = size,
	};
}

Test(memory, smallest_queue)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = 1,
		.cq_entries = 1,
		.max_keys = 1,
		.max_sessions = 1,
	};
	struct cryptosim_session_add session;
	struct raw_queue queue;
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe;
	unsigned int i;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	sqe.session = session.id;
	for (i = 0; i < 100; i++) {
		sqe.user_data = i;
		cr_assert_eq(raw_run(&queue, &sqe, &cqe), 0);
		cr_expect_eq(cqe.user_data, i);
	}
	cr_expect_eq(raw_load(queue.done), 100);
	close(session.fd);
	raw_close(&queue);
}

/* All SQEs of the biggest queue, at the far end of the biggest arena */
Test(memory, biggest_queue)
{
	const struct cryptosim_setup sizes = {
		.sq_entries = CRYPTOSIM_MAX_ENTRIES,
		.cq_entries = CRYPTOSIM_MAX_ENTRIES,
		.max_keys = CRYPTOSIM_MAX_KEYS,
		.max_sessions = CRYPTOSIM_MAX_SESSIONS,
		.arena_size = CRYPTOSIM_MAX_ARENA,
	};
	struct cryptosim_sqe sqe = {
		.opcode = CRYPTOSIM_OP_DIGEST,
		.src = CRYPTOSIM_MAX_ARENA - 64,
		.dst = CRYPTOSIM_MAX_ARENA - 32,
		.len = 32,
	};
	struct raw_queue queue;
	struct cryptosim_cqe cqe;
	unsigned int i;
	int ret;

	cr_assert_eq(raw_open(&queue, 0, &sizes), 0);
	cr_assert_eq(raw_key(&queue, CRYPTOSIM_ALG_SHA256, 0, &sqe.key), 0);
	for (i = 0; i < sizes.sq_entries; i++) {
		sqe.user_data = i;
		raw_push(&queue, &sqe);
	}
	ret = raw_ring(&queue, sizes.sq_entries, sizes.cq_entries,
		       RAW_WATCHDOG_NS);
	cr_assert_eq(ret, CRYPTOSIM_MAX_ENTRIES, "%d", ret);
	for (i = 0; raw_reap(&queue, &cqe); i++) {
		cr_assert_eq(cqe.result, 32);
		cr_assert_eq(cqe.user_data, i);
	}
	cr_expect_eq(i, CRYPTOSIM_MAX_ENTRIES);
	cr_expect_neq(queue.arena[CRYPTOSIM_MAX_ARENA - 1], 0);
	raw_close(&queue);
	guest_queues_gone(0);
}

/*
 * Makes this process one of a user without privileges who may lock so many
 * bytes, and has three files: the node is root's to open.
 */
static int become_poor(rlim_t bytes, int fds[3])
{
	const struct rlimit limit = { bytes, bytes };
	unsigned int i;

	for (i = 0; i < 3; i++) {
		fds[i] = raw_node(0);
		if (fds[i] < 0)
			return fds[i];
	}
	return setrlimit(RLIMIT_MEMLOCK, &limit) || setgid(NOBODY) ||
	       setuid(NOBODY);
}

static int try_setup(struct raw_queue *queue, int fd, uint64_t arena)
{
	struct cryptosim_setup sizes = with_arena(arena);

	return raw_setup(queue, fd, &sizes);
}

/* A queue's memory is given back a while after it was closed */
static int memory_is_back(void)
{
	struct control_device device;
	unsigned int i;
	int ret;

	for (i = 0; i < RAW_WATCHDOG_MS; i++) {
		ret = control_device(0, &device);
		if (ret || !device.queues)
			return ret;
		usleep(1000);
	}
	return -ETIME;
}

/* With 2 MiB: too much, then enough, twice enough, and again when it's back */
static int with_little_memory(void *arg)
{
	struct raw_queue one, two, none;
	int fds[3];

	(void)arg;
	if (become_poor(2 * MIB, fds))
		return 1;
	if (try_setup(&none, fds[0], 2 * MIB) != -ENOMEM)
		return 2;
	if (try_setup(&none, fds[0], CRYPTOSIM_MAX_ARENA) != -ENOMEM)
		return 3;
	if (try_setup(&one, fds[0], MIB))
		return 4;
	if (raw_run(&one, &nop, NULL))
		return 5;
	/* the limit is the user's, not the queue's */
	if (try_setup(&none, fds[1], MIB) != -ENOMEM)
		return 6;
	if (try_setup(&two, fds[1], MIB / 2))
		return 7;
	if (try_setup(&none, fds[2], MIB / 2) != -ENOMEM)
		return 8;
	raw_close(&one);
	raw_close(&two);
	if (memory_is_back())
		return 9;
	if (try_setup(&one, fds[2], MIB + MIB / 2))
		return 10;
	return raw_run(&one, &nop, NULL) ? 11 : 0;
}

/* The tables count too, not what is mapped alone */
static int with_big_tables(void *arg)
{
	struct cryptosim_setup tables = {
		.sq_entries = 1,
		.cq_entries = 1,
		.max_keys = CRYPTOSIM_MAX_KEYS,
		.max_sessions = 1,
	};
	struct raw_queue queue;
	int fds[3];

	(void)arg;
	if (become_poor(256 << 10, fds))
		return 1;
	if (raw_setup(&queue, fds[0], &tables) != -ENOMEM)
		return 2;
	tables.max_keys = 1;
	tables.max_sessions = CRYPTOSIM_MAX_SESSIONS;
	if (raw_setup(&queue, fds[0], &tables) != -ENOMEM)
		return 3;
	tables.max_sessions = 1;
	tables.cq_entries = CRYPTOSIM_MAX_ENTRIES;
	if (raw_setup(&queue, fds[0], &tables) != -ENOMEM)
		return 4;
	tables.cq_entries = 64;
	return raw_setup(&queue, fds[0], &tables) ? 5 : 0;
}

Test(memory, limit)
{
	guest_child(with_little_memory, NULL);
	guest_queues_gone(0);
	/* Nothing is left of the first one's: the second gets as far */
	guest_child(with_little_memory, NULL);
	guest_queues_gone(0);
	guest_child(with_big_tables, NULL);
}

static const char group[] = "/tmp/cgroup/cryptosim";

/* Writes a line to a file of a control group */
static int write_line(const char *dir, const char *name, const char *line)
{
	char path[128];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	done = write(fd, line, strlen(line));
	close(fd);
	return done < 0 ? -errno : 0;
}

static long used_memory(void)
{
	char path[128];
	long bytes = -1;
	FILE *file;

	snprintf(path, sizeof(path), "%s/memory.current", group);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%ld", &bytes) != 1)
		bytes = -1;
	fclose(file);
	return bytes;
}

/* A queue, its tables and its keys count in the group of who makes them */
static int in_a_group(void *arg)
{
	struct cryptosim_setup sizes = with_arena(16 * MIB);
	struct raw_queue queue;
	long before, with_queue, with_keys;
	unsigned int i;
	uint32_t id;

	(void)arg;
	if (write_line(group, "cgroup.procs", "0"))
		return 1;
	sizes.max_keys = 4096;
	before = used_memory();
	if (before < 0 || raw_open(&queue, 0, &sizes))
		return 2;
	with_queue = used_memory();
	/* what the kernel charges in advance blurs it by some hundred KiB */
	if (with_queue - before < 15 * (long)MIB)
		return 3;
	for (i = 0; i < sizes.max_keys; i++)
		if (raw_key(&queue, CRYPTOSIM_ALG_SHA512, 0, &id))
			return 4;
	/* a key's own struct, and what its hash needs */
	with_keys = used_memory();
	if (with_keys - with_queue < 256 * 4096)
		return 5;
	raw_close(&queue);
	if (memory_is_back())
		return 6;
	return used_memory() - before > (long)MIB ? 7 : 0;
}

Test(memory, control_group)
{
	cr_assert_eq(mkdir("/tmp/cgroup", 0755), 0);
	cr_assert_eq(mount("none", "/tmp/cgroup", "cgroup2", 0, NULL), 0);
	cr_assert_eq(write_line("/tmp/cgroup", "cgroup.subtree_control",
				"+memory"), 0);
	cr_assert_eq(mkdir(group, 0755), 0);
	guest_child(in_a_group, NULL);
	cr_expect_eq(rmdir(group), 0);
	cr_expect_eq(umount("/tmp/cgroup"), 0);
	rmdir("/tmp/cgroup");
}
