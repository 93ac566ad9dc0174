/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Suites that need no user, in KUnit's words. A kernel with KUnit runs them
 * itself when the module is loaded. Debian's have none: there this header is
 * the part of KUnit that the suites use, and selftest/run.c runs them.
 */
#ifndef CRYPTOSIM_SELFTEST_KUNIT_H
#define CRYPTOSIM_SELFTEST_KUNIT_H

#ifdef CSIM_SELFTEST

#include <linux/kconfig.h>

#if IS_ENABLED(CONFIG_KUNIT)

#include <kunit/test.h>

#else

#include <linux/types.h>

/**
 * struct kunit - a running test
 * @suite: its suite, for messages
 * @name: itself, likewise
 * @failed: whether an expectation was not met
 */
struct kunit {
	const char *suite;
	const char *name;
	bool failed;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
};

struct kunit_suite {
	const char *name;
	struct kunit_case *test_cases;
};

#define KUNIT_CASE(function)	{ .run_case = function, .name = #function }

#define KUNIT_EXPECT_TRUE(test, condition) \
	csim_expect(test, condition, #condition, __FILE__, __LINE__)
#define KUNIT_EXPECT_FALSE(test, condition) \
	KUNIT_EXPECT_TRUE(test, !(condition))
#define KUNIT_EXPECT_PTR_EQ(test, left, right) \
	KUNIT_EXPECT_TRUE(test, (left) == (right))
#define KUNIT_EXPECT_EQ(test, left, right) \
	csim_expect_eq(test, left, right, #left " == " #right, __FILE__, __LINE__)

void csim_expect(struct kunit *test, bool met, const char *what,
		 const char *file, int line);
void csim_expect_eq(struct kunit *test, long long left, long long right,
		    const char *what, const char *file, int line);

#endif /* CONFIG_KUNIT */

extern struct kunit_suite csim_alg_suite;
extern struct kunit_suite csim_id_suite;
extern struct kunit_suite csim_latency_suite;
extern struct kunit_suite csim_queue_suite;
extern struct kunit_suite csim_region_suite;
extern struct kunit_suite csim_request_suite;
extern struct kunit_suite csim_ring_suite;

#endif /* CSIM_SELFTEST */

#if defined(CSIM_SELFTEST) && !IS_ENABLED(CONFIG_KUNIT)
int csim_selftest(void);
#else
static inline int csim_selftest(void)
{
	return 0;
}
#endif

#endif /* CRYPTOSIM_SELFTEST_KUNIT_H */
