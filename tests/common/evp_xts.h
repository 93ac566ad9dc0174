/* SPDX-License-Identifier: MIT */
/* AES-192-XTS, which libcrypto has not. */
#ifndef COMMON_EVP_XTS_H
#define COMMON_EVP_XTS_H

#include "evp.h"

/**
 * evp_xts192() - AES-XTS with two keys of 192 bits, IEEE 1619
 * @job: what to do; 48 bytes of key, 16 bytes of text at least
 *
 * Return: 0; -EIO: libcrypto refuses.
 */
int evp_xts192(const struct evp_job *job);

#endif /* COMMON_EVP_XTS_H */
