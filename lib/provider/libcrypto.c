// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "libcrypto.h"

struct libcrypto libcrypto;

/* Where it lies; NULL: not found as yet. Under the lock. */
static const void *base;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Returns false if there is none. */
static bool look_up(void *object, const char *name, void *function)
{
	void *symbol = dlsym(object, name);

	/* A pointer to a function need not be convertible, but is as large */
	memcpy(function, &symbol, sizeof(symbol));
	return symbol;
}

/* Returns the name of one that is missing, or NULL. */
static const char *look_up_all(void *object)
{
	const char *missing = NULL;

#define LIBCRYPTO_FUNCTION(name)				\
	do {							\
		if (!look_up(object, #name, &libcrypto.name))	\
			missing = #name;			\
	} while (0)
#include "functions.h"
#undef LIBCRYPTO_FUNCTION
	return missing;
}

static const char *find(const Dl_info *info)
{
	const char *missing;
	void *object;

	object = dlopen(info->dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!object)
		return "libcrypto is linked into the program, not shared";
	missing = look_up_all(object);
	/* The provider's user keeps it; without one there is nothing to call */
	dlclose(object);
	if (missing)
		return missing;
	base = info->dli_fbase;
	return NULL;
}

const char *libcrypto_find(const void *upcall)
{
	const char *trouble = NULL;
	Dl_info info;

	if (!dladdr(upcall, &info))
		return "the upcalls are in no object";
	pthread_mutex_lock(&lock);
	if (!base)
		trouble = find(&info);
	else if (base != info.dli_fbase)
		trouble = "another libcrypto of this process has it already";
	pthread_mutex_unlock(&lock);
	return trouble;
}
