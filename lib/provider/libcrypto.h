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

/* Every function of libcrypto that is used; OpenSSL 3.0 has them all. */
#define LIBCRYPTO_FUNCTIONS(X)			\
	X(ASYNC_get_current_job)		\
	X(ASYNC_get_wait_ctx)			\
	X(ASYNC_pause_job)			\
	X(ASYNC_WAIT_CTX_clear_fd)		\
	X(ASYNC_WAIT_CTX_get_callback)		\
	X(ASYNC_WAIT_CTX_get_fd)		\
	X(ASYNC_WAIT_CTX_get_status)		\
	X(ASYNC_WAIT_CTX_set_status)		\
	X(ASYNC_WAIT_CTX_set_wait_fd)		\
	X(ERR_pop_to_mark)			\
	X(ERR_set_mark)				\
	X(EVP_CIPHER_CTX_copy)			\
	X(EVP_CIPHER_CTX_free)			\
	X(EVP_CIPHER_CTX_get_params)		\
	X(EVP_CIPHER_CTX_new)			\
	X(EVP_CIPHER_CTX_set_padding)		\
	X(EVP_CIPHER_CTX_set_params)		\
	X(EVP_CIPHER_fetch)			\
	X(EVP_CIPHER_free)			\
	X(EVP_CIPHER_get_params)		\
	X(EVP_CIPHER_gettable_ctx_params)	\
	X(EVP_CIPHER_gettable_params)		\
	X(EVP_CIPHER_settable_ctx_params)	\
	X(EVP_CipherFinal_ex)			\
	X(EVP_CipherInit_ex2)			\
	X(EVP_CipherUpdate)			\
	X(EVP_MAC_CTX_dup)			\
	X(EVP_MAC_CTX_free)			\
	X(EVP_MAC_CTX_new)			\
	X(EVP_MAC_CTX_set_params)		\
	X(EVP_MAC_fetch)			\
	X(EVP_MAC_final)			\
	X(EVP_MAC_free)				\
	X(EVP_MAC_init)				\
	X(EVP_MAC_update)			\
	X(OSSL_LIB_CTX_free)			\
	X(OSSL_LIB_CTX_new)			\
	X(OSSL_PARAM_get_size_t)		\
	X(OSSL_PARAM_get_uint)			\
	X(OSSL_PARAM_locate)			\
	X(OSSL_PARAM_locate_const)		\
	X(OSSL_PARAM_set_int)			\
	X(OSSL_PARAM_set_octet_ptr)		\
	X(OSSL_PARAM_set_octet_string)		\
	X(OSSL_PARAM_set_size_t)		\
	X(OSSL_PARAM_set_uint)			\
	X(OSSL_PARAM_set_utf8_ptr)		\
	X(OSSL_PROVIDER_load)			\
	X(OSSL_PROVIDER_unload)			\
	X(RAND_bytes_ex)

#define LIBCRYPTO_MEMBER(name)	__typeof__(name) *name;

/**
 * struct libcrypto - its functions, under their own names
 *
 * Written once, by libcrypto_find(), before anything else of the provider runs.
 */
struct libcrypto {
	LIBCRYPTO_FUNCTIONS(LIBCRYPTO_MEMBER)
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
