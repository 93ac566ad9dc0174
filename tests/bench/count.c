// SPDX-License-Identifier: MIT
/*
 * The library's system calls are counted where the linker redirects them to
 * (--wrap, ld(1)), the program's own where it makes them.
 */
#include <poll.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>
#include "control/control.h"
#include "wrap.h"

static atomic_uint_least64_t syscalls;

void bench_syscall(void)
{
	atomic_fetch_add_explicit(&syscalls, 1, memory_order_relaxed);
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	bench_syscall();
	return __real_ioctl(fd, request, arg);
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
	bench_syscall();
	return __real_poll(fds, count, timeout);
}

static uint64_t tv_ns(const struct timeval *tv)
{
	return (uint64_t)tv->tv_sec * 1000000000 + (uint64_t)tv->tv_usec * 1000;
}

/* What all CPUs were busy with: user, nice, system, irq and softirq, proc(5) */
static uint64_t machine_ns(void)
{
	unsigned long user = 0, nice = 0, sys = 0, irq = 0, soft = 0;
	FILE *file = fopen("/proc/stat", "re");
	long hz = sysconf(_SC_CLK_TCK);

	if (!file)
		return 0;
	if (fscanf(file, "cpu %lu %lu %lu %*u %*u %lu %lu", &user, &nice, &sys,
		   &irq, &soft) != 5)
		user = 0;
	fclose(file);
	return (user + nice + sys + irq + soft) *
	       (1000000000ull / (unsigned long)hz);
}

void bench_count(unsigned int device, struct bench_counts *counts)
{
	struct control_device answer = { 0 };
	struct rusage usage;

	if (control_device(device, &answer))
		answer = (struct control_device) { 0 };
	getrusage(RUSAGE_SELF, &usage);
	*counts = (struct bench_counts) {
		.cpu_ns = tv_ns(&usage.ru_utime) + tv_ns(&usage.ru_stime),
		.machine_ns = machine_ns(),
		.syscalls = atomic_load(&syscalls),
		.switches = (uint64_t)usage.ru_nvcsw + (uint64_t)usage.ru_nivcsw,
		.interrupts = answer.stats.interrupts,
		.doorbells = answer.stats.doorbells,
	};
}
