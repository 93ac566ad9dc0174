// SPDX-License-Identifier: GPL-2.0-only
/* Included by ../region.c. */
#ifdef CSIM_SELFTEST

static void region_bounds_test(struct kunit *test)
{
	const u64 size = 4096;

	KUNIT_EXPECT_TRUE(test, csim_region_has(size, 0, 4096));
	KUNIT_EXPECT_TRUE(test, csim_region_has(size, 4095, 1));
	KUNIT_EXPECT_TRUE(test, csim_region_has(size, 4096, 0));
	KUNIT_EXPECT_FALSE(test, csim_region_has(size, 4097, 0));
	KUNIT_EXPECT_FALSE(test, csim_region_has(size, 1, 4096));
	KUNIT_EXPECT_FALSE(test, csim_region_has(size, U32_MAX, 2));
	KUNIT_EXPECT_FALSE(test, csim_region_has(size, 2, U32_MAX));
	KUNIT_EXPECT_FALSE(test, csim_region_has(0, 0, 1));
	KUNIT_EXPECT_TRUE(test, csim_region_has(0, 0, 0));
}

/* Pages need not exist to be listed */
static void region_sg_test(struct kunit *test)
{
	struct page *pages[3] = {
		pfn_to_page(1), pfn_to_page(5), pfn_to_page(3),
	};
	struct csim_region region = { .pages = pages, .count = 3 };
	struct scatterlist sg[3], *end;

	sg_init_table(sg, 3);
	end = csim_region_sg(&region, sg, 100, 0);
	KUNIT_EXPECT_PTR_EQ(test, end, &sg[0]);
	end = csim_region_sg(&region, sg, PAGE_SIZE - 1, 1);
	KUNIT_EXPECT_PTR_EQ(test, end, &sg[1]);
	KUNIT_EXPECT_EQ(test, sg[0].offset, PAGE_SIZE - 1);
	end = csim_region_sg(&region, sg, PAGE_SIZE - 1, PAGE_SIZE + 2);
	KUNIT_EXPECT_PTR_EQ(test, end, &sg[3]);
	KUNIT_EXPECT_EQ(test, sg[0].length, 1);
	KUNIT_EXPECT_EQ(test, sg[1].length, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, sg[2].length, 1);
	KUNIT_EXPECT_PTR_EQ(test, sg_page(&sg[1]), pages[1]);
	KUNIT_EXPECT_PTR_EQ(test, sg_page(&sg[2]), pages[2]);
	KUNIT_EXPECT_EQ(test, sg[2].offset, 0);
	/* The mark of an earlier end is gone */
	KUNIT_EXPECT_FALSE(test, sg_is_last(&sg[2]));
}

static struct kunit_case region_cases[] = {
	KUNIT_CASE(region_bounds_test),
	KUNIT_CASE(region_sg_test),
	{ }
};

struct kunit_suite csim_region_suite = {
	.name = "cryptosim-region",
	.test_cases = region_cases,
};

#endif /* CSIM_SELFTEST */
