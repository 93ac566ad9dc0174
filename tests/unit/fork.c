// SPDX-License-Identifier: MIT
/* A child of fork() has no queue, and may say so and free its copy. */
#include <criterion/criterion.h>
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/internal.h"
#include "fakedev.h"

static const struct async_op nop = { .opcode = CRYPTOSIM_OP_NOP };
static struct async_request *request;
static struct async_session *session;
static struct async_queue *queue;
static struct fakedev *dev;
static void *buf;

static sem_t called;

static int nothing(void *arg)
{
	(void)arg;
	return 0;
}

static int post(void *arg)
{
	return sem_post(arg);
}

static void setup(void)
{
	cr_assert_eq(async_queue_open(&queue, 0, NULL), 0);
	dev = fakedev_of(async_queue_fd(queue));
	cr_assert_eq(async_session_open(queue, &session), 0);
	buf = async_buf_alloc(queue, 100);
	/* A request that could be collected */
	cr_assert_eq(async_prepare(queue, &nop, 1, &request), 1);
	cr_assert_eq(async_submit_wait(queue, 1, ASYNC_FOREVER), 1);
}

static void teardown(void)
{
	async_session_close(session);
	async_queue_close(queue);
}

TestSuite(fork, .init = setup, .fini = teardown, .timeout = 60);

/* The child's exit status: 0, or the number of the first check that failed. */
static int in_child(int (*run)(void))
{
	int status;
	pid_t pid;

	pid = fork();
	if (!pid) {
		/* A child that hangs outlives the suite's time limit */
		alarm(30);
		_exit(run());
	}
	cr_assert_eq(waitpid(pid, &status, 0), pid);
	cr_assert(WIFEXITED(status), "died by signal %d", WTERMSIG(status));
	return WEXITSTATUS(status);
}

/* The kernel's mappings are not inherited, unlike those of the device here. */
static void unmap(void)
{
	munmap(queue->data.mem, queue->data.len);
	munmap(queue->device.mem, queue->device.len);
	munmap(queue->user.mem, queue->user.len);
}

static int entry_points(void)
{
	const struct async_key_params params = { .alg = CRYPTOSIM_ALG_SHA256 };
	struct async_key key = { .id = 1 };
	struct async_session *other;
	struct async_request *made;
	int results[13];
	unsigned int i;

	unmap();
	results[0] = async_prepare(queue, &nop, 1, &made);
	results[1] = async_submit(queue);
	results[2] = async_submit_wait(queue, 1, ASYNC_FOREVER);
	results[3] = async_wait(queue, 1, ASYNC_FOREVER);
	results[4] = async_reap(queue);
	results[5] = async_collect(request);
	results[6] = async_session_open(queue, &other);
	results[7] = async_key_add(queue, &params, &key);
	results[8] = async_key_del(queue, &key);
	results[9] = async_poller_start(queue);
	results[10] = async_cancel(request);
	results[11] = async_room_wait(session);
	results[12] = async_interrupt_start(queue, SIGIO);
	for (i = 0; i < sizeof(results) / sizeof(*results); i++)
		if (results[i] != -EPERM)
			return i + 1;
	if (async_buf_alloc(queue, 1) || async_buf_is(queue, buf, 1))
		return 100;
	async_buf_free(queue, buf);
	async_session_set_callback(session, nothing, NULL);
	async_room_forget(session);
	async_interrupt_stop(queue);
	return 0;
}

Test(fork, every_entry_point_refuses)
{
	struct async_request *next;
	unsigned int ioctls;

	cr_assert_eq(async_prepare(queue, &nop, 1, &next), 1);
	cr_assert_eq(async_submit(queue), 1);
	cr_assert_eq(fakedev_run(dev, 1), 1);
	ioctls = dev->ioctls;
	cr_assert_eq(in_child(entry_points), 0);
	cr_assert_eq(dev->ioctls, ioctls, "the child went to the device");
	/* All is as it was here */
	cr_assert_eq(async_reap(queue), 1);
	cr_assert_eq(async_collect(next), 0);
	cr_assert_eq(async_collect(request), 0);
	cr_assert(async_buf_is(queue, buf, 1));
}

/* Here they are inherited, and are to be still there afterwards. */
static int close_all(void)
{
	const struct async_map maps[] = {
		queue->data, queue->device, queue->user,
	};
	int fd = async_session_fd(session);
	int queue_fd = async_queue_fd(queue);
	unsigned int i;

	async_session_close(session);
	async_queue_close(queue);
	if (dev->stops)
		return 1;
	if (close(fd) != -1 || close(queue_fd) != -1)
		return 2;
	for (i = 0; i < 3; i++)
		if (msync(maps[i].mem, maps[i].len, MS_ASYNC))
			return 3 + i;
	return 0;
}

Test(fork, a_child_frees_its_copy)
{
	struct async_op op = { .session = session };

	sem_init(&called, 0, 0);
	async_session_set_callback(session, post, &called);
	cr_assert_eq(async_poller_start(queue), 0);
	cr_assert_eq(in_child(close_all), 0);
	/* All goes on here, the poller too */
	cr_assert_eq(async_prepare(queue, &op, 1, &request), 1);
	cr_assert_eq(async_submit(queue), 1);
	fakedev_run(dev, 1);
	sem_wait(&called);
}

/* What another thread holds at the fork is held for ever there. */
Test(fork, a_child_takes_no_lock)
{
	lock_take(&queue->lock);
	lock_take(&queue->room.lock);
	lock_take(&queue->arena.lock);
	cr_assert_eq(in_child(entry_points), 0);
	cr_assert_eq(in_child(close_all), 0);
	lock_drop(&queue->arena.lock);
	lock_drop(&queue->room.lock);
	lock_drop(&queue->lock);
}

static int own_queue(void)
{
	struct async_queue *own;
	struct async_request *made;

	if (async_queue_open(&own, 1, NULL) ||
	    async_prepare(own, &nop, 1, &made) != 1 ||
	    async_submit_wait(own, 1, ASYNC_FOREVER) != 1 ||
	    async_collect(made))
		return 1;
	async_queue_close(own);
	return 0;
}

Test(fork, a_child_may_open_its_own)
{
	cr_assert_eq(in_child(own_queue), 0);
}

static unsigned int calls;
static pid_t children[2];

static int make_child(void *arg)
{
	(void)arg;
	children[calls] = fork();
	return !children[calls++];
}

/*
 * A child that a callback made returns from it, and from async_reap(), and runs
 * none of the others: its exit status is how many it ran or inherited.
 */
Test(fork, from_a_callback)
{
	struct async_op ops[2] = {
		{ .session = session }, { .session = session },
	};
	struct async_request *made[2];
	unsigned int i;
	int ret, status;

	async_session_set_callback(session, make_child, NULL);
	cr_assert_eq(async_prepare(queue, ops, 2, made), 2);
	async_submit(queue);
	fakedev_run(dev, 2);
	ret = async_reap(queue);
	if (!children[calls - 1])
		_exit(ret == -EPERM ? calls : 100);
	cr_assert_eq(ret, 2);
	for (i = 0; i < 2; i++) {
		cr_assert_eq(waitpid(children[i], &status, 0), children[i]);
		cr_assert_eq(status, (int)(i + 1) << 8, "child %u: %d", i,
			     status);
	}
}
