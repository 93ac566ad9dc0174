// SPDX-License-Identifier: MIT
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "internal.h"
#include "sys.h"

/* What the poller waits for, as indices of an array of struct pollfd. */
enum {
	POLLER_QUEUE,
	POLLER_STOP,
	POLLER_FDS
};

static void *poller_run(void *arg)
{
	struct async_queue *queue = arg;
	struct pollfd fds[POLLER_FDS] = {
		[POLLER_QUEUE] = { .fd = queue->fd, .events = POLLIN },
		[POLLER_STOP] = { .fd = queue->poller.stop_fd, .events = POLLIN },
	};
	short gone = POLLHUP | POLLERR | POLLNVAL;

	do {
		if (async_sys_poll(fds, POLLER_FDS) < 0)
			continue;
		while (async_reap(queue) > 0)
			;
		/* A stopped queue is readable for ever, and of no more use */
	} while (!fds[POLLER_STOP].revents &&
		 !(fds[POLLER_QUEUE].revents & gone));
	return NULL;
}

/* A thread inherits the signal mask of the one that makes it. */
static int poller_spawn(struct async_queue *queue)
{
	sigset_t all, saved;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	ret = pthread_create(&queue->poller.thread, NULL, poller_run, queue);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return -ret;
}

int async_poller_start(struct async_queue *queue)
{
	struct async_poller *poller = &queue->poller;
	int saved = errno;
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	if (poller->running)
		return -EALREADY;
	poller->stop_fd = eventfd(0, EFD_CLOEXEC);
	if (poller->stop_fd < 0) {
		ret = -errno;
		errno = saved;
		return ret;
	}
	ret = poller_spawn(queue);
	if (ret)
		close(poller->stop_fd);
	else
		poller->running = true;
	return ret;
}

void async_poller_stop(struct async_queue *queue)
{
	struct async_poller *poller = &queue->poller;

	if (!poller->running)
		return;
	/* A child has the fd, but not the thread */
	if (fork_owner(queue->token)) {
		eventfd_write(poller->stop_fd, 1);
		pthread_join(poller->thread, NULL);
	}
	close(poller->stop_fd);
	poller->running = false;
}
