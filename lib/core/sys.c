// SPDX-License-Identifier: MIT
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
