// SPDX-License-Identifier: MIT
/* As much of a newer libcrypto as newer.c needs; stub.map has the version. */
#include <openssl/async.h>

int ASYNC_set_mem_functions(ASYNC_stack_alloc_fn alloc_fn,
			    ASYNC_stack_free_fn free_fn)
{
	(void)alloc_fn;
	(void)free_fn;
	return 22;
}
