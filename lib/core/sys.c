// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "sys.h"

/* The result of a system call; @saved is errno from before it. */
static int sys_result(int ret, int saved)
{
	if (ret < 0) {
		ret = -errno;
		errno = saved;
	}
	return ret;
}

int async_sys_open(unsigned int device)
{
	int saved = errno;
	char path[32];

	snprintf(path, sizeof(path), "/dev/cryptosim%u", device);
	return sys_result(open(path, O_RDWR | O_CLOEXEC), saved);
}

int async_sys_ioctl(int fd, unsigned long request, void *arg)
{
	int saved = errno;

	return sys_result(ioctl(fd, request, arg), saved);
}

int async_sys_poll(struct pollfd *fds, nfds_t count)
{
	int saved = errno;

	return sys_result(poll(fds, count, -1), saved);
}

static int sys_signal(int fd, int thread, int signo)
{
	const struct f_owner_ex owner = { .type = F_OWNER_TID, .pid = thread };
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0)
		return -1;
	if (!signo)
		return fcntl(fd, F_SETFL, flags & ~O_ASYNC);
	if (fcntl(fd, F_SETOWN_EX, &owner) || fcntl(fd, F_SETSIG, signo))
		return -1;
	return fcntl(fd, F_SETFL, flags | O_ASYNC);
}

int async_sys_signal(int fd, int thread, int signo)
{
	int saved = errno;

	return sys_result(sys_signal(fd, thread, signo), saved);
}
