// SPDX-License-Identifier: MIT
/*
 * The job path of the drop-in: each request in flight is a job that does one
 * after the other, as "openssl speed -async_jobs" has it, and is resumed when
 * its fd or its callback says so.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <libasync/bind.h>
#include <libasync/job.h>
#include "device.h"

struct jobs;

/**
 * struct job - a job and what it waits with
 * @jobs: whose
 * @ctx: its wait ctx
 * @job: NULL: none is under way
 * @slot: its slot of the device
 * @ready: it is in @jobs' list of those to be resumed
 */
struct job {
	struct jobs *jobs;
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	unsigned int slot;
	bool ready;
};

/**
 * struct jobs - all of them
 * @dev: the device; of its slots only the operations are used
 * @over: no further requests
 * @running: how many have not ended
 * @ready: those to be resumed
 * @ready_count: how many
 * @job: each
 */
struct jobs {
	struct device *dev;
	bool over;
	unsigned int running;
	struct job *ready[BENCH_MAX_DEPTH];
	unsigned int ready_count;
	struct job job[BENCH_MAX_DEPTH];
};

static bool takes(const struct bench_point *point)
{
	return bench_kind_takes(point->kind, point->size);
}

static int on_done(void *arg)
{
	struct job *job = arg;

	if (!job->ready)
		job->jobs->ready[job->jobs->ready_count++] = job;
	job->ready = true;
	return 0;
}

/* Runs in the job */
static int run_job(void *arg)
{
	struct job *job = *(struct job **)arg;
	struct device *dev = job->jobs->dev;
	uint64_t begin, now = 0;
	int ret;

	while (!job->jobs->over) {
		begin = bench_stamp(dev->run);
		ret = async_job_run(dev->queue, &dev->ops[job->slot]);
		bench_check(ret, "job");
		now = bench_stamp(dev->run);
		bench_done(dev->run, begin, now);
		job->jobs->over = bench_over(dev->run, now);
	}
	return 0;
}

static void resume(struct job *job)
{
	int ret;

	job->ready = false;
	switch (ASYNC_start_job(&job->job, job->ctx, &ret, run_job, &job,
				sizeof(job))) {
	case ASYNC_PAUSE:
		return;
	case ASYNC_FINISH:
		job->jobs->running--;
		return;
	default:
		bench_fail("ASYNC_start_job() failed");
	}
}

/* One that has ended may be told of once too often */
static void resume_if(struct job *job)
{
	if (job->job)
		resume(job);
}

static void resume_ready(struct jobs *jobs)
{
	struct job *ready[BENCH_MAX_DEPTH];
	unsigned int count = jobs->ready_count;
	unsigned int i;

	for (i = 0; i < count; i++)
		ready[i] = jobs->ready[i];
	jobs->ready_count = 0;
	for (i = 0; i < count; i++)
		resume_if(ready[i]);
}

static struct jobs *open_jobs(struct bench_run *run)
{
	struct jobs *jobs = calloc(1, sizeof(*jobs));
	unsigned int i;

	if (!jobs)
		bench_fail("no memory");
	jobs->dev = device_open(run);
	run->state = jobs;
	for (i = 0; i < jobs->dev->depth; i++) {
		jobs->job[i] = (struct job) {
			.jobs = jobs, .slot = i, .ctx = ASYNC_WAIT_CTX_new(),
		};
		if (!jobs->job[i].ctx)
			bench_fail("no wait ctx");
	}
	return jobs;
}

static void open_fd(struct bench_run *run)
{
	struct jobs *jobs = open_jobs(run);
	struct device *dev = jobs->dev;
	struct epoll_event event = { .events = EPOLLIN };
	struct async_session *session;
	unsigned int i;

	dev->fd = epoll_create1(EPOLL_CLOEXEC);
	for (i = 0; i < dev->depth; i++) {
		bench_check(async_bind_session(dev->queue, jobs->job[i].ctx,
					       &session), "async_bind_session()");
		event.data.ptr = &jobs->job[i];
		if (epoll_ctl(dev->fd, EPOLL_CTL_ADD, async_session_fd(session),
			      &event))
			bench_check(-errno, "epoll_ctl()");
	}
}

static void open_callback(struct bench_run *run)
{
	struct jobs *jobs = open_jobs(run);
	unsigned int i;

	for (i = 0; i < jobs->dev->depth; i++)
		ASYNC_WAIT_CTX_set_callback(jobs->job[i].ctx, on_done,
					    &jobs->job[i]);
}

static void begin(struct jobs *jobs)
{
	unsigned int i;

	jobs->over = false;
	jobs->ready_count = 0;
	jobs->running = jobs->dev->depth;
	for (i = 0; i < jobs->dev->depth; i++)
		resume(&jobs->job[i]);
}

static void work_fd(struct bench_run *run)
{
	struct epoll_event events[BENCH_MAX_DEPTH];
	struct jobs *jobs = run->state;
	int count, i;

	begin(jobs);
	while (jobs->running) {
		bench_syscall();
		count = epoll_wait(jobs->dev->fd, events,
				   (int)jobs->dev->depth, -1);
		for (i = 0; i < count; i++)
			resume_if(events[i].data.ptr);
	}
}

static void work_callback(struct bench_run *run)
{
	struct jobs *jobs = run->state;
	struct async_queue *queue = jobs->dev->queue;
	struct pollfd pfd = { .fd = async_queue_fd(queue), .events = POLLIN };

	begin(jobs);
	while (jobs->running) {
		if (!jobs->ready_count)
			poll(&pfd, 1, -1);
		bench_check(async_reap(queue), "async_reap()");
		resume_ready(jobs);
	}
}

static void close_jobs(struct bench_run *run)
{
	struct jobs *jobs = run->state;
	unsigned int i;

	for (i = 0; i < jobs->dev->depth; i++)
		ASYNC_WAIT_CTX_free(jobs->job[i].ctx);
	run->state = jobs->dev;
	device_close(run);
	free(jobs);
}

const struct bench_way bench_job_fd = {
	.name = "job-epoll", .takes = takes,
	.open = open_fd, .work = work_fd, .close = close_jobs,
};

const struct bench_way bench_job_callback = {
	.name = "job-callback", .takes = takes,
	.open = open_callback, .work = work_callback, .close = close_jobs,
};
