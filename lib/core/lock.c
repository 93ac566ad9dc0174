// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lock.h"

/* Why it returns says nothing that its callers do not look at themselves. */
static void futex(_Atomic uint32_t *word, int op, uint32_t value)
{
	int saved = errno;

	syscall(SYS_futex, word, op | FUTEX_PRIVATE_FLAG, value, NULL, NULL, 0);
	errno = saved;
}

void async_lock_sleep(struct async_lock *lock)
{
	/* Who gets it this way takes it for awaited: it may not be the only one */
	while (atomic_exchange(&lock->word, LOCK_AWAITED) != LOCK_FREE)
		futex(&lock->word, FUTEX_WAIT, LOCK_AWAITED);
}

void async_lock_wake(struct async_lock *lock)
{
	futex(&lock->word, FUTEX_WAKE, 1);
}

void async_event_sleep(struct async_event *event, uint32_t count)
{
	futex(&event->count, FUTEX_WAIT, count);
}

void async_event_happen(struct async_event *event)
{
	atomic_fetch_add(&event->count, 1);
	futex(&event->count, FUTEX_WAKE, INT_MAX);
}
