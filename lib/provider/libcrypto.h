/* SPDX-License-Identifier: MIT */
/*
 * The application's libcrypto, whichever version that is. The provider is
 * linked with none: a second one beside the application's has no jobs, and
 * everything would silently run synchronously. So each function is looked up,
 * once, in the object that the provider's upcalls lie in.
 */
#ifndef LIB_PROVIDER_LIBCRYPTO_H
#define LIB_PROVIDER_LIBCRYPTO_H

#include <openssl/async.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/prov_ssl.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

/**
 * struct libcrypto - its functions, under their own names
 *
 * Written once, by libcrypto_find(), before anything else of the provider runs.
 */
struct libcrypto {
#define LIBCRYPTO_FUNCTION(name) struct { __typeof__(name) *(name); }
#include "functions.h"
#undef LIBCRYPTO_FUNCTION
};

extern struct libcrypto libcrypto;

/**
 * libcrypto_find() - look the functions up
 * @upcall: a function of the application's libcrypto
 *
 * A process may hold two libcryptos; the provider serves the first that
 * initialises it. Any thread.
 *
 * Return: NULL if all is well, else what is not.
 */
const char *libcrypto_find(const void *upcall);

#endif /* LIB_PROVIDER_LIBCRYPTO_H */
