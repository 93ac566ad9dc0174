// SPDX-License-Identifier: MIT
/*
 * Wait ctxs at work: offloading code in a job, a device in a thread of its own,
 * which completes before, while and after the job pauses. The statuses are as
 * the convention has them: OK before the pause and only then a callback.
 */
#include <poll.h>
#include <unistd.h>
#include "device.h"
#include "fds.h"
#include "task.h"

#define ROUNDS 1000

/* When the device completes the request. */
enum moment {
	BEFORE,	/* the job sees that it told, and pauses all the same */
	WHILE,	/* it is let go when the job pauses: the two race */
	AFTER,	/* the application lets it go once it has PAUSE */
};

static struct device device;
static enum moment moment;
static ASYNC_WAIT_CTX *ctx;
static int fds[2];
static atomic_int calls;

/* The application's callback. */
static int count_call(void *arg)
{
	IS(arg, &custom);
	atomic_fetch_add(&calls, 1);
	return 0;
}

/* In the device's thread: it is in no job, and the status is there. */
static void check_in_device(void)
{
	IS(ASYNC_get_current_job(), NULL);
	IS(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
}

static void setup(bool callback)
{
	ctx = new_ctx();
	if (callback)
		IS(ASYNC_WAIT_CTX_set_callback(ctx, count_call, &custom), 1);
	IS(pipe(fds), 0);
	device.check = check_in_device;
	device_start(&device);
}

/* Hands the device a request of the job that is running. */
static void submit(void)
{
	ASYNC_WAIT_CTX *own = ASYNC_get_wait_ctx(ASYNC_get_current_job());
	void *data;
	int fd;

	atomic_store(&device.done, false);
	device.callback = NULL;
	device.fd = fds[1];
	if (!ASYNC_WAIT_CTX_get_callback(own, &device.callback, &device.arg) &&
	    !ASYNC_WAIT_CTX_get_fd(own, &device, &fd, &data))
		add_fd(own, &device, fds[0]);
	IS(ASYNC_WAIT_CTX_set_status(own, ASYNC_STATUS_OK), 1);
}

/* One operation, done by the device. */
static int offload(struct task *task)
{
	submit();
	if (moment != AFTER)
		sem_post(&device.go);
	if (moment == BEFORE)
		wait_for(&device.told);
	do {
		IS(ASYNC_pause_job(), 1);
	} while (!atomic_load(&device.done));
	return task->n;
}

/* As the application has it, from PAUSE until it has been told. */
static void wait_until_told(int round)
{
	struct pollfd pfd = { .fd = fds[0], .events = POLLIN };
	char byte;

	IS(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_OK);
	if (moment == AFTER) {
		IS(atomic_load(&calls), device.callback ? round : 0);
		IS(poll(&pfd, 1, 0), 0);
		sem_post(&device.go);
	}
	if (moment != BEFORE)
		wait_for(&device.told);
	if (device.callback) {
		IS(atomic_load(&calls), round + 1);
		all_fds_are(ctx, "");
		return;
	}
	IS(poll(&pfd, 1, 0), 1);
	IS(read(fds[0], &byte, 1), 1);
}

static void deliver(enum moment when, bool callback)
{
	struct task task;
	int round;

	moment = when;
	setup(callback);
	for (round = 0; round < ROUNDS; round++) {
		task_init(&task, offload, ctx);
		task.n = round;
		task_pauses(&task);
		wait_until_told(round);
		task_finishes(&task, round);
	}
}

static void callback_before(void)
{
	deliver(BEFORE, true);
}

static void callback_while(void)
{
	deliver(WHILE, true);
}

static void callback_after(void)
{
	deliver(AFTER, true);
}

static void fd_before(void)
{
	deliver(BEFORE, false);
}

static void fd_while(void)
{
	deliver(WHILE, false);
}

static void fd_after(void)
{
	deliver(AFTER, false);
}

/* Offloading code that knows of no callbacks. */
static int fd_only(struct task *task)
{
	add_fd(task->ctx, &key_a, 10);
	return pause_once(task);
}

static void unsupported(void)
{
	struct task task;

	setup(true);
	task_init(&task, fd_only, ctx);
	task_pauses(&task);
	IS(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_UNSUPPORTED);
	all_fds_are(ctx, "10");
	task_finishes(&task, 0);
	IS(atomic_load(&calls), 0);
}

/* Finds the device's ring full, and tries again when it is resumed. */
static int full_at_first(struct task *task)
{
	ASYNC_WAIT_CTX_set_status(task->ctx, ASYNC_STATUS_EAGAIN);
	ASYNC_pause_job();
	return offload(task);
}

static void eagain(void)
{
	struct task task;

	moment = AFTER;
	setup(true);
	task_init(&task, full_at_first, ctx);
	task_pauses(&task);
	IS(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_EAGAIN);
	IS(atomic_load(&calls), 0);
	task_pauses(&task);
	wait_until_told(0);
	task_finishes(&task, 0);
}

static int fails(struct task *task)
{
	ASYNC_WAIT_CTX_set_status(task->ctx, ASYNC_STATUS_ERR);
	return -5;
}

static void err(void)
{
	struct task task;

	setup(true);
	task_init(&task, fails, ctx);
	task_finishes(&task, -5);
	IS(ASYNC_WAIT_CTX_get_status(ctx), ASYNC_STATUS_ERR);
	IS(atomic_load(&calls), 0);
}

/* A job's life changes neither, whatever they are. */
static void untouched_by_jobs(void)
{
	ASYNC_callback_fn callback = NULL;
	void *arg = NULL;
	struct task task;

	setup(true);
	ASYNC_WAIT_CTX_set_status(ctx, 77);
	task_init(&task, pause_once, ctx);
	task_pauses(&task);
	IS(ASYNC_WAIT_CTX_get_status(ctx), 77);
	task_finishes(&task, 0);
	IS(ASYNC_WAIT_CTX_get_status(ctx), 77);
	IS(ASYNC_WAIT_CTX_get_callback(ctx, &callback, &arg), 1);
	IS(callback, count_call);
	IS(arg, &custom);
	IS(atomic_load(&calls), 0);
}

/* Adds its own fd, pauses twice, and returns it. */
static int one_of_three(struct task *task)
{
	add_fd(task->ctx, task, task->n);
	ASYNC_pause_job();
	fd_is(task->ctx, task, task->n);
	clear_fd(task->ctx, task);
	ASYNC_pause_job();
	no_fd(task->ctx, task);
	return task->n;
}

static void three_jobs(void)
{
	ASYNC_WAIT_CTX *shared = new_ctx();
	struct task tasks[3];
	int i;

	for (i = 0; i < 3; i++) {
		task_init(&tasks[i], one_of_three, shared);
		tasks[i].n = 10 + i;
		task_pauses(&tasks[i]);
	}
	all_fds_are(shared, "12 11 10");
	changed_fds_are(shared, "12 11 10", "");
	/* The first one to be resumed ends the period for all. */
	task_pauses(&tasks[1]);
	all_fds_are(shared, "12 10");
	changed_fds_are(shared, "", "11");
	task_pauses(&tasks[2]);
	changed_fds_are(shared, "", "12");
	task_pauses(&tasks[0]);
	changed_fds_are(shared, "", "10");
	for (i = 0; i < 3; i++)
		task_finishes(&tasks[i], 10 + i);
	all_fds_are(shared, "");
}

const struct row delivery_rows[] = {
	{ "OK, callback before the pause", MAN, callback_before },
	{ "OK, callback while the job pauses", MAN, callback_while },
	{ "OK, callback after the pause", MAN, callback_after },
	{ "fd readable before the pause", MAN, fd_before },
	{ "fd readable while the job pauses", MAN, fd_while },
	{ "fd readable after the pause", MAN, fd_after },
	{ "UNSUPPORTED: an fd, though a callback is set", MAN, unsupported },
	{ "EAGAIN: no callback; resumed, then OK", MAN, eagain },
	{ "ERR: no callback, the job finishes", MAN, err },
	{ "jobs change neither status nor callback", CODE, untouched_by_jobs },
	{ "three jobs on one wait ctx", CODE, three_jobs },
	{ NULL, 0, NULL }
};
