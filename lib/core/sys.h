/* SPDX-License-Identifier: MIT */
/*
 * The system calls that reach the device, as the rest of the library wants
 * them: they return their error and leave errno alone. In a file of their own,
 * so that unit tests can link a device of theirs in its place.
 */
#ifndef LIB_CORE_SYS_H
#define LIB_CORE_SYS_H

#include <poll.h>

/**
 * async_sys_open() - open(2) a device
 * @device: N of /dev/cryptosimN
 *
 * Return: an fd, close-on-exec, or a negative errno.
 */
int async_sys_open(unsigned int device);

/**
 * async_sys_ioctl() - ioctl(2)
 * @fd: the device
 * @request: the command
 * @arg: its argument
 *
 * Return: what ioctl(2) returned, or a negative errno.
 */
int async_sys_ioctl(int fd, unsigned long request, void *arg);

/**
 * async_sys_poll() - poll(2) without a timeout
 * @fds: what to wait for
 * @count: how many
 *
 * Return: how many are ready, or a negative errno.
 */
int async_sys_poll(struct pollfd *fds, nfds_t count);

/**
 * async_sys_signal() - have an fd's events told by signal, fcntl(2)
 * @fd: the device
 * @thread: the thread that gets it, by gettid(2)
 * @signo: its number; 0: no more
 *
 * Return: 0 or a negative errno.
 */
int async_sys_signal(int fd, int thread, int signo);

#endif /* LIB_CORE_SYS_H */
