/* SPDX-License-Identifier: MIT */
/*
 * A lock, and a count of events to wait for, that a signal handler may use.
 *
 * Where completions are reaped by a signal handler, what it interrupts may hold
 * any lock, so it only tries. POSIX does not let it do so with a mutex of
 * pthreads; these are bare atomics and futex(2). Neither needs destroying, so
 * that a child of fork() may leave one that is held by a thread it has not.
 */
#ifndef LIB_CORE_LOCK_H
#define LIB_CORE_LOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * enum lock_state - what a lock's word says
 * @LOCK_FREE: nobody holds it
 * @LOCK_HELD: somebody does, and nobody sleeps for it
 * @LOCK_AWAITED: somebody does, and others may sleep
 */
enum lock_state {
	LOCK_FREE,
	LOCK_HELD,
	LOCK_AWAITED,
};

/**
 * struct async_lock - a lock
 * @word: enum lock_state; all zero is a free one
 */
struct async_lock {
	_Atomic uint32_t word;
};

/**
 * struct async_event - something that happens again and again
 * @count: how often it did; all zero is a good start
 */
struct async_event {
	_Atomic uint32_t count;
};

/* Out of line: lock_take() where it is held, lock_drop() where it is awaited */
void async_lock_sleep(struct async_lock *lock);
void async_lock_wake(struct async_lock *lock);

/**
 * async_event_sleep() - wait until the event happens
 * @event: the event
 * @count: event_count() when the caller last looked at what it is about
 *
 * Returns at once if it has happened since; may also return for no reason.
 */
void async_event_sleep(struct async_event *event, uint32_t count);

/**
 * async_event_happen() - let it happen, and wake all who wait for it
 * @event: the event
 *
 * Async-signal-safe.
 */
void async_event_happen(struct async_event *event);

/**
 * lock_try() - take a lock if it is free
 * @lock: the lock
 *
 * Async-signal-safe.
 *
 * Return: true if the caller holds it now.
 */
static inline bool lock_try(struct async_lock *lock)
{
	uint32_t free = LOCK_FREE;

	return atomic_compare_exchange_strong(&lock->word, &free, LOCK_HELD);
}

/**
 * lock_take() - take a lock
 * @lock: the lock; waited for, so that what holds it must not be what the
 *	caller, a signal handler, interrupts
 */
static inline void lock_take(struct async_lock *lock)
{
	if (!lock_try(lock))
		async_lock_sleep(lock);
}

/**
 * lock_drop() - give a lock back
 * @lock: the lock
 *
 * Async-signal-safe.
 */
static inline void lock_drop(struct async_lock *lock)
{
	if (atomic_exchange(&lock->word, LOCK_FREE) == LOCK_AWAITED)
		async_lock_wake(lock);
}

/**
 * event_count() - to be asked before a look at what the event is about
 * @event: the event
 *
 * Return: for async_event_sleep().
 */
static inline uint32_t event_count(const struct async_event *event)
{
	return atomic_load(&event->count);
}

#endif /* LIB_CORE_LOCK_H */
