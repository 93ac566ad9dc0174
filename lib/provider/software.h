/* SPDX-License-Identifier: MIT */
/*
 * The default provider's implementations, in a library context of our own: what
 * an application has loaded, or set as its default properties, is nothing to
 * it, and none of our own ciphers is found there.
 */
#ifndef LIB_PROVIDER_SOFTWARE_H
#define LIB_PROVIDER_SOFTWARE_H

#include <openssl/types.h>

/**
 * software_open() - have them, until software_close()
 *
 * Counted: each open has its close. Any thread.
 *
 * Return: 0; -ENOMEM: libcrypto could not.
 */
int software_open(void);

/**
 * software_close() - the end of one software_open()
 *
 * After the last one nothing of them is used any more. Any thread.
 */
void software_close(void);

/**
 * software_cipher() - an implementation of a cipher
 * @index: of the cipher in our table
 *
 * Any thread.
 *
 * Return: the cipher, good until software_close(); NULL: this machine's
 * libcrypto has it not. No entry of the error queue is left behind.
 */
const EVP_CIPHER *software_cipher(unsigned int index);

/**
 * software_hmac() - an implementation of HMAC
 *
 * Any thread.
 *
 * Return: as software_cipher().
 */
EVP_MAC *software_hmac(void);

/**
 * software_random() - random bytes
 * @out: where to
 * @len: how many
 *
 * Any thread.
 *
 * Return: 1; 0: there are none.
 */
int software_random(void *out, size_t len);

#endif /* LIB_PROVIDER_SOFTWARE_H */
