/* SPDX-License-Identifier: MIT */
/*
 * What tests of the OpenSSL provider need: library contexts that have it, jobs,
 * and its counters. Whatever goes wrong in here fails the test.
 */
#ifndef PROVIDER_HARNESS_H
#define PROVIDER_HARNESS_H

#include <openssl/async.h>
#include <openssl/evp.h>
#include <openssl/provider.h>
#include "provider/counters.h"

/* Where the provider lies in the guest */
#define HARNESS_MODULE	"/cryptosim.so"

/**
 * harness_open() - a library context with the provider and the default one
 * @section: lines of the provider's section in openssl.cnf; NULL: none
 *
 * Return: the context, whose default properties are "?provider=cryptosim".
 */
OSSL_LIB_CTX *harness_open(const char *section);

/**
 * harness_config() - write the openssl.cnf that harness_open() reads
 * @section: as there
 * @path: out: the file's name
 * @size: bytes at @path
 */
void harness_config(const char *section, char *path, size_t size);

/**
 * struct harness_job - a function that runs in a job
 * @job: the job, while it is paused
 * @ctx: its wait ctx
 * @pauses: how often it was paused so far
 * @ret: what the function returned
 */
struct harness_job {
	ASYNC_JOB *job;
	ASYNC_WAIT_CTX *ctx;
	unsigned int pauses;
	int ret;
};

/**
 * harness_start() - start a job, or resume it
 * @job: the job
 * @function: what it runs
 * @arg: its argument, which stays where it is
 *
 * Return: true if it was paused, false when it has ended.
 */
bool harness_start(struct harness_job *job, int (*function)(void *arg),
		   void *arg);

/**
 * harness_wait() - wait until the fd of a paused job is readable
 * @job: the job, whose ctx must have one fd, not more and not less
 */
void harness_wait(const struct harness_job *job);

/**
 * harness_run() - run a job from beginning to end
 * @function: what it runs
 * @arg: its argument
 *
 * Return: how often it was paused. A function that does not return 1 fails the
 * test.
 */
unsigned int harness_run(int (*function)(void *arg), void *arg);

/**
 * harness_fd() - the only fd of a wait ctx
 * @ctx: the wait ctx
 *
 * Return: the fd.
 */
int harness_fd(ASYNC_WAIT_CTX *ctx);

/**
 * harness_count() - how many operations of this process ended in one way
 * @name: the algorithm's; NULL: all of them
 * @outcome: the way
 *
 * Return: the count; 0 if the process has counted nothing at all.
 */
uint64_t harness_count(const char *name, enum outcome outcome);

/**
 * harness_sessions() - how many sessions this process has in its counters
 *
 * Return: the count.
 */
unsigned int harness_sessions(void);

/**
 * harness_queues() - how many queues the device has
 *
 * Return: the count.
 */
unsigned int harness_queues(void);

/**
 * harness_random() - bytes that are the same in every run
 * @mem: out
 * @len: how many
 * @seed: others for each
 */
void harness_random(uint8_t *mem, size_t len, uint32_t seed);

#endif /* PROVIDER_HARNESS_H */
