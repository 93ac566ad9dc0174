/* SPDX-License-Identifier: MIT */
/*
 * The smallest client of a device: the ioctls and the shared memory of
 * <linux/cryptosim.h>, and no check of what it is told to do. For tests of the
 * device itself, which need to do what a sane client never does.
 *
 * Functions return a value or a negative errno; nothing is printed. A queue
 * has one thread that pushes and one that reaps; the rest is up to the test.
 */
#ifndef COMMON_RAW_H
#define COMMON_RAW_H

#include <linux/cryptosim.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer than anything takes that works at all: to fail instead of hanging */
#define RAW_WATCHDOG_NS	30000000000ull
#define RAW_WATCHDOG_MS	30000
#define RAW_FOREVER	UINT64_MAX

/**
 * struct raw_queue - a queue, and where its words are in our memory
 * @fd: the open file
 * @setup: what CRYPTOSIM_IOC_SETUP gave
 * @device: the mapping that the device writes
 * @user: the mapping that we write
 * @arena: the data; NULL if its size is 0
 * @sq_head: in @device: SQEs taken
 * @sq_flags: in @device: CRYPTOSIM_SQ_NEED_WAKEUP
 * @cq_tail: in @device: CQEs posted
 * @cqes: in @device
 * @done: in @device: completions of each session
 * @sq_tail: in @user: SQEs published
 * @cq_head: in @user: CQEs reaped
 * @sqes: in @user
 * @consumed: in @user: completions of each session that were collected
 */
struct raw_queue {
	int fd;
	struct cryptosim_setup setup;
	void *device;
	void *user;
	unsigned char *arena;
	const uint32_t *sq_head;
	const uint32_t *sq_flags;
	const uint32_t *cq_tail;
	const struct cryptosim_cqe *cqes;
	const uint32_t *done;
	uint32_t *sq_tail;
	uint32_t *cq_head;
	struct cryptosim_sqe *sqes;
	uint32_t *consumed;
};

/**
 * struct raw_field - a field of a struct of the UAPI, and a value for it
 * @offset: in the struct, bytes
 * @size: of the field, bytes: 1, 2, 4 or 8; 0: no field
 * @value: for it
 */
struct raw_field {
	size_t offset;
	size_t size;
	uint64_t value;
};

/* An initializer for a struct raw_field; the field is one of a struct at 0 */
#define RAW_FIELD(field, number) { \
	.offset = (uintptr_t)&(field), \
	.size = sizeof(field), \
	.value = (number), \
}

/**
 * raw_set() - set a field
 * @object: the struct
 * @field: which, and to what
 */
void raw_set(void *object, const struct raw_field *field);

/* A word that another CPU writes; what was written before it is seen as well */
static inline uint32_t raw_load(const uint32_t *word)
{
	/* Partner: the device's store-release of its words */
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

/* A word that another CPU reads; what was done before comes before it */
static inline void raw_store(uint32_t *word, uint32_t value)
{
	/* Partner: the device's load-acquire of ours */
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/**
 * raw_ioctl() - an ioctl
 * @fd: a device's
 * @cmd: CRYPTOSIM_IOC_*, or anything
 * @arg: its argument
 *
 * Return: what it returns, or a negative errno.
 */
int raw_ioctl(int fd, unsigned long cmd, void *arg);

/**
 * raw_node() - open /dev/cryptosimN
 * @device: N
 *
 * Return: the fd, O_CLOEXEC, or a negative errno.
 */
int raw_node(unsigned int device);

/**
 * raw_setup() - make a queue of an fd: CRYPTOSIM_IOC_SETUP and the mappings
 * @queue: filled
 * @fd: what raw_node() gave; the queue's from now on where this succeeds
 * @sizes: flags, sizes and limits; NULL: 64 SQEs and CQEs, 16 keys, 16 sessions
 *	and 64 KiB of arena
 *
 * Return: 0 or a negative errno.
 */
int raw_setup(struct raw_queue *queue, int fd,
	      const struct cryptosim_setup *sizes);

/**
 * raw_open() - raw_node() and raw_setup()
 * @queue: filled
 * @device: N of /dev/cryptosimN
 * @sizes: as for raw_setup()
 *
 * Return: 0 or a negative errno.
 */
int raw_open(struct raw_queue *queue, unsigned int device,
	     const struct cryptosim_setup *sizes);

/**
 * raw_map() - map the three parts of a queue that is set up
 * @queue: fd and setup are known; the rest is filled
 *
 * Return: 0 or a negative errno.
 */
int raw_map(struct raw_queue *queue);

/**
 * raw_unmap() - unmap them
 * @queue: the queue
 */
void raw_unmap(struct raw_queue *queue);

/**
 * raw_close() - unmap and close
 * @queue: the queue
 *
 * The kernel frees what it holds some time later.
 */
void raw_close(struct raw_queue *queue);

/**
 * raw_key() - make a key whose material is 0, 1, 2, ...
 * @queue: the queue
 * @alg: its algorithm
 * @key_len: bytes of material
 * @id: out
 *
 * Return: 0 or a negative errno.
 */
int raw_key(const struct raw_queue *queue, uint32_t alg, uint32_t key_len,
	    uint32_t *id);

/**
 * raw_session() - make a session that has nothing to collect
 * @queue: the queue
 * @session: out; its fd is the caller's to close
 *
 * Return: 0 or a negative errno.
 */
int raw_session(const struct raw_queue *queue,
		struct cryptosim_session_add *session);

/**
 * raw_push() - publish an SQE
 * @queue: the queue; there is room
 * @sqe: the SQE
 */
void raw_push(struct raw_queue *queue, const struct cryptosim_sqe *sqe);

/**
 * raw_need_wakeup() - whether the doorbell has to be rung for what was pushed
 * @queue: the queue
 *
 * Return: true if so.
 */
bool raw_need_wakeup(const struct raw_queue *queue);

/**
 * raw_ring() - CRYPTOSIM_IOC_DOORBELL
 * @queue: the queue
 * @submit: as there
 * @wait: as there, beyond what was reaped so far
 * @timeout_ns: as there
 *
 * Return: CQEs to reap, or a negative errno.
 */
int raw_ring(const struct raw_queue *queue, uint32_t submit, uint32_t wait,
	     uint64_t timeout_ns);

/**
 * raw_ring_lazy() - CRYPTOSIM_IOC_DOORBELL, by who is going to sleep
 * @queue: the queue
 * @submit: as there
 *
 * Return: CQEs to reap, or a negative errno.
 */
int raw_ring_lazy(const struct raw_queue *queue, uint32_t submit);

/**
 * raw_reap() - take a CQE
 * @queue: the queue
 * @cqe: out; may be NULL
 *
 * Return: false if there is none.
 */
bool raw_reap(struct raw_queue *queue, struct cryptosim_cqe *cqe);

/**
 * raw_reap_all() - take all CQEs that are there, and look at none
 * @queue: the queue
 *
 * Return: how many.
 */
unsigned int raw_reap_all(struct raw_queue *queue);

/**
 * raw_run() - one request from end to end, while no other is under way
 * @queue: the queue
 * @sqe: the request
 * @cqe: out: its completion; may be NULL
 *
 * Return: 0; -ETIME: the watchdog's; another errno of the doorbell.
 */
int raw_run(struct raw_queue *queue, const struct cryptosim_sqe *sqe,
	    struct cryptosim_cqe *cqe);

#endif /* COMMON_RAW_H */
