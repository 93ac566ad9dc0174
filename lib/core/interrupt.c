// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"
#include "sys.h"

/*
 * The queues whose signal this thread gets. Changed with the signal blocked,
 * and walked by the handler in the same thread, so it needs no lock.
 */
static __thread struct async_queue *interrupted
	__attribute__((tls_model("initial-exec")));

static void interrupt_handler(int signo)
{
	struct async_queue *queue;
	int saved = errno;

	for (queue = interrupted; queue; queue = queue->interrupt.next)
		if (atomic_load(&queue->interrupt.signo) == signo)
			async_reap_interrupt(queue);
	errno = saved;
}

void async_interrupt_again(struct async_queue *queue)
{
	int signo = atomic_load(&queue->interrupt.signo);

	if (!atomic_exchange(&queue->missed, 0) || !signo)
		return;
	/* Not pthread_kill(3): the thread may be gone, and this is no error */
	syscall(SYS_tgkill, getpid(), queue->interrupt.thread, signo);
}

void async_interrupt_settle(void)
{
	struct async_queue *queue;

	for (queue = interrupted; queue; queue = queue->interrupt.next)
		if (atomic_load(&queue->missed))
			async_interrupt_again(queue);
}

/* The process's handler for the signal is ours, or 0 is not returned. */
static int interrupt_install(int signo)
{
	struct sigaction action = {
		.sa_handler = interrupt_handler,
		.sa_flags = SA_RESTART,
	};
	struct sigaction now;

	if (sigaction(signo, NULL, &now))
		return -errno;
	if (now.sa_handler == interrupt_handler)
		return 0;
	if ((now.sa_flags & SA_SIGINFO) ||
	    (now.sa_handler != SIG_DFL && now.sa_handler != SIG_IGN))
		return -EBUSY;
	sigemptyset(&action.sa_mask);
	return sigaction(signo, &action, NULL) ? -errno : 0;
}

/* Blocks the signal in this thread; @saved: its mask before. */
static void interrupt_block(int signo, sigset_t *saved)
{
	sigset_t block;

	sigemptyset(&block);
	sigaddset(&block, signo);
	pthread_sigmask(SIG_BLOCK, &block, saved);
}

static int interrupt_start(struct async_queue *queue, int signo)
{
	struct async_interrupt *interrupt = &queue->interrupt;
	sigset_t saved;
	int ret;

	ret = interrupt_install(signo);
	if (ret)
		return ret;
	interrupt_block(signo, &saved);
	interrupt->thread = syscall(SYS_gettid);
	ret = async_sys_signal(queue->fd, interrupt->thread, signo);
	if (!ret) {
		interrupt->next = interrupted;
		interrupted = queue;
		atomic_store(&interrupt->signo, signo);
		/* What was posted before is not told of by the device */
		atomic_store(&queue->missed, 1);
		async_interrupt_again(queue);
	}
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
	return ret;
}

int async_interrupt_start(struct async_queue *queue, int signo)
{
	int saved = errno;
	int ret;

	if (!fork_owner(queue->token))
		return -EPERM;
	if (signo >= SIGRTMIN)
		return -EINVAL;
	if (atomic_load(&queue->interrupt.signo))
		return -EALREADY;
	ret = interrupt_start(queue, signo);
	errno = saved;
	return ret;
}

void async_interrupt_stop(struct async_queue *queue)
{
	struct async_interrupt *interrupt = &queue->interrupt;
	int signo = atomic_load(&interrupt->signo);
	struct async_queue **link = &interrupted;
	sigset_t saved;

	if (!signo)
		return;
	interrupt_block(signo, &saved);
	while (*link && *link != queue)
		link = &(*link)->interrupt.next;
	if (*link)
		*link = interrupt->next;
	atomic_store(&interrupt->signo, 0);
	/* The open file is the parent's too, who goes on with it */
	if (fork_owner(queue->token))
		async_sys_signal(queue->fd, 0, 0);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);
}
