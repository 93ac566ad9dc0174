// SPDX-License-Identifier: MIT
/*
 * What a pause costs, and what a callback costs, against what else there is.
 *
 * Everything is measured in turns of some microseconds in one process, and the
 * least of many turns counts: what disturbs one, an interrupt or another
 * process, disturbs it upwards only, and never all of them. Ratios decide.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include <openssl/async.h>

#include "ossl/libctx.h"
#include "tally.h"

#define TURNS	1000
#define TIMES	64	/* in a turn; not more than SQ */

TestSuite(jobspeed, .timeout = 120);

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void least(double *best, double begin)
{
	double each = (now_ns() - begin) / TIMES;

	if (!*best || each < *best)
		*best = each;
}

/* One implementation of jobs. */
struct jobs {
	int (*start)(ASYNC_JOB **job, ASYNC_WAIT_CTX *ctx, int *ret,
		     int (*func)(void *), void *args, size_t size);
	int (*pause)(void);
	ASYNC_WAIT_CTX *(*new)(void);
	ASYNC_WAIT_CTX *ctx;
	ASYNC_JOB *job;
	double best;
};

static int pause_for_ever(void *arg)
{
	const struct jobs *jobs = *(struct jobs **)arg;

	for (;;)
		jobs->pause();
	return 0;
}

static void pause_and_resume(struct jobs *jobs)
{
	double begin = now_ns();
	int i, ret;

	for (i = 0; i < TIMES; i++)
		jobs->start(&jobs->job, jobs->ctx, &ret, pause_for_ever, &jobs,
			    sizeof(jobs));
	least(&jobs->best, begin);
}

static ucontext_t here, there;

static void swap_for_ever(void)
{
	for (;;)
		swapcontext(&there, &here);
}

static void make_there(void)
{
	static char stack[65536];

	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	makecontext(&there, swap_for_ever, 0);
}

static void swap_and_back(double *best)
{
	double begin = now_ns();
	int i;

	for (i = 0; i < TIMES; i++)
		swapcontext(&here, &there);
	least(best, begin);
}

static void load(struct jobs *jobs, const char *library)
{
	void *handle = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	cr_assert_not_null(handle, "%s", dlerror());
	*(void **)&jobs->start = dlsym(handle, "ASYNC_start_job");
	*(void **)&jobs->pause = dlsym(handle, "ASYNC_pause_job");
	*(void **)&jobs->new = dlsym(handle, "ASYNC_WAIT_CTX_new");
	cr_assert(jobs->start && jobs->pause && jobs->new);
	cr_assert_neq(jobs->start, ASYNC_start_job);
}

/* Pausing and resuming: three times as fast as OpenSSL's, 15 as swapcontext. */
Test(jobspeed, pause)
{
	struct jobs own = {
		ASYNC_start_job, ASYNC_pause_job, ASYNC_WAIT_CTX_new,
		NULL, NULL, 0,
	};
	struct jobs beside = own, openssl = { 0 };
	libctx_fn libctx;
	double swap = 0;
	int i;

	load(&openssl, "libcrypto.so.3");
	make_there();
	own.ctx = own.new();
	beside.ctx = beside.new();
	openssl.ctx = openssl.new();
	pause_and_resume(&own);
	pause_and_resume(&beside);
	/* This process has libcrypto; what if it had not? */
	libctx = async_libctx_swap;
	cr_assert_not_null(libctx);
	for (i = 0; i < TURNS; i++) {
		async_libctx_swap = NULL;
		pause_and_resume(&own);
		async_libctx_swap = libctx;
		pause_and_resume(&beside);
		pause_and_resume(&openssl);
		swap_and_back(&swap);
	}
	cr_log_info("pause and resume: %.1f ns, %.1f with libcrypto there; "
		    "libcrypto %.1f, swapcontext %.1f: %.1f and %.1f times",
		    own.best, beside.best, openssl.best, swap,
		    openssl.best / own.best, swap / own.best);
	cr_assert_lt(3 * own.best, openssl.best);
	cr_assert_lt(15 * own.best, swap);
	cr_assert_lt(2 * beside.best, openssl.best);
}

/* Being told. */

/* What it costs to reap so many completions of session @which. */
static void reap_turn(unsigned int which, double *best)
{
	double begin;
	unsigned int i;

	for (i = 0; i < TIMES; i++)
		submit_nop(i, which);
	cr_assert_eq(fakedev_run(dev, TIMES), TIMES);
	begin = now_ns();
	async_reap(queue);
	least(best, begin);
	for (i = 0; i < TIMES; i++)
		cr_assert_eq(async_collect(requests[i]), 0);
}

static void eventfd_turn(int epoll, int fd, double *best)
{
	struct epoll_event event;
	eventfd_t value;
	double begin = now_ns();
	int i;

	for (i = 0; i < TIMES; i++) {
		eventfd_write(fd, 1);
		cr_assert_eq(epoll_wait(epoll, &event, 1, -1), 1);
		eventfd_read(event.data.fd, &value);
	}
	least(best, begin);
}

/* A callback adds at most a tenth of what an eventfd in an epoll set adds. */
Test(jobspeed, told, .init = setup, .fini = teardown)
{
	double told = 0, untold = 0, event = 0;
	struct epoll_event add = { .events = EPOLLIN };
	int fd = eventfd(0, 0), epoll = epoll_create1(0);
	int i;

	add.data.fd = fd;
	epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &add);
	async_session_set_callback(tallies[1].session, NULL, NULL);
	for (i = 0; i < TURNS; i++) {
		reap_turn(0, &told);
		reap_turn(1, &untold);
		eventfd_turn(epoll, fd, &event);
	}
	cr_assert_eq(tallies[0].calls, TURNS * TIMES);
	cr_assert_eq(tallies[1].calls, 0);
	cr_log_info("told: callback %.1f ns, eventfd and epoll %.1f ns",
		    told - untold, event);
	cr_assert_lt(10 * (told - untold), event);
}
