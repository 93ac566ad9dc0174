/* SPDX-License-Identifier: MIT */
/*
 * A device that is none: what the library's system calls meet in unit tests.
 *
 * Its mappings are those of a memfd, so that the library maps them as it would
 * a device's. It executes when a test says so, or in a thread of its own. A
 * program that refers to any function here gets it in place of the kernel's.
 *
 * Its one cipher, whatever the algorithm: each byte XOR 0x5a; the tag or digest
 * is the sum of all bytes of AAD and ciphertext (or text) and of the index of
 * the byte, likewise modulo 256.
 */
#ifndef TESTS_COMMON_FAKEDEV_H
#define TESTS_COMMON_FAKEDEV_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/cryptosim.h>

#define FAKEDEV_KEYS 16

/**
 * struct fakedev - the other end of a queue
 * @fd: the queue's
 * @owner: the process that set it up
 * @setup: its size
 * @sq_head: as the UAPI header has them, as all up to @consumed
 * @sq_flags: NEED_WAKEUP from the start
 * @cq_tail: like @sq_head
 * @sq_tail: likewise
 * @cq_head: likewise
 * @cqes: likewise
 * @sqes: likewise
 * @done: likewise
 * @watch: likewise
 * @consumed: likewise
 * @arena: the data
 * @keys: by id - 1; alg, lengths and id (0: none)
 * @sessions: how many there were
 * @ioctls: how many there were, good or bad
 * @doorbells: how many rang to submit
 * @waits: how many rang to wait
 * @watches: how many sessions were announced as the watch
 * @signo: the signal that tells of CQEs; 0: none. Under @lock
 * @signalled: the thread that gets it; likewise
 * @stops: how many CRYPTOSIM_IOC_STOP
 * @stopped: by one of these
 * @hung: somebody waited for what never comes
 * @backwards: complete in the reverse order of a fakedev_run()
 * @idle: nothing is executed while somebody waits; else all of it, unless a
 *	thread does
 * @fail: what ioctls return in place of doing anything, if not 0
 * @on_doorbell: called before a doorbell does anything
 * @lock: guards the posting of CQEs; @posted goes with it
 * @posted: signalled when CQEs were posted, or the device stopped
 * @event: eventfd, likewise
 * @thread: see fakedev_start()
 * @quit: ends it
 *
 * In memory that a child shares.
 */
struct fakedev {
	int fd;
	pid_t owner;
	struct cryptosim_setup setup;
	_Atomic uint32_t *sq_head;
	_Atomic uint32_t *sq_flags;
	_Atomic uint32_t *cq_tail;
	_Atomic uint32_t *sq_tail;
	_Atomic uint32_t *cq_head;
	struct cryptosim_cqe *cqes;
	struct cryptosim_sqe *sqes;
	_Atomic uint32_t *done;
	_Atomic uint32_t *watch;
	_Atomic uint32_t *consumed;
	uint8_t *arena;
	struct cryptosim_key_add keys[FAKEDEV_KEYS];
	atomic_uint sessions;
	atomic_uint ioctls;
	unsigned int doorbells;
	unsigned int waits;
	atomic_uint watches;
	int signo;
	int signalled;
	unsigned int stops;
	bool stopped;
	bool hung;
	bool backwards;
	bool idle;
	int fail;
	void (*on_doorbell)(struct fakedev *dev,
			    const struct cryptosim_doorbell *bell);
	pthread_mutex_t lock;
	pthread_cond_t posted;
	int event;
	pthread_t thread;
	atomic_bool quit;
};

/**
 * fakedev_first_index() - where the rings of queues opened from now on begin
 * @index: the first value of all four indices; 0 unless this is called
 */
void fakedev_first_index(uint32_t index);

/**
 * fakedev_fail_first() - what the first ioctl of queues opened from now on gives
 * @error: a negative errno
 */
void fakedev_fail_first(int error);

/**
 * fakedev_of() - the device at the other end
 * @fd: a queue's fd
 *
 * Return: the device.
 */
struct fakedev *fakedev_of(int fd);

/**
 * fakedev_run() - take SQEs, execute them, post their CQEs
 * @dev: the device
 * @max: how many at most
 *
 * Return: how many.
 */
unsigned int fakedev_run(struct fakedev *dev, unsigned int max);

/**
 * fakedev_post() - post a CQE
 * @dev: the device
 * @user_data: what is in it
 * @result: likewise
 */
void fakedev_post(struct fakedev *dev, uint64_t user_data, int result);

/**
 * fakedev_start() - run in a thread from now on, until fakedev_stop()
 * @dev: the device
 *
 * The thread polls the SQ: NEED_WAKEUP is not set then.
 */
void fakedev_start(struct fakedev *dev);

/**
 * fakedev_stop() - end that thread
 * @dev: the device
 */
void fakedev_stop(struct fakedev *dev);

#endif /* TESTS_COMMON_FAKEDEV_H */
