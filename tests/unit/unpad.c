// SPDX-License-Identifier: MIT
/* The end of a TLS CBC record: every padding, good and bad. */
#include <criterion/criterion.h>
#include <string.h>

#include "provider/unpad.h"

#define MAC_LEN	20
#define RECORD	640

TestSuite(unpad, .timeout = 60);

/* A record of @len bytes of text, a MAC 1, 2, 3..., and @pad bytes and one. */
static size_t make(uint8_t *record, size_t len, size_t pad)
{
	size_t i;

	memset(record, 0xaa, len);
	for (i = 0; i < MAC_LEN; i++)
		record[len + i] = i + 1;
	memset(record + len + MAC_LEN, (int)pad, pad + 1);
	return len + MAC_LEN + pad + 1;
}

static void expect_mac(const uint8_t *mac)
{
	size_t i;

	for (i = 0; i < MAC_LEN; i++)
		cr_assert_eq(mac[i], i + 1);
}

Test(unpad, every_length_of_padding)
{
	static const size_t texts[] = { 0, 1, 15, 16, 300 };
	uint8_t record[RECORD], mac[MAC_LEN];
	size_t i, pad, len;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (pad = 0; pad < 256; pad++) {
			len = make(record, texts[i], pad);
			cr_assert_eq(unpad(record, &len, mac, MAC_LEN),
				     (size_t)-1, "%zu, %zu", texts[i], pad);
			cr_assert_eq(len, texts[i]);
			expect_mac(mac);
		}
	}
}

/* One bit of one byte of the padding is enough, wherever it is. */
Test(unpad, every_bad_byte)
{
	uint8_t record[RECORD], mac[MAC_LEN];
	size_t pad, at, len;

	for (pad = 1; pad < 256; pad += 14) {
		for (at = 0; at < pad; at++) {
			len = make(record, 33, pad);
			record[33 + MAC_LEN + at] ^= 1u << (at & 7);
			cr_assert_eq(unpad(record, &len, mac, MAC_LEN), 0,
				     "%zu of %zu", at, pad);
			/* Then it counts as empty */
			cr_assert_eq(len, 33 + pad);
		}
	}
}

/* More padding than there is room for beside the MAC. */
Test(unpad, padding_longer_than_the_record)
{
	uint8_t record[RECORD], mac[MAC_LEN];
	size_t len;

	memset(record, 30, sizeof(record));
	for (len = MAC_LEN + 1; len < MAC_LEN + 31; len++) {
		size_t left = len;

		cr_assert_eq(unpad(record, &left, mac, MAC_LEN), 0);
		cr_assert_eq(left, len - MAC_LEN - 1);
	}
	cr_assert_eq(unpad(record, &len, mac, MAC_LEN), (size_t)-1);
	cr_assert_eq(len, 0);
}

/* With encrypt-then-MAC there is none inside. */
Test(unpad, no_mac)
{
	uint8_t record[16], mac[1];
	size_t len = 16;

	memset(record, 3, sizeof(record));
	cr_expect_eq(unpad(record, &len, mac, 0), (size_t)-1);
	cr_expect_eq(len, 12);
	record[13] = 2;
	len = 16;
	cr_expect_eq(unpad(record, &len, mac, 0), 0);
}

Test(unpad, equal_and_select)
{
	uint8_t a[4] = { 1, 2, 3, 4 };
	const uint8_t b[4] = { 1, 2, 3, 5 };

	cr_expect_eq(unpad_equal(a, a, 4), (size_t)-1);
	cr_expect_eq(unpad_equal(a, b, 4), 0);
	cr_expect_eq(unpad_equal(a, b, 3), (size_t)-1);
	unpad_select(a, b, 4, (size_t)-1);
	cr_expect_eq(a[3], 4);
	unpad_select(a, b, 4, 0);
	cr_expect_eq(a[3], 5);
}
