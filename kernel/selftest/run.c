// SPDX-License-Identifier: GPL-2.0-only
/* Runs the suites; a part of the module in a test build only. */
#include <linux/errno.h>
#include <linux/kernel.h>

#include "kunit.h"

#if IS_ENABLED(CONFIG_KUNIT)

kunit_test_suites(&csim_alg_suite, &csim_id_suite, &csim_latency_suite,
		  &csim_queue_suite, &csim_region_suite, &csim_request_suite,
		  &csim_ring_suite);

#else

static struct kunit_suite * const suites[] = {
	&csim_alg_suite, &csim_id_suite, &csim_latency_suite,
	&csim_queue_suite, &csim_region_suite, &csim_request_suite,
	&csim_ring_suite,
};

void csim_expect(struct kunit *test, bool met, const char *what,
		 const char *file, int line)
{
	if (met)
		return;
	test->failed = true;
	pr_err("cryptosim: %s: %s: %s:%d: not so: %s\n", test->suite,
	       test->name, file, line, what);
}

void csim_expect_eq(struct kunit *test, long long left, long long right,
		    const char *what, const char *file, int line)
{
	if (left == right)
		return;
	test->failed = true;
	pr_err("cryptosim: %s: %s: %s:%d: not so: %s (%lld, %lld)\n",
	       test->suite, test->name, file, line, what, left, right);
}

static bool run_suite(const struct kunit_suite *suite)
{
	const struct kunit_case *test;
	bool failed = false;

	for (test = suite->test_cases; test->run_case; test++) {
		struct kunit run = { .suite = suite->name, .name = test->name };

		test->run_case(&run);
		pr_info("cryptosim: %s: %s: %s\n", suite->name, test->name,
			run.failed ? "fail" : "pass");
		failed |= run.failed;
	}
	return !failed;
}

/**
 * csim_selftest() - run all suites
 *
 * Context: module init.
 * Return: 0, or -EILSEQ if one failed; the kernel log says which.
 */
int csim_selftest(void)
{
	bool passed = true;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(suites); i++)
		passed &= run_suite(suites[i]);
	return passed ? 0 : -EILSEQ;
}

#endif /* CONFIG_KUNIT */
