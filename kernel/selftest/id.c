// SPDX-License-Identifier: GPL-2.0-only
#include "../id.h"
#include "kunit.h"

static void id_slot_test(struct kunit *test)
{
	u32 last = CSIM_ID_SLOT_MASK;

	KUNIT_EXPECT_EQ(test, csim_id_slot(csim_id_next(0)), 0);
	KUNIT_EXPECT_EQ(test, csim_id_slot(csim_id_next(last)), last);
}

/* An id comes back after all other generations, and is never a bare slot */
static void id_generation_test(struct kunit *test)
{
	const u32 generations = (1u << (32 - CSIM_ID_SLOT_BITS)) - 1;
	const u32 first = csim_id_next(7);
	u32 id = first;
	u32 i;

	for (i = 1; i < generations; i++) {
		id = csim_id_next(id);
		if (id == first || id <= CSIM_ID_SLOT_MASK)
			break;
	}
	KUNIT_EXPECT_EQ(test, i, generations);
	KUNIT_EXPECT_EQ(test, csim_id_next(id), first);
}

static struct kunit_case id_cases[] = {
	KUNIT_CASE(id_slot_test),
	KUNIT_CASE(id_generation_test),
	{ }
};

struct kunit_suite csim_id_suite = {
	.name = "cryptosim-id",
	.test_cases = id_cases,
};
