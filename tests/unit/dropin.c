// SPDX-License-Identifier: MIT
/*
 * The library in OpenSSL's place: programs that were built for libcrypto, with
 * this library put before it, or linked instead of it. They say the same.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#define PRELOAD	"LD_PRELOAD=build/libasync-ossl.so "
#define PATH	"LD_LIBRARY_PATH=build "
#define STUB	"LD_LIBRARY_PATH=build/dropin "

static char output[2][4096];

TestSuite(dropin, .timeout = 60);

/* What a program prints. */
static const char *run(unsigned int n, const char *command)
{
	FILE *pipe = popen(command, "r");
	size_t len;

	cr_assert_not_null(pipe);
	len = fread(output[n], 1, sizeof(output[n]) - 1, pipe);
	output[n][len] = '\0';
	cr_assert_eq(pclose(pipe), 0, "%s failed", command);
	cr_assert_neq(len, 0, "%s printed nothing", command);
	return output[n];
}

/* The first line is the name of the library, the rest what OpenSSL's says. */
static void says_the_same(const char *command)
{
	const char *real = run(0, "build/dropin/client-libcrypto");
	const char *ours = run(1, command);

	cr_assert(!strncmp(real, "libcrypto.so.3\n", 15), "%s", real);
	cr_assert(!strncmp(ours, "libasync-ossl.so", 16), "%s", ours);
	cr_assert_str_eq(strchr(real, '\n'), strchr(ours, '\n'));
}

Test(dropin, before_libcrypto)
{
	says_the_same(PRELOAD "build/dropin/client-libcrypto");
}

Test(dropin, linked_instead)
{
	says_the_same(PATH "build/dropin/client-linked");
}

Test(dropin, built_with_the_header)
{
	says_the_same(PATH "build/dropin/client-header");
}

/* It is this library that libssl starts jobs with. */
#define BINDING "libssl.*libasync-ossl.*ASYNC_start_job.*"

Test(dropin, of_libssl)
{
	static const char said[] = "job 1, wants to read 1, sent 1\n";
	const char *bound;

	cr_assert_str_eq(run(0, "build/dropin/tls"), said);
	cr_assert_str_eq(run(0, PRELOAD "build/dropin/tls"), said);
	bound = run(1, "LD_DEBUG=bindings " PRELOAD
		    "build/dropin/tls 2>&1 | grep -o '" BINDING "'");
	cr_assert(strstr(bound, "OPENSSL_3.0.0"), "%s", bound);
}

/* References to the version of later names find them as well. */
Test(dropin, of_a_newer_libcrypto)
{
	cr_assert_str_eq(run(0, STUB "build/dropin/newer"), "22\n");
	cr_assert_str_eq(run(0, STUB PRELOAD "build/dropin/newer"), "1\n");
}

/* It is found when it comes after the first jobs, which are used again */
Test(dropin, of_a_late_libcrypto)
{
	cr_assert_str_eq(run(0, PATH "build/dropin/late"), "kept apart\n");
}
