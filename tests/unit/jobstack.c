// SPDX-License-Identifier: MIT
/*
 * The stacks of jobs, and the switch between them: what a function may rely on
 * to find as it was, what lies below a stack, and how one walks up from it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <fenv.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <libasync/job.h>

#include "jobs.h"

static int ret;

TestSuite(jobstack, .timeout = 60);
TestSuite(jobstack_slow, .timeout = 60);

static int start(ASYNC_JOB **job, int (*func)(void *), void *args, size_t size)
{
	return ASYNC_start_job(job, NULL, &ret, func, args, size);
}

static int resume(ASYNC_JOB **job)
{
	return ASYNC_start_job(job, NULL, &ret, NULL, NULL, 0);
}

#if defined(__x86_64__)
#define FP_REGISTER "x"
#elif defined(__aarch64__)
#define FP_REGISTER "w"
#else
#define FP_REGISTER "m"
#endif

/* In a register, as far as the compiler knows, and not to be computed anew. */
static inline void hold(uint64_t *n, double *x)
{
	__asm__ volatile("" : "+r" (*n), "+" FP_REGISTER(*x));
}

static inline void hold4(uint64_t *n0, uint64_t *n1, uint64_t *n2, uint64_t *n3,
			 double *x0, double *x1, double *x2, double *x3)
{
	hold(n0, x0);
	hold(n1, x1);
	hold(n2, x2);
	hold(n3, x3);
}

/*
 * As many values as a call preserves registers, integers and floating point,
 * all made from @seed and wanted after the pause. Who resumes holds others.
 */
static int keep_registers(uint64_t seed, int (*pause)(void *), void *arg)
{
	uint64_t n0 = seed, n1 = seed * 3, n2 = seed * 5, n3 = seed * 7;
	uint64_t n4 = seed * 9, n5 = seed * 11, n6 = seed * 13, n7 = seed * 15;
	uint64_t n8 = seed * 17, n9 = seed * 19;
	double x0 = n0, x1 = n1, x2 = n2, x3 = n3;
	double x4 = n4, x5 = n5, x6 = n6, x7 = n7;

	hold4(&n0, &n1, &n2, &n3, &x0, &x1, &x2, &x3);
	hold4(&n4, &n5, &n6, &n7, &x4, &x5, &x6, &x7);
	hold4(&n8, &n9, &n0, &n1, &x0, &x1, &x2, &x3);
	pause(arg);
	hold4(&n0, &n1, &n2, &n3, &x0, &x1, &x2, &x3);
	hold4(&n4, &n5, &n6, &n7, &x4, &x5, &x6, &x7);
	hold4(&n8, &n9, &n0, &n1, &x0, &x1, &x2, &x3);
	return n1 == n0 * 3 && n2 == n0 * 5 && n3 == n0 * 7 && n4 == n0 * 9 &&
	       n5 == n0 * 11 && n6 == n0 * 13 && n7 == n0 * 15 &&
	       n8 == n0 * 17 && n9 == n0 * 19 && x0 == (double)n0 &&
	       x1 == (double)n1 && x2 == (double)n2 && x3 == (double)n3 &&
	       x4 == (double)n4 && x5 == (double)n5 && x6 == (double)n6 &&
	       x7 == (double)n7;
}

static int pause_job(void *arg)
{
	(void)arg;
	return ASYNC_pause_job();
}

static int with_registers(void *arg)
{
	return keep_registers(*(uint64_t *)arg, pause_job, NULL);
}

static int resume_job(void *arg)
{
	return resume(arg);
}

JOB_TEST(jobstack, registers)
{
	ASYNC_JOB *jobs[2] = { NULL };
	uint64_t seeds[2] = { 0x123456789abcdef1, 0xfedcba9876543211 };
	int i;

	for (i = 0; i < 2; i++)
		cr_assert_eq(start(&jobs[i], with_registers, &seeds[i],
				   sizeof(seeds[i])), ASYNC_PAUSE);
	for (i = 0; i < 2; i++) {
		cr_assert(keep_registers(77777 + i, resume_job, &jobs[i]));
		cr_assert_null(jobs[i]);
		cr_assert_eq(ret, 1);
	}
}

/* The control words of floating point: each job has its own. */

/* By what divides; fegetround() may look at another word, as x86's does. */
static int rounds_up(void)
{
	double one = 1, three = 3;

	/* To be divided here and now */
	__asm__ volatile("" : "+m" (one), "+m" (three));
	return one / three > 1.0 / 3;
}

static int round_upwards(void *arg)
{
	(void)arg;
	cr_assert_eq(fegetround(), FE_TONEAREST);
	fesetround(FE_UPWARD);
	ASYNC_pause_job();
	cr_assert_eq(fegetround(), FE_UPWARD);
	cr_assert(rounds_up());
	ASYNC_pause_job();
	return fegetround() == FE_UPWARD && rounds_up();
}

static int is_rounding(void *arg)
{
	return fegetround() == *(int *)arg && !rounds_up();
}

