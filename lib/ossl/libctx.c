// SPDX-License-Identifier: MIT
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#include "libctx.h"

#define NAME "OSSL_LIB_CTX_set0_default"

_Atomic libctx_fn async_libctx_swap;

/* Where it is if only a plugin, or another library, sees it. */
static const char *const libraries[] = { "libcrypto.so.3", "libcrypto.so.4" };

/* The function, in a library that is then never unloaded; or NULL. */
static void *find(void)
{
	const int flags = RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE;
	void *symbol = dlsym(RTLD_DEFAULT, NAME);
	void *library;
	Dl_info info;
	size_t i;

	if (symbol) {
		/* The handle is kept: that is what NODELETE means here */
		if (dladdr(symbol, &info))
			dlopen(info.dli_fname, flags);
		return symbol;
	}
	for (i = 0; i < sizeof(libraries) / sizeof(*libraries); i++) {
		library = dlopen(libraries[i], flags);
		if (library)
			return dlsym(library, NAME);
	}
	return NULL;
}

void async_libctx_find(void)
{
	if (atomic_load_explicit(&async_libctx_swap, memory_order_relaxed))
		return;
	atomic_store_explicit(&async_libctx_swap,
			      (libctx_fn)(uintptr_t)find(),
			      memory_order_relaxed);
}
