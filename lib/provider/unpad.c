// SPDX-License-Identifier: MIT
#include "unpad.h"

#define PAD_MAX	255
#define TOP_BIT	(8 * sizeof(size_t) - 1)

/* The same value, about which the compiler knows nothing: it can't branch. */
static inline size_t hide(size_t value)
{
	__asm__ ("" : "+r"(value));
	return value;
}

/* All ones if a < b, else 0. Both are less than half of what a size_t holds. */
static inline size_t mask_less(size_t a, size_t b)
{
	return 0 - (hide(a - b) >> TOP_BIT);
}

/* All ones if a == b, else 0. Likewise. */
static inline size_t mask_equal(size_t a, size_t b)
{
	size_t differ = a ^ b;

	return 0 - (hide(~differ & (differ - 1)) >> TOP_BIT);
}

/* All ones if each of the last @pad + 1 bytes is @pad, else 0. */
static size_t padding_good(const uint8_t *text, size_t len, size_t pad,
			   size_t mac_len)
{
	size_t check = len < PAD_MAX + 1 ? len : PAD_MAX + 1;
	size_t wrong = 0;
	size_t i;

	for (i = 0; i < check; i++)
		wrong |= ~mask_less(pad, i) & (pad ^ text[len - 1 - i]);
	return mask_equal(wrong, 0) & ~mask_less(len, mac_len + 1 + pad);
}

size_t unpad(const uint8_t *text, size_t *len, uint8_t *mac, size_t mac_len)
{
	size_t all = *len;
	size_t pad = text[all - 1];
	size_t good = padding_good(text, all, pad, mac_len);
	size_t end = all - 1 - (good & pad) - mac_len;
	size_t i = 0, j;

	/* Where the MAC can begin at the earliest is no secret */
	if (all > mac_len + 1 + PAD_MAX)
		i = all - mac_len - 1 - PAD_MAX;
	for (j = 0; j < mac_len; j++)
		mac[j] = 0;
	for (; i < all; i++)
		for (j = 0; j < mac_len; j++)
			mac[j] |= text[i] & mask_equal(i, end + j);
	*len = end;
	return good;
}

size_t unpad_equal(const uint8_t *a, const uint8_t *b, size_t len)
{
	size_t differ = 0;
	size_t i;

	for (i = 0; i < len; i++)
		differ |= a[i] ^ b[i];
	return mask_equal(differ, 0);
}

void unpad_select(uint8_t *mac, const uint8_t *other, size_t len, size_t good)
{
	size_t i;

	for (i = 0; i < len; i++)
		mac[i] = (mac[i] & good) | (other[i] & ~good);
}