JOB_TEST(jobstack, rounding)
{
	int mode = FE_TONEAREST;
	ASYNC_JOB *job = NULL, *other = NULL;

	cr_assert_not(rounds_up());
	cr_assert_eq(start(&job, round_upwards, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(fegetround(), FE_TONEAREST);
	cr_assert_not(rounds_up());
	cr_assert_eq(resume(&job), ASYNC_PAUSE);
	fesetround(FE_DOWNWARD);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_eq(ret, 1);
	cr_assert_eq(fegetround(), FE_DOWNWARD);
	/* A job begins with its starter's, also on a stack used before */
	mode = FE_DOWNWARD;
	cr_assert_eq(start(&job, is_rounding, &mode, sizeof(mode)),
		     ASYNC_FINISH);
	cr_assert_eq(ret, 1);
	fesetround(FE_TONEAREST);
	mode = FE_TONEAREST;
	cr_assert_eq(start(&other, is_rounding, &mode, sizeof(mode)),
		     ASYNC_FINISH);
	cr_assert_eq(ret, 1);
}

/* The memory. */

static uintptr_t stack_low;

/* All but what the switch, the library and the dynamic linker may have. */
#define ROOM 8192

static int touch_all(void *arg)
{
	size_t size = *(size_t *)arg - ROOM;
	char mem[size];

	memset(mem, 1, size);
	__asm__ volatile("" : : "r" (mem) : "memory");
	stack_low = (uintptr_t)mem;
	return 1;
}

JOB_TEST(jobstack, sizes)
{
	static const size_t good[] = {
		ASYNC_JOB_STACK_MIN, 100000, 1 << 20, ASYNC_JOB_STACK_DEFAULT,
	};
	ASYNC_JOB *job = NULL;
	size_t size = ASYNC_JOB_STACK_DEFAULT;
	unsigned int i;

	cr_assert_eq(async_job_set_stack_size(0), -EINVAL);
	cr_assert_eq(async_job_set_stack_size(ASYNC_JOB_STACK_MIN - 1),
		     -EINVAL);
	cr_assert_eq(async_job_set_stack_size(ASYNC_JOB_STACK_MAX + 1),
		     -EINVAL);
	cr_assert_eq(async_job_set_stack_size(SIZE_MAX), -EINVAL);
	for (i = 0; i < 5; i++) {
		cr_assert_eq(start(&job, touch_all, &size, sizeof(size)),
			     ASYNC_FINISH);
		ASYNC_cleanup_thread();
		if (i == 4)
			break;
		size = good[i];
		cr_assert_eq(async_job_set_stack_size(size), 0);
	}
}

static void *fault;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	fault = info->si_addr;
	/* One page of room, so that the job can go on */
	mprotect((void *)((uintptr_t)fault & -4096), 4096,
		 PROT_READ | PROT_WRITE);
}

static int overrun(void *arg)
{
	uintptr_t p = stack_low;

	(void)arg;
	do {
		p--;
		*(char *)p = 1;
		__asm__ volatile("" : : : "memory");
	} while (!fault);
	return 1;
}

/* What is written below a stack hits the guard, and nothing before that. */
JOB_TEST(jobstack, guard)
{
	struct sigaction action = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO | SA_ONSTACK,
	};
	static char handler_stack[65536];
	stack_t alternative = {
		.ss_sp = handler_stack,
		.ss_size = sizeof(handler_stack),
	};
	size_t size = ASYNC_JOB_STACK_DEFAULT;
	ASYNC_JOB *job = NULL;

	sigaltstack(&alternative, NULL);
	sigaction(SIGSEGV, &action, NULL);
	cr_assert_eq(start(&job, touch_all, &size, sizeof(size)), ASYNC_FINISH);
	cr_assert_null(fault);
	cr_assert_eq(start(&job, overrun, NULL, 0), ASYNC_FINISH);
	cr_assert_lt((uintptr_t)fault, stack_low);
	cr_assert_gt((uintptr_t)fault, stack_low - ROOM - 4096);
}

/* Who walks the stack meets the job's function, and an end. */

static void *frames[32];
static int n_frames;

static __attribute__((noinline)) int walk(void *arg)
{
	(void)arg;
	n_frames = backtrace(frames, 32);
	return 1;
}

static __attribute__((noinline)) int walk_after_pause(void *arg)
{
	ASYNC_pause_job();
	return walk(arg) + 1;
}

JOB_TEST(jobstack, can_be_walked)
{
	ASYNC_JOB *job = NULL;
	int i, met = 0;

	cr_assert_eq(start(&job, walk_after_pause, NULL, 0), ASYNC_PAUSE);
	cr_assert_eq(resume(&job), ASYNC_FINISH);
	cr_assert_gt(n_frames, 1);
	/* walk(), the function, async_job_entry() and what began it */
	cr_assert_leq(n_frames, 6);
	for (i = 0; i < n_frames; i++)
		met += (char *)frames[i] > (char *)walk_after_pause &&
		       (char *)frames[i] < (char *)walk_after_pause + 64;
	cr_assert_eq(met, 1);
}
