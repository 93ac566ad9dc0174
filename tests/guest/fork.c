// SPDX-License-Identifier: MIT
/*
 * A queue belongs to the process that set it up. A child that holds its fd can
 * neither use nor harm it, and may have queues of its own.
 */
#define _GNU_SOURCE
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include "guest.h"
#include "raw.h"

#define PAGE	4096u
#define COUNT	64u

static const struct cryptosim_sqe nop;

static void load(void)
{
	guest_load("latency_ns=2000000");
}

TestSuite(forks, .init = load, .fini = guest_unload);

/* What the child knows of the queue that it inherited */
struct inherited {
	struct raw_queue queue;
	struct cryptosim_session_add session;
	uint32_t key;
};

static int mapped(const void *at)
{
	unsigned char resident;

	return !mincore((void *)at, PAGE, &resident) || errno != ENOMEM;
}

/* Returns 0 if a read of the address ends the process that tries it */
static int is_deadly(const void *at)
{
	const struct rlimit no_core = { };
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGSEGV, SIG_DFL);
		_exit(raw_load(at) & 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 1;
	return !WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV;
}

static int look_at_mappings(void *arg)
{
	const struct inherited *from = arg;

	if (mapped(from->queue.device) || mapped(from->queue.user) ||
	    mapped(from->queue.arena))
		return 1;
	if (is_deadly(from->queue.device) || is_deadly(from->queue.user) ||
	    is_deadly(from->queue.arena))
		return 2;
	return 0;
}

static int try_mmap(int fd, size_t size, off_t offset)
{
	void *at;

	at = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, offset);
	return at == MAP_FAILED ? -errno : 0;
}

/* Each ioctl, and mmap(), as its owner might use it */
static int try_everything(void *arg)
{
	const struct inherited *from = arg;
	const struct raw_queue *queue = &from->queue;
	struct cryptosim_setup setup = queue->setup;
	struct cryptosim_key_del del = { .id = from->key };
	struct cryptosim_session_add add = { };
	struct cryptosim_alg_info alg = { };
	struct cryptosim_doorbell bell = { .submit = 1 };
	struct cryptosim_info info;
	int fd = queue->fd;
	uint32_t id;

	if (raw_ioctl(fd, CRYPTOSIM_IOC_INFO, &info) ||
	    raw_ioctl(fd, CRYPTOSIM_IOC_ALG, &alg))
		return 1;
	if (raw_ioctl(fd, CRYPTOSIM_IOC_SETUP, &setup) != -EPERM)
		return 2;
	if (raw_key(queue, CRYPTOSIM_ALG_AES_CBC, 16, &id) != -EPERM)
		return 3;
	if (raw_ioctl(fd, CRYPTOSIM_IOC_KEY_DEL, &del) != -EPERM)
		return 4;
	if (raw_ioctl(fd, CRYPTOSIM_IOC_SESSION_ADD, &add) != -EPERM)
		return 5;
	if (raw_ioctl(fd, CRYPTOSIM_IOC_DOORBELL, &bell) != -EPERM)
		return 6;
	if (raw_ioctl(fd, CRYPTOSIM_IOC_STOP, NULL) != -EPERM)
		return 7;
	if (try_mmap(fd, setup.device_size, CRYPTOSIM_MMAP_DEVICE) != -EPERM)
		return 8;
	if (try_mmap(fd, setup.user_size, CRYPTOSIM_MMAP_USER) != -EPERM)
		return 9;
	if (try_mmap(fd, setup.arena_size, CRYPTOSIM_MMAP_ARENA) != -EPERM)
		return 10;
	return close(from->session.fd) || close(fd) ? 11 : 0;
}

static int use_own_queue(void *arg)
{
	struct raw_queue queue;
	unsigned int i;

	(void)arg;
	if (raw_open(&queue, 0, NULL))
		return 1;
	for (i = 0; i < 3; i++)
		if (raw_run(&queue, &nop, NULL))
			return 2;
	/* its end is the exit's */
	return 0;
}

