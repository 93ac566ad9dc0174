// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

#include "libcrypto.h"

#define LIBCRYPTO_ROW(name)	{ #name, offsetof(struct libcrypto, name) },

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
	LIBCRYPTO_FUNCTIONS(LIBCRYPTO_ROW)
};

struct libcrypto libcrypto;

/* Where it lies; NULL: not found as yet. Under the lock. */
static const void *base;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static const char *look_up(void *object)
{
	size_t i;

	for (i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
		void *symbol = dlsym(object, functions[i].name);

		if (!symbol)
			return functions[i].name;
		memcpy((char *)&libcrypto + functions[i].offset, &symbol,
		       sizeof(symbol));
	}
	return NULL;
}

static const char *find(const Dl_info *info)
{
	const char *missing;
	void *object;

	object = dlopen(info->dli_fname, RTLD_LAZY | RTLD_NOLOAD);
	if (!object)
		return "libcrypto is linked into the program, not shared";
	missing = look_up(object);
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
