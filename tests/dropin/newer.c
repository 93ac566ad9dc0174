// SPDX-License-Identifier: MIT
/*
 * What came with OpenSSL 3.2. Prints what ASYNC_set_mem_functions() returned,
 * which is 22 from the libcrypto that stub.c makes.
 */
#include <openssl/async.h>
#include <stdio.h>

int main(void)
{
	printf("%d\n", ASYNC_set_mem_functions(NULL, NULL));
	return 0;
}
