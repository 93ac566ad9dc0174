/* SPDX-License-Identifier: MIT */
/*
 * Tests of jobs: each one runs with the switch in assembly and, in the suite
 * SUITE_slow, with swapcontext(3). Of OpenSSL's jobs there is one kind.
 */
#ifndef TESTS_UNIT_JOBS_H
#define TESTS_UNIT_JOBS_H

#include <criterion/criterion.h>
#include <openssl/async.h>

#ifdef OF_OPENSSL

#define JOB_TEST(suite, name)			\
	static void name(void);			\
	Test(suite, name)			\
	{					\
		name();				\
	}					\
	static void name(void)

#else

#include "ossl/switch.h"

#define JOB_TEST(suite, name)			\
	static void name(void);			\
	Test(suite, name)			\
	{					\
		name();				\
	}					\
	Test(suite##_slow, name)		\
	{					\
		async_switch_slow = true;	\
		name();				\
	}					\
	static void name(void)

#endif

#endif /* TESTS_UNIT_JOBS_H */
