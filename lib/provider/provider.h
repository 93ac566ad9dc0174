/* SPDX-License-Identifier: MIT */
/* The provider itself, provider(7): one for each library context that has it. */
#ifndef LIB_PROVIDER_PROVIDER_H
#define LIB_PROVIDER_PROVIDER_H

#include <pthread.h>
#include <stdatomic.h>
#include <openssl/core.h>
#include <openssl/core_dispatch.h>

#include "ciphers.h"
#include "config.h"

struct process;

/**
 * enum reason - what our entries in the error queue are about
 * @REASON_CONFIG: a value in openssl.cnf
 * @REASON_LIBCRYPTO: the application's libcrypto is none to work with
 * @REASON_DEVICE: the device failed an operation, and that is to be an error
 * @REASON_ARGUMENT: a call that the cipher can't serve
 */
enum reason {
	REASON_CONFIG = 1,
	REASON_LIBCRYPTO,
	REASON_DEVICE,
	REASON_ARGUMENT,
};

/**
 * struct provider - one initialisation of the provider
 * @core: libcrypto's handle for it; only read, as all up to @algorithms
 * @new_error: upcalls for the error queue
 * @set_error_debug: likewise
 * @vset_error: likewise
 * @config: what openssl.cnf says
 * @queue_key: each thread's struct device_queue
 * @algorithms: what is offered, ended by a row without names
 * @process: what this process has of the device; a child makes its own
 */
struct provider {
	const OSSL_CORE_HANDLE *core;
	OSSL_FUNC_core_new_error_fn *new_error;
	OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
	OSSL_FUNC_core_vset_error_fn *vset_error;
	struct config config;
	pthread_key_t queue_key;
	OSSL_ALGORITHM algorithms[CIPHERS + 1];
	struct process *_Atomic process;
};

/**
 * provider_error() - put an entry into the thread's error queue
 * @provider: the provider
 * @reason: enum reason
 * @format: printf(3)'s: what is wrong, with the value
 *
 * Never before a pause: the queue is the thread's, and other jobs would find
 * the entry.
 */
void provider_error(const struct provider *provider, enum reason reason,
		    const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif /* LIB_PROVIDER_PROVIDER_H */
