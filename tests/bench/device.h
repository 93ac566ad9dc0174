/* SPDX-License-Identifier: MIT */
/* A queue with requests that are done again and again, for our ways. */
#ifndef BENCH_DEVICE_H
#define BENCH_DEVICE_H

#include <libasync/async.h>
#include "bench.h"

/* With a session each; others have BENCH_MAX_DEPTH */
#define DEVICE_MAX_SLOTS 16384u

struct device;

/**
 * struct device_slot - what a callback is called with
 * @dev: the device
 * @index: the slot's
 */
struct device_slot {
	struct device *dev;
	unsigned int index;
};

/**
 * struct device - a queue and its slots, a request each
 * @run: who uses it
 * @queue: the queue
 * @key: the key, if the kind has one
 * @depth: how many slots
 * @ops: what each does, ready to be prepared; in the arena
 * @requests: the request of each
 * @sessions: of each, where the way wants that, else NULL
 * @slots: of each, for its callback
 * @begin_ns: when it was submitted
 * @now: bench_stamp() at the first callback of those that run together
 * @freed: slots that were collected and not prepared again
 * @freed_count: how many
 * @flying: slots that were not collected
 * @fd: an epoll of all sessions, or an eventfd; -1: none
 * @told: slots that the poller thread told of, a ring
 * @told_head: how many were taken from it; the application's
 * @told_tail: how many were put there; the poller thread's
 * @asleep: the application is about to read @fd
 *
 * The application's thread's own, but for what is the poller thread's.
 */
struct device {
	struct bench_run *run;
	struct async_queue *queue;
	struct async_key key;
	unsigned int depth;
	struct async_op ops[DEVICE_MAX_SLOTS];
	struct async_request *requests[DEVICE_MAX_SLOTS];
	struct async_session *sessions[DEVICE_MAX_SLOTS];
	struct device_slot slots[DEVICE_MAX_SLOTS];
	uint64_t begin_ns[DEVICE_MAX_SLOTS];
	uint64_t now;
	unsigned int freed[DEVICE_MAX_SLOTS];
	unsigned int freed_count;
	unsigned int flying;
	int fd;
	unsigned int told[BENCH_MAX_DEPTH];
	unsigned int told_head;
	_Atomic unsigned int told_tail;
	_Atomic bool asleep;
};

/**
 * device_open() - a queue, a key, and slots without sessions
 * @run: for whom; its @state becomes the device
 *
 * Return: the device. Ends the program where there is none.
 */
struct device *device_open(struct bench_run *run);

/* Gives each slot a session, with that callback or, NULL, without one */
void device_sessions(struct device *dev, async_callback_fn callback);

/* Frees it, sessions and all */
void device_close(struct bench_run *run);

/* All slots are to be submitted */
void device_free_all(struct device *dev);

/* Prepares the slots in @freed again; the caller submits */
void device_prepare(struct device *dev);

/**
 * device_collect() - take a slot's result, which is to be a good one
 * @dev: the device
 * @slot: the slot, whose request is done
 * @now: bench_stamp()
 */
static inline void device_collect(struct device *dev, unsigned int slot,
				  uint64_t now)
{
	int ret = async_collect(dev->requests[slot]);

	if (ret < 0)
		bench_check(ret, "request");
	dev->flying--;
	dev->freed[dev->freed_count++] = slot;
	bench_done(dev->run, dev->begin_ns[slot], now);
}

#endif /* BENCH_DEVICE_H */
