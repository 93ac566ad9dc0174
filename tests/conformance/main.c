// SPDX-License-Identifier: MIT
/*
 * Conformance to OpenSSL's asynchronous API: ASYNC_WAIT_CTX_new(3),
 * ASYNC_start_job(3), and what else OpenSSL's code does and applications rely
 * on. Needs a C library and an implementation of <openssl/async.h>.
 *
 * usage: PROGRAM [--tap=FILE]
 *
 * Prints a line for each statement, with who says so: [M] the manual, [C]
 * OpenSSL's code alone, [+] nobody: OpenSSL crashes or leaks there, and better
 * ones answer. --tap writes the verdicts to FILE in the Test Anything Protocol.
 * Exit status 1 if a statement does not hold.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api.h"
#include "run.h"

/**
 * struct section - a table of rows
 * @name: what they are about
 * @rows: the table
 * @jobs: they need ASYNC_JOB, which an implementation may lack
 */
static const struct section {
	const char *name;
	const struct row *rows;
	bool jobs;
} sections[] = {
	{ "ASYNC_WAIT_CTX: fds", fds_rows, false },
	{ "ASYNC_WAIT_CTX: the period of get_changed_fds", period_rows, true },
	{ "ASYNC_WAIT_CTX: callback and status", callback_rows, false },
	{ "ASYNC_WAIT_CTX: status, callback and jobs", delivery_rows, true },
	{ "ASYNC_WAIT_CTX: NULL", null_rows, false },
	{ "ASYNC_JOB: start_job", start_rows, true },
	{ "ASYNC_JOB: the pool of a thread", pool_rows, true },
	{ "ASYNC_JOB: pause, block and unblock", pause_rows, true },
	{ "ASYNC_JOB: the default OSSL_LIB_CTX", libctx_rows, true },
	{ "ASYNC_JOB: where OpenSSL is weak", weakness_rows, true },
	{ "ASYNC_JOB: several threads", threads_rows, true },
	{ "the symbols", symbols_rows, false },
};

#define N_SECTIONS (sizeof(sections) / sizeof(sections[0]))

static const char *const verdicts[] = {
	[OK] = "ok",
	[FAILED] = "FAILED",
	[WEAK] = "as OpenSSL",
	[SKIPPED] = "skipped",
};

static unsigned int counts[SKIPPED + 1];

/* Nothing stays buffered, which a child would inherit. */
static void report(FILE *tap, const struct section *section,
		   const struct row *row, const struct outcome *outcome)
{
	const char *colon = outcome->verdict == OK ? "" : ": ";

	printf("    [%c] %-52s %s%s%s\n", row->source, row->name,
	       verdicts[outcome->verdict], colon, outcome->reason);
	fflush(stdout);
	if (!tap)
		return;
	fprintf(tap, "%s - %s: [%c] %s%s%s\n",
		outcome->verdict == FAILED ? "not ok" : "ok", section->name,
		row->source, row->name,
		outcome->verdict == SKIPPED ? " # SKIP " : colon,
		outcome->reason);
	fflush(tap);
}

static void run_section(FILE *tap, const struct section *section)
{
	static const struct outcome absent = { SKIPPED, "no ASYNC_JOB" };
	const struct row *row;
	struct outcome outcome;

	printf("  %s\n", section->name);
	fflush(stdout);
	for (row = section->rows; row->name; row++) {
		if (section->jobs && !ASYNC_start_job)
			outcome = absent;
		else
			run_row(row, &outcome);
		counts[outcome.verdict]++;
		report(tap, section, row, &outcome);
	}
}

/* Which library it is that answers. */
static void print_implementation(void)
{
	Dl_info info;

	if (dladdr((void *)ASYNC_WAIT_CTX_new, &info) && info.dli_fname)
		printf("%s\n", info.dli_fname);
}

static FILE *open_tap(const char *path)
{
	const struct row *row;
	unsigned int n = 0;
	size_t i;
	FILE *tap;

	tap = fopen(path, "we");
	if (!tap) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	for (i = 0; i < N_SECTIONS; i++)
		for (row = sections[i].rows; row->name; row++)
			n++;
	fprintf(tap, "1..%u\n", n);
	fflush(tap);
	return tap;
}

int main(int argc, char **argv)
{
	FILE *tap = NULL;
	size_t i;

	if (argc == 2 && !strncmp(argv[1], "--tap=", 6)) {
		tap = open_tap(argv[1] + 6);
	} else if (argc > 1) {
		fprintf(stderr, "usage: %s [--tap=FILE]\n", argv[0]);
		return EXIT_FAILURE;
	}
	print_implementation();
	for (i = 0; i < N_SECTIONS; i++)
		run_section(tap, &sections[i]);
	if (tap)
		fclose(tap);
	printf("%u passed, %u failed", counts[OK] + counts[WEAK],
	       counts[FAILED]);
	if (counts[SKIPPED])
		printf(", %u skipped", counts[SKIPPED]);
	putchar('\n');
	return counts[FAILED] ? EXIT_FAILURE : EXIT_SUCCESS;
}