/* The owner's side: requests in flight, then a child, then the rest */
static void with_child(int (*function)(void *arg))
{
	struct inherited own;
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe;
	unsigned int i;

	cr_assert_eq(raw_open(&own.queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&own.queue, &own.session), 0);
	cr_assert_eq(raw_key(&own.queue, CRYPTOSIM_ALG_AES_CTR, 16, &own.key),
		     0);
	sqe.session = own.session.id;
	for (i = 0; i < COUNT; i++) {
		sqe.user_data = i;
		raw_push(&own.queue, &sqe);
	}
	cr_assert_geq(raw_ring(&own.queue, COUNT, 0, 0), 0);
	guest_child(function, &own);
	cr_expect_eq(raw_ring(&own.queue, 0, COUNT, RAW_WATCHDOG_NS),
		     (int)COUNT);
	for (i = 0; i < COUNT; i++) {
		cr_assert(raw_reap(&own.queue, &cqe));
		cr_expect_eq(cqe.user_data, i);
	}
	cr_expect_eq(raw_load(&own.queue.done[own.session.slot]), COUNT);
	/* the key is still there */
	sqe.opcode = CRYPTOSIM_OP_ENCRYPT;
	sqe.key = own.key;
	sqe.len = 5;
	cr_expect_eq(guest_run(&own.queue, &sqe), 5);
	close(own.session.fd);
	raw_close(&own.queue);
	guest_queues_gone(0);
}

Test(forks, mappings_are_gone)
{
	with_child(look_at_mappings);
}

Test(forks, ioctls_are_refused)
{
	with_child(try_everything);
}

Test(forks, child_has_its_own)
{
	with_child(use_own_queue);
}

/* Who calls SETUP is the owner, not who opened */
static int set_up_for_parent(void *arg)
{
	struct raw_queue queue;

	return raw_setup(&queue, *(int *)arg, NULL) ||
	       raw_run(&queue, &nop, NULL);
}

Test(forks, owner_is_who_set_it_up)
{
	struct cryptosim_doorbell bell = { };
	int fd = raw_node(0);

	cr_assert_geq(fd, 0);
	guest_child(set_up_for_parent, &fd);
	cr_expect_eq(raw_ioctl(fd, CRYPTOSIM_IOC_DOORBELL, &bell), -EPERM);
	cr_expect_eq(raw_ioctl(fd, CRYPTOSIM_IOC_STOP, NULL), -EPERM);
	close(fd);
	guest_queues_gone(0);
}

/* Children come and go while requests do */
Test(forks, in_between)
{
	struct raw_queue queue;
	struct cryptosim_sqe sqe = { };
	struct cryptosim_cqe cqe;
	unsigned int i;
	pid_t pid;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	for (i = 0; i < 20; i++) {
		sqe.user_data = i;
		raw_push(&queue, &sqe);
		cr_assert_geq(raw_ring(&queue, 1, 0, 0), 0);
		pid = fork();
		cr_assert_geq(pid, 0);
		if (!pid)
			_exit(0);
		cr_assert_eq(raw_ring(&queue, 0, 1, RAW_WATCHDOG_NS), 1);
		cr_assert(raw_reap(&queue, &cqe));
		cr_expect_eq(cqe.user_data, i);
		cr_assert_eq(waitpid(pid, NULL, 0), pid);
	}
	raw_close(&queue);
}

/* A session's fd would hold the queue */
Test(forks, exec_ends_sessions)
{
	struct cryptosim_session_add session;
	struct raw_queue queue;

	cr_assert_eq(raw_open(&queue, 0, NULL), 0);
	cr_assert_eq(raw_session(&queue, &session), 0);
	cr_expect_eq(fcntl(session.fd, F_GETFD), FD_CLOEXEC);
	close(session.fd);
	raw_close(&queue);
}
