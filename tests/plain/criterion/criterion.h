/* SPDX-License-Identifier: MIT */
/*
 * As much of Criterion as those tests use that are built otherwise. For ThreadSanitizer: Criterion
 * wants memory at addresses that TSan has for itself. And for valgrind, where
 * Criterion begins a program anew for each test. See main.c.
 */
#ifndef TESTS_PLAIN_CRITERION_H
#define TESTS_PLAIN_CRITERION_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/**
 * struct test_suite - a suite of tests
 * @init: before each test; may be NULL
 * @fini: after it; may be NULL
 * @timeout: seconds that a test may take
 */
struct test_suite {
	void (*init)(void);
	void (*fini)(void);
	unsigned int timeout;
};

/**
 * struct test_case - a test
 * @next: the next one
 * @name: SUITE::NAME
 * @suite: its suite
 * @run: what it does
 */
struct test_case {
	struct test_case *next;
	const char *name;
	const struct test_suite *suite;
	void (*run)(void);
};

/**
 * test_add() - register a test; before main()
 * @test: the test
 */
void test_add(struct test_case *test);

/**
 * test_fail() - end the test that is running
 * @file: where
 * @line: likewise
 * @what: what was not so
 */
void test_fail(const char *file, int line, const char *what)
	__attribute__((noreturn));

#define TestSuite(suite, ...)						\
	const struct test_suite suite_##suite = { __VA_ARGS__ }

#define Test(suite, name)						\
	static void suite##_##name(void);				\
	extern const struct test_suite suite_##suite;			\
	static struct test_case test_##suite##_##name = {			\
		NULL, #suite "::" #name, &suite_##suite,		\
		suite##_##name						\
	};								\
	__attribute__((constructor)) static void add_##suite##_##name(void) \
	{								\
		test_add(&test_##suite##_##name);			\
	}								\
	static void suite##_##name(void)

/* Messages that follow are Criterion's to print. */
#define cr_assert(is, ...)						\
	((is) ? (void)0 : test_fail(__FILE__, __LINE__, #is))
#define cr_assert_not(is, ...)		cr_assert(!(is))
#define cr_assert_null(p, ...)		cr_assert(!(p))
#define cr_assert_not_null(p, ...)	cr_assert(p)
#define cr_assert_eq(a, b, ...)		cr_assert((a) == (b))
#define cr_assert_neq(a, b, ...)	cr_assert((a) != (b))
#define cr_assert_lt(a, b, ...)		cr_assert((a) < (b))
#define cr_assert_leq(a, b, ...)	cr_assert((a) <= (b))
#define cr_assert_geq(a, b, ...)	cr_assert((a) >= (b))
#define cr_assert_gt(a, b, ...)		cr_assert((a) > (b))
#define cr_assert_str_eq(a, b, ...)	cr_assert(!strcmp(a, b))
#define cr_assert_arr_eq(a, b, n, ...)	cr_assert(!memcmp(a, b, n))

#define cr_log_info(...)					\
	(fprintf(stderr, "[----] "), fprintf(stderr, __VA_ARGS__), \
	 fprintf(stderr, "\n"))

#endif /* TESTS_PLAIN_CRITERION_H */
