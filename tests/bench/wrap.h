/* SPDX-License-Identifier: MIT */
/* The library's system calls on their way through the program: ld(1), --wrap. */
#ifndef BENCH_WRAP_H
#define BENCH_WRAP_H

#include <poll.h>
#include "bench.h"

int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);

#endif /* BENCH_WRAP_H */
