/* SPDX-License-Identifier: MIT */
/* What the provider's section of openssl.cnf says, config(5). */
#ifndef LIB_PROVIDER_CONFIG_H
#define LIB_PROVIDER_CONFIG_H

#include <stddef.h>

/**
 * enum notification - how an application is told that a request is done
 * @NOTIFY_AUTO: by the callback of its wait ctx if it has set one, else by fd
 * @NOTIFY_FD: by fd, whether there is a callback or not
 */
enum notification {
	NOTIFY_AUTO,
	NOTIFY_FD,
};

/**
 * enum full - what becomes of an operation for which there is no room
 * @FULL_SOFTWARE: it is done in software
 * @FULL_WAIT: its job is paused until there is room
 */
enum full {
	FULL_SOFTWARE,
	FULL_WAIT,
};

/**
 * enum fallback - what becomes of an operation whose request failed
 * @FALLBACK_SOFTWARE: it is done again in software
 * @FALLBACK_ERROR: it fails
 */
enum fallback {
	FALLBACK_SOFTWARE,
	FALLBACK_ERROR,
};

/**
 * struct config - the parameters of a provider
 * @device: N of /dev/cryptosimN, 0 to 63
 * @depth: requests that each thread can have in flight, 1 to 4096; the arena
 *	has 16 KiB for each
 * @threshold: bytes; operations on fewer run in software, 0 to 1048576
 * @notification: enum notification
 * @full: enum full
 * @fallback: enum fallback
 * @summary: whether the counts are printed to standard error at exit
 *
 * Written by config_read() alone.
 */
struct config {
	unsigned int device;
	unsigned int depth;
	unsigned int threshold;
	unsigned int notification;
	unsigned int full;
	unsigned int fallback;
	unsigned int summary;
};

/**
 * typedef config_get_fn - how a parameter is asked for
 * @arg: the caller's
 * @name: the parameter
 *
 * Return: its value, NULL if the section has none.
 */
typedef const char *(*config_get_fn)(void *arg, const char *name);

/**
 * config_read() - read and check all parameters
 * @config: out: their values, or the defaults
 * @get: asks for one
 * @arg: its argument
 * @trouble: out: a sentence about the value that is wrong
 * @size: bytes at @trouble
 *
 * Return: 0; -EINVAL: @trouble says which value.
 */
int config_read(struct config *config, config_get_fn get, void *arg,
		char *trouble, size_t size);

#endif /* LIB_PROVIDER_CONFIG_H */
