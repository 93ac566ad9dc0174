/* SPDX-License-Identifier: MIT */
/*
 * What tests in the guest need around a device: the module, its figures,
 * children and threads. A test that uses a function fails where that can't do
 * its work, so nothing is returned to be checked.
 */
#ifndef COMMON_GUEST_H
#define COMMON_GUEST_H

#include <stdint.h>
#include <sys/types.h>
#include "control/control.h"

struct cryptosim_sqe;
struct raw_queue;

/**
 * guest_load() - load the module, anew if need be
 * @params: its parameters, as control_load() takes them
 */
void guest_load(const char *params);

/**
 * guest_unload() - unload the module, which nothing may be using
 */
void guest_unload(void);

/**
 * guest_stats() - what a device counted since the module was loaded
 * @device: N of /dev/cryptosimN
 *
 * Return: the counters.
 */
struct control_stats guest_stats(unsigned int device);

/**
 * guest_queues_gone() - wait until nothing is left of a device's queues
 * @device: N of /dev/cryptosimN
 */
void guest_queues_gone(unsigned int device);

/**
 * guest_rounds() - how often to do what is done very often
 * @count: on a stock kernel
 *
 * A kernel that checks itself is that many times slower as CRYPTOSIM_SLOWER in
 * the environment, from the kernel's command line, says.
 *
 * Return: the count for this kernel, at least 1.
 */
unsigned int guest_rounds(unsigned int count);

/**
 * guest_wait() - wait for a word to become what it has to become
 * @word: another CPU writes it
 * @value: what is expected; a counter may be beyond it already
 */
void guest_wait(const uint32_t *word, uint32_t value);

/**
 * guest_child() - run a function in a child of fork()
 * @function: gives the child's exit status, 0 if all was well
 * @arg: its argument
 *
 * The test fails if the status is not 0 and says what it is.
 */
void guest_child(int (*function)(void *arg), void *arg);

/**
 * guest_asleep() - wait until a thread of this process sleeps
 * @tid: its id
 */
void guest_asleep(pid_t tid);

/**
 * guest_engine() - the thread of the first device's first engine
 *
 * Return: its process id.
 */
pid_t guest_engine(void);

/**
 * guest_run() - one request from end to end, which goes through
 * @queue: the queue, that has no other under way
 * @sqe: the request
 *
 * Return: its result.
 */
int guest_run(struct raw_queue *queue, const struct cryptosim_sqe *sqe);

#endif /* COMMON_GUEST_H */
