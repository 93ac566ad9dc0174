// SPDX-License-Identifier: MIT
/*
 * The ways of waiting. Those that submit as completions come keep the depth by
 * submitting again whatever one look at the device brought.
 */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include "device.h"

static bool takes(const struct bench_point *point)
{
	return bench_kind_takes(point->kind, point->size);
}

/* Submits what was collected again, unless it is time to end */
static void go_on(struct device *dev, uint64_t now)
{
	if (!dev->freed_count)
		return;
	if (bench_over(dev->run, now)) {
		dev->freed_count = 0;
		return;
	}
	device_prepare(dev);
	bench_check(async_submit(dev->queue), "async_submit()");
}

static void begin(struct device *dev)
{
	device_free_all(dev);
	device_prepare(dev);
	bench_check(async_submit(dev->queue), "async_submit()");
}

/* Busy poll: nobody sleeps. Slots are collected in their order. */

static void open_bare(struct bench_run *run)
{
	device_open(run);
}

static void work_busy(struct bench_run *run)
{
	struct device *dev = run->state;
	unsigned int head = 0;
	uint64_t now = 0;

	begin(dev);
	while (dev->flying) {
		if (!bench_check(async_reap(dev->queue), "async_reap()"))
			continue;
		now = bench_stamp(run);
		while (dev->flying && async_done(dev->requests[head])) {
			device_collect(dev, head, now);
			head = (head + 1) % dev->depth;
		}
		go_on(dev, now);
	}
}

const struct bench_way bench_busy = {
	.name = "busy", .unpaced = true, .takes = takes,
	.open = open_bare, .work = work_busy, .close = device_close,
};

/* Submit-and-wait: all at once, one system call */

static void work_wait(struct bench_run *run)
{
	struct device *dev = run->state;
	int depth = (int)dev->depth;
	uint64_t begin_ns, now;
	int i;

	do {
		begin_ns = bench_stamp(run);
		if (async_prepare(dev->queue, dev->ops, dev->depth,
				  dev->requests) != depth)
			bench_fail("fewer than %d requests were taken", depth);
		bench_check(async_submit_wait(dev->queue, dev->depth,
					      ASYNC_FOREVER),
			    "async_submit_wait()");
		now = bench_stamp(run);
		for (i = 0; i < depth; i++) {
			bench_check(async_collect(dev->requests[i]), "request");
			bench_done(run, begin_ns, now);
		}
	} while (!bench_over(run, now));
}

const struct bench_way bench_wait = {
	.name = "wait", .takes = takes,
	.open = open_bare, .work = work_wait, .close = device_close,
};

const struct bench_way bench_inline = {
	.name = "inline", .inlined = true, .takes = takes,
	.open = open_bare, .work = work_wait, .close = device_close,
};

/* Session fds, all in one epoll, each with one request in flight */

static void open_epoll(struct bench_run *run)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct device *dev = device_open(run);
	unsigned int i;

	device_sessions(dev, NULL);
	dev->fd = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < dev->depth; i++) {
		event.data.u32 = i;
		if (epoll_ctl(dev->fd, EPOLL_CTL_ADD,
			      async_session_fd(dev->sessions[i]), &event))
			bench_check(-errno, "epoll_ctl()");
	}
}

static void work_epoll(struct bench_run *run)
{
	struct epoll_event events[DEVICE_MAX_SLOTS];
	struct device *dev = run->state;
	uint64_t now;
	int count, i;

	begin(dev);
	while (dev->flying) {
		bench_syscall();
		count = epoll_wait(dev->fd, events, (int)dev->depth, -1);
		bench_check(async_reap(dev->queue), "async_reap()");
		now = bench_stamp(run);
		for (i = 0; i < count; i++)
			if (async_done(dev->requests[events[i].data.u32]))
				device_collect(dev, events[i].data.u32, now);
		go_on(dev, now);
	}
}

const struct bench_way bench_epoll = {
	.name = "epoll", .takes = takes,
	.open = open_epoll, .work = work_epoll, .close = device_close,
};

const struct bench_way bench_inline_epoll = {
	.name = "inline-epoll", .inlined = true, .takes = takes,
	.open = open_epoll, .work = work_epoll, .close = device_close,
};

/* Callback from the application's polling call, which collects at once */

/* Out of line, to spare those that follow what it costs */
static __attribute__((noinline)) void on_first(struct device *dev)
{
	dev->now = bench_stamp(dev->run);
}

static int on_own(void *arg)
{
	const struct device_slot *slot = arg;
	struct device *dev = slot->dev;

	if (!dev->now)
		on_first(dev);
	device_collect(dev, slot->index, dev->now);
	return 0;
}

static void open_own(struct bench_run *run)
{
	device_sessions(device_open(run), on_own);
}

static void work_own(struct bench_run *run)
{
	struct device *dev = run->state;
	struct pollfd pfd = {
		.fd = async_queue_fd(dev->queue), .events = POLLIN,
	};

	begin(dev);
	while (dev->flying) {
		poll(&pfd, 1, -1);
		dev->now = 0;
		bench_check(async_reap(dev->queue), "async_reap()");
		go_on(dev, dev->now);
	}
}

const struct bench_way bench_own = {
	.name = "callback", .takes = takes,
	.open = open_own, .work = work_own, .close = device_close,
};

/*
 * Callback from the poller thread: it names the slot to the application, and
 * wakes it by an eventfd if it sleeps.
 */

static int on_poller(void *arg)
{
	const struct device_slot *slot = arg;
	struct device *dev = slot->dev;
	unsigned int tail = atomic_load_explicit(&dev->told_tail,
						 memory_order_relaxed);

	dev->told[tail % BENCH_MAX_DEPTH] = slot->index;
	/* Before the look at asleep; partner: poller_sleep() */
	atomic_store(&dev->told_tail, tail + 1);
	if (atomic_load(&dev->asleep) && atomic_exchange(&dev->asleep, false)) {
		bench_syscall();
		eventfd_write(dev->fd, 1);
	}
	return 0;
}

static void open_poller(struct bench_run *run)
{
	struct device *dev = device_open(run);

	device_sessions(dev, on_poller);
	dev->fd = eventfd(0, EFD_CLOEXEC);
	if (dev->fd < 0)
		bench_check(-errno, "eventfd()");
	bench_check(async_poller_start(dev->queue), "async_poller_start()");
}

/* Sleeps until the poller thread has told of something */
static void poller_sleep(struct device *dev)
{
	eventfd_t value;

	/* Before the look at told_tail; partner: on_poller() */
	atomic_store(&dev->asleep, true);
	if (atomic_load(&dev->told_tail) != dev->told_head &&
	    atomic_exchange(&dev->asleep, false))
		return;
	/* Told of, or about to be: asleep is false by then */
	bench_syscall();
	eventfd_read(dev->fd, &value);
}

static void work_poller(struct bench_run *run)
{
	struct device *dev = run->state;
	unsigned int tail;
	uint64_t now;

	begin(dev);
	while (dev->flying) {
		/* Partner: the store of on_poller(), which is a release */
		tail = atomic_load(&dev->told_tail);
		if (tail == dev->told_head) {
			poller_sleep(dev);
			continue;
		}
		now = bench_stamp(run);
		while (dev->told_head != tail)
			device_collect(dev, dev->told[dev->told_head++ %
						      BENCH_MAX_DEPTH], now);
		go_on(dev, now);
	}
}

const struct bench_way bench_poller = {
	.name = "poller", .takes = takes,
	.open = open_poller, .work = work_poller, .close = device_close,
};
