/* SPDX-License-Identifier: MIT */
/*
 * A thread that stands for a device: it completes a request when it is let, and
 * tells so by the callback or the fd that the request came with.
 */
#ifndef CONFORMANCE_DEVICE_H
#define CONFORMANCE_DEVICE_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include "api.h"
#include "row.h"

/**
 * struct device - the thread and its one request
 * @callback: how to tell, if not NULL. Of the submitter's, until @go
 * @arg: its argument. Likewise
 * @fd: to be written a byte to where @callback is NULL. Likewise
 * @check: called first, if not NULL, in the device's thread. Set once
 * @go: posted by whoever lets the device complete the request
 * @told: posted by the device when it has told
 * @done: set by the device before it tells; cleared by the submitter
 * @thread: the device
 */
struct device {
	ASYNC_callback_fn callback;
	void *arg;
	int fd;
	void (*check)(void);
	sem_t go;
	sem_t told;
	atomic_bool done;
	pthread_t thread;
};

/**
 * device_start() - start the thread, which lives to the end of the process
 * @device: all zero but for @check
 */
void device_start(struct device *device);

/* sem_wait(), signals or not. */
void wait_for(sem_t *sem);

#endif /* CONFORMANCE_DEVICE_H */
