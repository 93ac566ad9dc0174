// SPDX-License-Identifier: MIT
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>

#include "ciphers.h"
#include "libcrypto.h"
#include "software.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Under the lock, the last two: how many opened it, and what they hold */
static unsigned int users;
static OSSL_PROVIDER *provider;

/* Set while there are users; fetched at first use, by any thread */
static OSSL_LIB_CTX *libctx;
static EVP_CIPHER *_Atomic fetched[CIPHERS];
static EVP_MAC *_Atomic hmac;

static int libctx_open(void)
{
	libctx = libcrypto.OSSL_LIB_CTX_new();
	if (!libctx)
		return -ENOMEM;
	provider = libcrypto.OSSL_PROVIDER_load(libctx, "default");
	if (!provider) {
		libcrypto.OSSL_LIB_CTX_free(libctx);
		return -ENOMEM;
	}
	return 0;
}

static void libctx_close(void)
{
	unsigned int i;

	for (i = 0; i < CIPHERS; i++)
		libcrypto.EVP_CIPHER_free(atomic_exchange(&fetched[i], NULL));
	libcrypto.EVP_MAC_free(atomic_exchange(&hmac, NULL));
	libcrypto.OSSL_PROVIDER_unload(provider);
	libcrypto.OSSL_LIB_CTX_free(libctx);
}

int software_open(void)
{
	int ret = 0;

	pthread_mutex_lock(&lock);
	if (!users)
		ret = libctx_open();
	if (!ret)
		users++;
	pthread_mutex_unlock(&lock);
	return ret;
}

void software_close(void)
{
	pthread_mutex_lock(&lock);
	if (!--users)
		libctx_close();
	pthread_mutex_unlock(&lock);
}

const EVP_CIPHER *software_cipher(unsigned int index)
{
	EVP_CIPHER *cipher = atomic_load(&fetched[index]);
	EVP_CIPHER *none = NULL;

	if (cipher)
		return cipher;
	libcrypto.ERR_set_mark();
	cipher = libcrypto.EVP_CIPHER_fetch(libctx, ciphers[index].name, NULL);
	libcrypto.ERR_pop_to_mark();
	if (!cipher || atomic_compare_exchange_strong(&fetched[index], &none,
						      cipher))
		return cipher;
	/* Another thread was faster */
	libcrypto.EVP_CIPHER_free(cipher);
	return none;
}

EVP_MAC *software_hmac(void)
{
	EVP_MAC *mac = atomic_load(&hmac);
	EVP_MAC *none = NULL;

	if (mac)
		return mac;
	mac = libcrypto.EVP_MAC_fetch(libctx, "HMAC", NULL);
	if (!mac || atomic_compare_exchange_strong(&hmac, &none, mac))
		return mac;
	libcrypto.EVP_MAC_free(mac);
	return none;
}

int software_random(void *out, size_t len)
{
	return libcrypto.RAND_bytes_ex(libctx, out, len, 0) > 0;
}
