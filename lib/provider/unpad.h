/* SPDX-License-Identifier: MIT */
/*
 * The end of a decrypted TLS CBC record, RFC 5246 6.2.3.2: text, MAC, padding.
 * How long the padding is, and whether it is good, is a secret until the MAC
 * has been checked: nothing here branches on it or takes a time or touches
 * memory that depends on it.
 */
#ifndef LIB_PROVIDER_UNPAD_H
#define LIB_PROVIDER_UNPAD_H

#include <stddef.h>
#include <stdint.h>

#define UNPAD_MAC_MAX	64

/**
 * unpad() - take padding and MAC off a record
 * @text: what was decrypted, without an explicit IV
 * @len: in: its bytes; out: bytes of text. A secret, as the return value is
 * @mac: out: the record's MAC, or what lies there if the padding is bad
 * @mac_len: bytes of MAC, up to UNPAD_MAC_MAX
 *
 * @len is at least @mac_len + 1, which the caller has seen to.
 *
 * Return: all ones if the padding is good, else 0, and it was taken for empty.
 */
size_t unpad(const uint8_t *text, size_t *len, uint8_t *mac, size_t mac_len);

/**
 * unpad_equal() - compare two pieces of memory
 * @a: one
 * @b: the other
 * @len: bytes of both
 *
 * Return: all ones if they are the same, else 0.
 */
size_t unpad_equal(const uint8_t *a, const uint8_t *b, size_t len);

/**
 * unpad_select() - replace what must not be used
 * @mac: in: a MAC; out: the same if @good, else @other
 * @other: bytes that no MAC is likely to be
 * @len: bytes of both
 * @good: what unpad() returned
 */
void unpad_select(uint8_t *mac, const uint8_t *other, size_t len, size_t good);

#endif /* LIB_PROVIDER_UNPAD_H */
